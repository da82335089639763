"""A new link in place of one that has expired. It names the creditor and nothing else: no debt, no customer. Pure.

Whoever asks for it is not known, so it goes only to the address on file, and tells nothing to a wrong reader.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import long_date
from kulant.letters.sheet import Parties, finished, link_box

KIND = "fresh_link"


def fresh_link(to: Parties, *, portal_url: str | None, valid_until: date) -> dict[str, Any]:
    """The note with the new link as plain data; the address is there for the envelope only."""
    content, t = to.sheet(KIND)
    lead = t.gettext("Here is the new link that you asked for.")
    content |= {
        "particulars": content["particulars"][:1],
        "recipient": content["recipient"] | {"customer_number": ""},
        "greeting": t.gettext("Hello,"),
        "heading": t.gettext("Your new link"),
        "lead": lead,
        "paragraphs": [
            t.gettext("It opens your own page, and works until %(day)s.", day=long_date(valid_until, t.language)),
            t.gettext("Did you not ask for it? Then you need not do anything."),
        ],
        "offer": link_box(
            t.gettext("Open your page"), t.gettext("The link is meant for you alone. Please do not pass it on."),
            portal_url, t,
        ),
    }  # fmt: skip
    if content["offer"] is None:
        raise Refusal("no_link", "a note with a new link needs the link")
    del content["facts"]["customer"]
    return finished(content, lead, t)
