"""E-mails: the short version of a document, in the customer's language, as plain text and as a calm page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import money, translator
from kulant.letters.pages import environment

# The event of each kind of document that does not go with the letter's own e-mail, ``letter``.
EVENT_OF_KIND = {
    "plan_offer": "plan_offer",
    "plan_agreement": "plan_accepted",
    "instalment_reminder": "instalment_reminder",
    "thank_you": "thank_you",
    "apology": "apology",
    "receipt": "receipt",
    "fresh_link": "fresh_link",
    "one_time_code": "one_time_code",
    "statement": "statement",
}
EVENTS = ("letter", *EVENT_OF_KIND.values())
# These say everything in the message: a page beside it would only be one more thing to open.
_WITHOUT_PDF = frozenset(("instalment_reminder", "fresh_link", "one_time_code"))
_MOST_ROWS = 12  # so many rows of a letter's table are repeated in the message


@dataclass(frozen=True, slots=True)
class Mail:
    """A message before it has a sender and a recipient."""

    subject: str
    text: str
    html: str


def event_of(kind: str) -> str:
    """Which e-mail goes with a document of that kind."""
    return EVENT_OF_KIND.get(kind, "letter")


def has_pdf(event: str) -> bool:
    """Whether the document goes along as a PDF."""
    return event not in _WITHOUT_PDF


def render_mail(
    event: str, language: str, context: dict[str, Any], *, attached: bool = True, left_out: bool = False
) -> Mail:
    """The e-mail of that event. The context is a document's content, so that both say the same.

    ``attached`` says whether the PDF goes with it; ``left_out`` that it would, were it not too large.
    """
    if event not in EVENTS:
        raise Refusal("no_such_mail", f"{event!r} is no kind of e-mail; choose one of {', '.join(EVENTS)}")
    values = {
        "letter": context,
        "total": _total(context["facts"], language),
        "money": lambda minor: money(minor, context["facts"]["currency"], language),
        "footer": _footer(context["creditor"]),
        "attached": attached and not left_out and has_pdf(event),
        "left_out": left_out,
        "most_rows": _MOST_ROWS,
        "_": translator(language).gettext,
    }
    subject = " ".join(_draw(event, "subject.txt", values).split())
    text = re.sub(r"\n{3,}", "\n\n", _draw(event, "body.txt", values)).strip() + "\n"
    return Mail(subject=subject, text=text, html=_draw(event, "body.html", {**values, "subject": subject}))


def _draw(event: str, part: str, values: dict[str, Any]) -> str:
    return environment().get_template(f"mail/{event}/{part}").render(values)


def _total(facts: dict[str, Any], language: str) -> str | None:
    minor = facts.get("total_minor")
    return None if minor is None else money(minor, facts["currency"], language)


def _footer(creditor: dict[str, Any]) -> str:
    known = [creditor["name"], *creditor["address"], creditor["organisation_number"], creditor["website"]]
    return " · ".join(part for part in known if part)
