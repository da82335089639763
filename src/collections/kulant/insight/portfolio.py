"""What is owed to a creditor in all, by currency and age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from kulant.ledger import balances
from kulant.ledger.models import CustomerBalance, OpenItem
from kulant.people.models import Creditor


@dataclass(frozen=True, slots=True)
class Total:
    """The debts of one currency on the day; ``ageing`` runs from not yet due to more than ninety days late."""

    currency: str
    open_minor: int
    overdue_minor: int
    credits_minor: int
    ageing: tuple[int, int, int, int, int]


def totals(session: Session, creditor: Creditor, today: date) -> list[Total]:
    """One total for each currency in which something is open, the creditor's own first, then the largest.

    Read from the balances kept, where they are of that day; else from the open items.
    """
    if balances.is_current(session, creditor.id, today):
        source = select(CustomerBalance).where(CustomerBalance.creditor_id == creditor.id).subquery()
    else:
        source = balances.of_items(today, OpenItem.creditor_id == creditor.id).subquery()
    sums = [func.sum(source.c[name]) for name in (*balances.AGES, "credits_minor")]
    rows = session.execute(
        select(source.c.currency, *sums).group_by(source.c.currency).having(func.sum(source.c["items"]) > 0)
    )
    found = []
    for currency, *figures in rows:
        current, month, two_months, three_months, older, credits = map(int, figures)
        ageing = (current, month, two_months, three_months, older)
        found.append(Total(currency, sum(ageing), sum(ageing) - current, credits, ageing))
    return sorted(found, key=lambda total: (total.currency != creditor.currency, -total.open_minor))


def ledger_is_empty(session: Session, creditor: Creditor) -> bool:
    """Whether nothing was ever imported for the creditor."""
    return not session.scalar(select(exists().where(OpenItem.creditor_id == creditor.id)))
