"""E-mails: the short version of a letter, in the customer's language, as plain text and as a calm page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import money, translator
from kulant.letters.pages import environment

EVENTS = ("letter", "plan_offer", "plan_accepted", "thank_you")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message before it has a sender and a recipient."""

    subject: str
    text: str
    html: str


def render_mail(event: str, language: str, context: dict[str, Any], *, attached: bool = True) -> Mail:
    """The e-mail of that event. The context is a letter's content from ``build_letter``, so that both say the same.

    ``letter`` goes with any letter, ``plan_offer`` with the letter of that kind, ``plan_accepted`` with a
    ``plan_agreement`` and ``thank_you`` with a ``thank_you``. ``attached`` says whether the PDF goes with it.
    """
    if event not in EVENTS:
        raise Refusal("no_such_mail", f"{event!r} is no kind of e-mail; choose one of {', '.join(EVENTS)}")
    facts = context["facts"]
    values = {
        "letter": context,
        "total": money(facts["total_minor"], facts["currency"], language),
        "footer": _footer(context["creditor"]),
        "attached": attached,
        "_": translator(language).gettext,
    }
    subject = " ".join(_draw(event, "subject.txt", values).split())
    text = re.sub(r"\n{3,}", "\n\n", _draw(event, "body.txt", values)).strip() + "\n"
    return Mail(subject=subject, text=text, html=_draw(event, "body.html", {**values, "subject": subject}))


def _draw(event: str, part: str, values: dict[str, Any]) -> str:
    return environment().get_template(f"mail/{event}/{part}").render(values)


def _footer(creditor: dict[str, Any]) -> str:
    known = [creditor["name"], *creditor["address"], creditor["organisation_number"], creditor["website"]]
    return " · ".join(part for part in known if part)
