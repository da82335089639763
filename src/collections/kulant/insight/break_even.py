"""Break-even by cohort: how many of those who came in a quarter or year have paid back what winning them cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.break_even import Cohort, Member, break_even, came_within, cohorts
from kulant.relationship.models import Score
from kulant.relationship.rulebook import rules_of
from kulant.relationship.standing_queries import Earned, Scope, earned, first_purchases, ledger_begins, lost


@dataclass(frozen=True, slots=True)
class BreakEvenReport:
    """The cohorts, oldest first, and how many customers are in none. Amounts in the creditor's currency."""

    by: str
    currency: str
    cohorts: list[Cohort]
    without_cost: int  # nobody said what winning them cost
    begins: date | None  # the ledger
    cost_to_serve_share: float

    @property
    def not_whole(self) -> int:
        """Of how many not all they left is known: they came before the ledger begins, or buy in another currency."""
        return sum(not member.whole for member in self.members)

    @property
    def members(self) -> list[Member]:
        """All of them."""
        return [member for cohort in self.cohorts for member in cohort.members]


def break_even_report(session: Session, creditor: Creditor, today: date, *, by: str) -> BreakEvenReport:
    """Every customer whose acquisition cost is known, by the ``quarter`` or ``year`` they came in: seven statements."""
    rules = rules_of(session, creditor.id)
    scope = Scope(session, creditor.id, today)
    share = rules.cost_to_serve_share
    margins = earned(scope, creditor.currency, share)
    first, gone = first_purchases(scope), lost(scope)
    begins = ledger_begins(session, creditor.id)
    members = []
    for customer, currency, value in _customers(session, creditor):
        since = customer.customer_since or first.get(customer.id)
        if since is None or since > today:
            continue
        own = currency in (None, creditor.currency)
        members.append(
            _member(
                customer,
                since,
                margins.get(customer.id, Earned(0, None)),
                lost=customer.id in gone,
                whole=own and came_within(customer.customer_since, begins),
                expected=round(value * (1 - share)) if own and value is not None else None,
            )
        )
    without = select(func.count()).where(Customer.creditor_id == creditor.id, Customer.acquisition_cost_minor.is_(None))
    count = session.scalar(without) or 0
    return BreakEvenReport(by, creditor.currency, cohorts(members, by=by), count, begins, share)


def _customers(session: Session, creditor: Creditor) -> list[tuple[Customer, str | None, int | None]]:
    """Customers of a known cost, the currency they buy in, and their value in it."""
    rows = session.execute(
        select(Customer, Score.currency, Score.value_12m_minor)
        .outerjoin(Score, Score.customer_id == Customer.id)
        .where(Customer.creditor_id == creditor.id, Customer.acquisition_cost_minor.is_not(None))
    )
    return [(customer, currency, value) for customer, currency, value in rows]


def _member(customer: Customer, since: date, left: Earned, *, lost: bool, whole: bool, expected: int | None) -> Member:
    stands = break_even(customer.acquisition_cost_minor, left.reached, lost=lost, whole=whole)
    return Member(
        number=customer.number,
        name=customer.name,
        since=since,
        state=stands.state,
        reached_on=stands.on,
        cost_minor=customer.acquisition_cost_minor or 0,
        margin_minor=left.margin_minor,
        value_12m_minor=expected,
        whole=whole,
    )
