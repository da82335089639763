"""The thank-you for a payment plan that was kept to its end: it asks for nothing and sells nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kulant.i18n import money
from kulant.letters import plain
from kulant.letters.sheet import Parties, finished, summary

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


def thank_you(to: Parties, plan: KeptPlan) -> dict[str, Any]:
    """The thank-you as plain data."""
    content, t = to.sheet(KIND)
    total = money(plan.total_minor, plan.currency, t.language)
    lead = t.gettext("Your payment plan is paid in full, and the matter is settled.")
    paragraphs = [t.gettext("You kept what we agreed, and we value that. There is nothing more for you to do.")]
    if plan.dropped_minor:
        dropped = money(plan.dropped_minor, plan.currency, t.language)
        paragraphs.append(
            t.gettext(
                "As agreed, we have dropped %(amount)s in fees and interest from earlier letters.", amount=dropped
            )
        )
    numbers = ", ".join(plain.line(number) for number in plan.invoices)
    content |= {
        "heading": t.gettext("Thank you for your payment"),
        "lead": lead,
        "paragraphs": paragraphs,
        "summary": summary(
            t.gettext("What was paid"),
            [
                [t.gettext("In all"), total],
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
    return finished(content, f"{t.gettext('Thank you for your payment')}. {lead}", t)
