"""The note before an instalment of a plan is due: which one, when, how much, and what is left after it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.i18n import Translator, long_date, money
from kulant.letters import paying, plain
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.sheet import Parties, finished, link_box, payment_box
from kulant.letters.wording import Prose

KIND = "instalment_reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentDue:
    """The next instalment of a plan; ``amount_minor`` is what is still to be paid of it."""

    number: int
    count: int
    due: date
    amount_minor: int
    left_after_minor: int
    currency: str
    reference: str
    can_move: bool = False  # the customer may move it to another day on their page

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> InstalmentDue:
        """The instalment from a delivery's context: these names, days in ISO form."""
        return cls(
            number=context["number"],
            count=context["count"],
            due=date.fromisoformat(context["due"]),
            amount_minor=context["amount_minor"],
            left_after_minor=context["left_after_minor"],
            currency=context["currency"],
            reference=context["reference"],
            can_move=context.get("can_move", False),
        )


def instalment_reminder(
    to: Parties, part: InstalmentDue, *, portal_url: str | None = None, own: OwnText | None = None
) -> dict[str, Any]:
    """The note as plain data. It reminds of a date that was agreed, so it asks for nothing late.

    ``own``: the creditor's text in place of the shipped one.
    """
    content, t = to.sheet(KIND)
    reference = plain.line(part.reference)
    values = instalment_values(to, part, t)
    said, opening = in_words(own, values, instalment_words(values, t))
    content |= {
        **said,
        "payment": payment_box(
            to.creditor,
            [paying.reference_label(reference, to.creditor.country, t), reference],
            t,
            asked=(part.amount_minor, part.currency, part.due),
            payer=content["recipient"],
        ),
        "offer": link_box(*_page(part, t), portal_url, t),
        "paid": t.gettext("Have you already paid? Thank you, then please ignore this letter."),
    }
    content["facts"] |= {
        "currency": part.currency,
        "total_minor": part.amount_minor,
        "pay_by": part.due.isoformat(),
        "reference": reference,
        "instalment": [part.number, part.count],
        "left_after_minor": part.left_after_minor,
    }
    return finished(content, opening, t)


def instalment_values(to: Parties, part: InstalmentDue, t: Translator) -> dict[str, Any]:
    """What the sentences about an instalment speak of, written in the letter's language."""
    left = part.left_after_minor
    return to.names() | {
        "amount": money(part.amount_minor, part.currency, t.language),
        "due": long_date(part.due, t.language),
        "part": part.number,
        "parts": part.count,
        "left": money(left, part.currency, t.language) if left > 0 else "",
        "movable": part.can_move,
        "reference": plain.line(part.reference),
    }


def instalment_words(v: Mapping[str, Any], t: Translator) -> Prose:
    """The shipped words."""
    if v["parts"] == 1:
        lead = t.gettext("On %(day)s the payment of your plan is due: %(amount)s.", day=v["due"], amount=v["amount"])
    else:
        lead = t.gettext(
            "On %(day)s part %(number)s of %(count)s of your plan is due: %(amount)s.",
            day=v["due"],
            number=v["part"],
            count=v["parts"],
            amount=v["amount"],
        )
    if v["left"]:
        left = t.gettext("After it, %(amount)s of the plan is left.", amount=v["left"])
    else:
        left = t.gettext("It is the last one. With it, everything in the plan is paid.")
    difficult = t.gettext("Does the day not suit you? Tell us before it, and we will find another.")
    return Prose(t.gettext("Your next payment"), lead, (left, difficult), short=lead)


def _page(part: InstalmentDue, t: Translator) -> tuple[str, str]:
    if part.can_move:
        return (
            t.gettext("Another day?"),
            t.gettext("On your own page you can move this payment to a later day, once in the plan."),
        )
    return t.gettext("Follow your plan"), t.gettext("Your own page shows what is paid and what comes next.")
