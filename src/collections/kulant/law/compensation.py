"""The fixed sum a business owes for paying late, and how it goes together with fees. A consumer never owes it."""

from __future__ import annotations

from kulant.law.book import Figure, amount_on
from kulant.law.facts import Facts
from kulant.law.fees import Charged


def compensation(facts: Facts, figures: list[Figure]) -> int:
    """The sum for every invoice that was not paid when it was due, in minor units."""
    if facts.debtor != "business":
        return 0
    law = facts.law.file.compensation
    total = 0
    for invoice in facts.invoices:
        if invoice.due >= facts.as_of or not invoice.unpaid(invoice.due):
            continue
        row = amount_on(law.amounts, invoice.due, invoice.principal, each_half_year=law.each_half_year)
        if row is None:
            facts.law.refuse(f"the compensation for a debt due on {invoice.due} is not known")
        figures.append(Figure(f"compensation from {row.since}: {row.amount} ({law.rule})", row))
        total += int(row.amount * 100)
    return total


def combined(facts: Facts, owed: int, fees: list[Charged], figures: list[Figure]) -> tuple[int, list[Charged]]:
    """The compensation and the fees that stand beside each other by the country's rule."""
    law = facts.law.file.compensation
    if not owed:
        return 0, fees
    if not fees:
        return owed, fees
    figures.append(Figure(f"compensation and fees: {law.combine}", law.combine_known))
    if law.combine == "both":
        return owed, fees
    return (owed, []) if owed >= sum(one.minor for one in fees) else (0, fees)
