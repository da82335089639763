"""The note before an instalment of a plan is due: which one, when, how much, and what is left after it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.i18n import Translator, long_date, money
from kulant.letters import paying, plain
from kulant.letters.sheet import Parties, finished, link_box, payment_box

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


def instalment_reminder(to: Parties, part: InstalmentDue, *, portal_url: str | None = None) -> dict[str, Any]:
    """The note as plain data. It reminds of a date that was agreed, so it asks for nothing late."""
    content, t = to.sheet(KIND)
    day, amount = long_date(part.due, t.language), money(part.amount_minor, part.currency, t.language)
    if part.count == 1:
        lead = t.gettext("On %(day)s the payment of your plan is due: %(amount)s.", day=day, amount=amount)
    else:
        lead = t.gettext(
            "On %(day)s part %(number)s of %(count)s of your plan is due: %(amount)s.",
            day=day,
            number=part.number,
            count=part.count,
            amount=amount,
        )
    difficult = t.gettext("Does the day not suit you? Tell us before it, and we will find another.")
    reference = plain.line(part.reference)
    content |= {
        "heading": t.gettext("Your next payment"),
        "lead": lead,
        "paragraphs": [_left(part, t), difficult],
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
    return finished(content, lead, t)


def _left(part: InstalmentDue, t: Translator) -> str:
    if part.left_after_minor <= 0:
        return t.gettext("It is the last one. With it, everything in the plan is paid.")
    left = money(part.left_after_minor, part.currency, t.language)
    return t.gettext("After it, %(amount)s of the plan is left.", amount=left)


def _page(part: InstalmentDue, t: Translator) -> tuple[str, str]:
    if part.can_move:
        return (
            t.gettext("Another day?"),
            t.gettext("On your own page you can move this payment to a later day, once in the plan."),
        )
    return t.gettext("Follow your plan"), t.gettext("Your own page shows what is paid and what comes next.")
