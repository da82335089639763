"""The clerk's door: log-in, overdue list, split view, import page."""
