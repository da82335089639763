"""The notes after an instalment of a plan was due and has not come: a nudge, and an offer of smaller payments. Pure.

Both belong to a plan that goes on: they threaten nothing, cost nothing, and say what the customer can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kulant.i18n import Translator, long_date, money
from kulant.letters import paying, plain
from kulant.letters.instalment_reminder import KIND, InstalmentDue
from kulant.letters.offers import LetterOffer, cost, sentence
from kulant.letters.sheet import Parties, finished, link_box, payment_box

OCCASIONS = ("nudge", "reshape")


def late_instalment(to: Parties, context: Mapping[str, Any], *, portal_url: str | None = None) -> dict[str, Any]:
    """The note as plain data.

    ``context``: the instalment, the day by which it is still welcome, the occasion, and a gentler plan's payments.
    """
    part = InstalmentDue.of(context)
    gentler = LetterOffer.of(context["offer"], context.get("cost_minor", 0)) if context.get("offer") else None
    content, t = to.sheet(KIND)
    day, amount = long_date(part.due, t.language), money(part.amount_minor, part.currency, t.language)
    lead = t.gettext(
        "On %(day)s a part of your payment plan was due. We have not received %(amount)s yet.", day=day, amount=amount
    )
    reference = plain.line(part.reference)
    content |= {
        "heading": t.gettext("Your payment plan") if gentler is None else t.gettext("A gentler payment plan"),
        "lead": lead,
        "paragraphs": _paragraphs(part, gentler, t),
        "payment": payment_box(
            to.creditor,
            [paying.reference_label(reference, to.creditor.country, t), reference],
            t,
            asked=(part.amount_minor, part.currency, date.fromisoformat(context["pay_by"])),
            payer=content["recipient"],
        ),
        "offer": link_box(*_page(part, gentler, t), portal_url, t),
        "paid": t.gettext("Have you already paid? Thank you, then please ignore this letter."),
    }
    content["facts"] |= {
        "currency": part.currency,
        "total_minor": part.amount_minor,
        "reference": reference,
        "instalment": [part.number, part.count],
        "left_after_minor": part.left_after_minor,
        "occasion": context["occasion"],
    }
    return finished(content, lead, t)


def _paragraphs(part: InstalmentDue, gentler: LetterOffer | None, t: Translator) -> list[str]:
    rests = t.gettext("The plan goes on. Nothing is added, and no reminder is sent.")
    if gentler is None:
        return [t.gettext("Perhaps it has slipped your mind. Please pay it in the next days."), rests]
    return [
        t.gettext("Was it too much at once? You can pay what is left in smaller parts:"),
        sentence(gentler, part.currency, t) + ".",
        _price(gentler, part.currency, t),
        rests,
    ]


def _price(gentler: LetterOffer, currency: str, t: Translator) -> str:
    if gentler.interest_minor <= 0:
        return t.gettext("It costs nothing extra.")
    return cost([gentler], currency, t)


def _page(part: InstalmentDue, gentler: LetterOffer | None, t: Translator) -> tuple[str, str]:
    if gentler is not None:
        return t.gettext("Smaller parts"), t.gettext("Choose them on your own page, or tell us what you can manage.")
    if part.can_move:
        return (
            t.gettext("Another day?"),
            t.gettext("On your own page you can move this payment to a later day, once in the plan."),
        )
    return t.gettext("Follow your plan"), t.gettext("Your own page shows what is paid and what comes next.")
