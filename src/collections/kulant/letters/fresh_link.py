"""A new link in place of one that has expired. It names the creditor and nothing else: no debt, no customer. Pure.

Whoever asks for it is not known, so it goes only to the address on file, and tells nothing to a wrong reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import Translator, long_date
from kulant.letters import plain
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.sheet import Parties, finished, link_box
from kulant.letters.wording import Prose

KIND = "fresh_link"


def fresh_link(to: Parties, *, portal_url: str | None, valid_until: date, own: OwnText | None = None) -> dict[str, Any]:
    """The note with the new link as plain data; the address is there for the envelope only.

    ``own``: the creditor's text in place of the shipped one. It can name the creditor and the last day, nothing else.
    """
    content, t = to.sheet(KIND)
    values = {"creditor": plain.line(to.creditor.name), "valid_until": long_date(valid_until, t.language)}
    said, opening = in_words(own, values, link_words(values, t))
    content |= {
        **said,
        "particulars": content["particulars"][:1],
        "recipient": content["recipient"] | {"customer_number": ""},
        "greeting": t.gettext("Hello,"),
        "offer": link_box(
            t.gettext("Open your page"), t.gettext("The link is meant for you alone. Please do not pass it on."),
            portal_url, t,
        ),
    }  # fmt: skip
    if content["offer"] is None:
        raise Refusal("no_link", "a note with a new link needs the link")
    del content["facts"]["customer"]
    return finished(content, opening, t)


def link_words(v: Mapping[str, Any], t: Translator) -> Prose:
    """The shipped words."""
    lead = t.gettext("Here is the new link that you asked for.")
    works = t.gettext("It opens your own page, and works until %(day)s.", day=v["valid_until"])
    not_asked = t.gettext("Did you not ask for it? Then you need not do anything.")
    return Prose(t.gettext("Your new link"), lead, (works, not_asked), short=lead)
