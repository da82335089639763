"""The thank-you for a payment plan that was kept to its end: it asks for nothing and sells nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kulant.i18n import Translator, money
from kulant.letters import plain
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.sheet import Parties, finished, summary
from kulant.letters.wording import Prose

KIND = "thank_you"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """A plan that is paid: what it came to, in how many payments, for which invoices."""

    total_minor: int
    currency: str
    payments: int
    reference: str
    invoices: tuple[str, ...] = ()
    dropped_minor: int = 0  # fees and interest of earlier letters that were taken back


def thank_you(to: Parties, plan: KeptPlan, *, own: OwnText | None = None) -> dict[str, Any]:
    """The thank-you as plain data. ``own``: the creditor's text in place of the shipped one."""
    content, t = to.sheet(KIND)
    numbers = ", ".join(plain.line(number) for number in plan.invoices)
    values = to.names() | {
        "total": money(plan.total_minor, plan.currency, t.language),
        "payments": plan.payments,
        "dropped": money(plan.dropped_minor, plan.currency, t.language) if plan.dropped_minor else "",
        "numbers": numbers,
        "count": len(plan.invoices),
        "reference": plain.line(plan.reference),
    }
    said, opening = in_words(own, values, thanks_words(values, t))
    content |= {
        **said,
        "summary": summary(
            t.gettext("What was paid"),
            [
                [t.gettext("In all"), values["total"]],
                [t.gettext("Payments"), str(plan.payments)],
                *([[t.gettext("Invoices"), numbers]] if 0 < len(plan.invoices) <= 12 else []),
            ],
        ),
    }
    content["facts"] |= {
        "currency": plan.currency,
        "total_minor": plan.total_minor,
        "reference": plain.line(plan.reference),
        "payments": plan.payments,
        "invoices": [plain.line(number) for number in plan.invoices],
    }
    return finished(content, opening, t)


def thanks_words(v: Mapping[str, Any], t: Translator) -> Prose:
    """The shipped words."""
    lead = t.gettext("Your payment plan is paid in full, and the matter is settled.")
    kept = t.gettext("You kept what we agreed, and we value that. There is nothing more for you to do.")
    dropped = ""
    if v["dropped"]:
        dropped = t.gettext(
            "As agreed, we have dropped %(amount)s in fees and interest from earlier letters.", amount=v["dropped"]
        )
    heading = t.gettext("Thank you for your payment")
    return Prose(heading, lead, (kept, dropped), short=f"{heading}. {lead}")
