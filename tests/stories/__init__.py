"""Stories: the whole job in a real browser, with a real mail server, against the real command and web app."""
