"""The notes after an instalment of a plan was due and has not come: a nudge, and an offer of smaller payments. Pure.

Both belong to a plan that goes on: they threaten nothing, cost nothing, and say what the customer can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kulant.i18n import Translator, long_date
from kulant.letters import paying, plain
from kulant.letters.instalment_reminder import KIND, InstalmentDue, instalment_values
from kulant.letters.offers import LetterOffer, cost, sentence
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.sheet import Parties, finished, link_box, payment_box
from kulant.letters.wording import Prose

OCCASIONS = ("nudge", "reshape")


def late_instalment(
    to: Parties, context: Mapping[str, Any], *, portal_url: str | None = None, own: OwnText | None = None
) -> dict[str, Any]:
    """The note as plain data. ``own``: the creditor's text in place of the shipped one.

    ``context``: the instalment, the day by which it is still welcome, the occasion, and a gentler plan's payments.
    """
    part = InstalmentDue.of(context)
    gentler = LetterOffer.of(context["offer"], context.get("cost_minor", 0)) if context.get("offer") else None
    content, t = to.sheet(KIND)
    reference, pay_by = plain.line(part.reference), date.fromisoformat(context["pay_by"])
    values = instalment_values(to, part, t) | {
        "pay_by": long_date(pay_by, t.language),
        "smaller": sentence(gentler, part.currency, t) if gentler else "",
        "price": _price(gentler, part.currency, t) if gentler else "",
    }
    said, opening = in_words(own, values, (nudge_words if gentler is None else smaller_words)(values, t))
    content |= {
        **said,
        "payment": payment_box(
            to.creditor,
            [paying.reference_label(reference, to.creditor.country, t), reference],
            t,
            asked=(part.amount_minor, part.currency, pay_by),
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
    return finished(content, opening, t)


def text_of(context: Mapping[str, Any]) -> str:
    """Which text the note is written by: a nudge, or the offer of smaller parts."""
    return "instalment_smaller" if context.get("offer") else "instalment_late"


def nudge_words(v: Mapping[str, Any], t: Translator) -> Prose:
    """The shipped words of a nudge."""
    slipped = t.gettext("Perhaps it has slipped your mind. Please pay it in the next days.")
    lead = _lead(v, t)
    return Prose(t.gettext("Your payment plan"), lead, (slipped, _rests(t)), short=lead)


def smaller_words(v: Mapping[str, Any], t: Translator) -> Prose:
    """The shipped words of the offer to pay what is left in smaller parts."""
    too_much = t.gettext("Was it too much at once? You can pay what is left in smaller parts:")
    lead = _lead(v, t)
    paragraphs = (too_much, f"{v['smaller']}.", v["price"], _rests(t))
    return Prose(t.gettext("A gentler payment plan"), lead, paragraphs, short=lead)


def _lead(v: Mapping[str, Any], t: Translator) -> str:
    return t.gettext(
        "On %(day)s a part of your payment plan was due. We have not received %(amount)s yet.",
        day=v["due"],
        amount=v["amount"],
    )


def _rests(t: Translator) -> str:
    return t.gettext("The plan goes on. Nothing is added, and no reminder is sent.")


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
