"""What of the open invoices will not be paid by habit: disputed, handed over, covered by credits, agreed otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import InstrumentedAttribute, Session

from kulant.delivery import cash_queries as queries
from kulant.ledger.models import OpenItem
from kulant.ledger.rules import spread
from kulant.people.models import Creditor
from kulant.relationship.ledger_then import Ledger

# Until enough of the creditor's own have ended: so many kept of so many. HMRC reports more than nine of ten payment
# plans completed; to begin with we believe a little less of plans, and less again of promises.
_PLANS_PRIOR = (16, 20)
_PROMISES_PRIOR = (7, 10)

# Disputed invoices are paid in the end, most of them: one of ten in a week, until the creditor's own disputes tell.
_DISPUTES_PRIOR = (2, 20)
_SOONEST = 0.9

# Why a part of an invoice is not foretold by habit, the surest first.
REASONS = ("handed_over", "disputed", "planned", "covered", "promised")


@dataclass(frozen=True, slots=True)
class Agreed:
    """A payment the customer has agreed to: an instalment of a plan, or a promise; and how such were kept so far."""

    kind: str  # instalment | promise
    customer_id: int
    currency: str
    due: date
    amount_minor: int
    chance: float


@dataclass(slots=True)
class Asides:
    """By item, what its payer's habit does not foretell; what was agreed; what each reason takes off, by currency."""

    minor: dict[int, int] = field(default_factory=dict)
    agreed: list[Agreed] = field(default_factory=list)
    sums: dict[str, dict[str, int]] = field(default_factory=dict)
    disputed: dict[int, int] = field(default_factory=dict)  # by item
    dispute_ends: float = 0.0  # the chance, each week, that what is disputed is paid


@dataclass(slots=True)
class _Item:
    """An open invoice and what habit still foretells of it."""

    id: int
    customer_id: int
    currency: str
    due: date
    left: int
    unpromised: int


def asides(session: Session, creditor: Creditor, today: date) -> Asides:
    """All of them, as the day knew them, in a fixed number of statements and one for each promise."""
    sorting = _Sorting(session, creditor, today)
    sorting.handed_over()
    sorting.disputed()
    sorting.plans()
    sorting.credits()
    sorting.promises()
    return sorting.found


class _Sorting:
    """Takes one part of an item after the other off what habit foretells."""

    def __init__(self, session: Session, creditor: Creditor, today: date) -> None:
        self._session, self._creditor_id, self._today = session, creditor.id, today
        self._ledger = Ledger(session, creditor.id, today)
        self._items: dict[int, _Item] = {}
        self.found = Asides()

    def handed_over(self) -> None:
        """What others collect comes when it comes: none of it is counted on."""
        ids = queries.handed_over(self._session, self._creditor_id, self._today)
        for item in self._fetch(OpenItem.id, ids):
            self._take(item, item.left, "handed_over")

    def disputed(self) -> None:
        """The disputed part waits for the dispute to end, as long as such parts have waited so far."""
        parts = queries.disputed(self._session, self._creditor_id, self._today)
        for item in self._fetch(OpenItem.id, parts):
            part = parts[item.id]
            if taken := self._take(item, item.left if part is None else part, "disputed"):
                self.found.disputed[item.id] = taken
        if self.found.disputed:
            paid, weeks = queries.weeks_disputed(self._ledger)
            chance = (paid + _DISPUTES_PRIOR[0]) / (weeks + _DISPUTES_PRIOR[1])
            self.found.dispute_ends = min(chance, _SOONEST)

    def plans(self) -> None:
        """What a plan covers is paid by its instalments, not by habit."""
        plans = {plan.id: plan for plan in queries.plans(self._session, self._creditor_id, self._today)}
        if not plans:
            return
        shares = queries.shares(self._session, plans)
        items = {item.id: item for item in self._fetch(OpenItem.id, {share.item_id for share in shares})}
        owed: dict[int, int] = defaultdict(int)
        for share in shares:
            if share.item_id in items:
                owed[share.plan_id] += self._take(items[share.item_id], share.amount_minor, "planned")
        chance = _share_kept(queries.plans_ended(self._session, self._creditor_id, self._today), _PLANS_PRIOR)
        for one in queries.instalments(self._session, plans):
            # The oldest are paid first, so what is still owed belongs to the last.
            part = min(owed[one.plan_id], one.amount_minor)
            owed[one.plan_id] -= part
            if part > 0:
                plan = plans[one.plan_id]
                self.found.agreed.append(Agreed("instalment", plan.customer_id, plan.currency, one.due, part, chance))

    def credits(self) -> None:
        """Money and credit notes already here cover the oldest invoices."""
        credits = queries.credits(self._ledger)
        for account, items in self._accounts({customer_id for customer_id, _ in credits}).items():
            parts = dict(spread(credits.get(account, 0), [(item.id, item.left) for item in items]))
            for item in items:
                self._take(item, parts.get(item.id, 0), "covered")

    def promises(self) -> None:
        """A promise brings its money on its day as often as promises are kept; else the habit goes on."""
        promises = queries.promises(self._session, self._creditor_id, self._today)
        if not promises:
            return
        chance = _share_kept(queries.promises_ended(self._session, self._creditor_id, self._today), _PROMISES_PRIOR)
        accounts = self._accounts({one.customer_id for one in promises})
        for one in promises:
            paid = queries.paid_since(self._session, self._creditor_id, one, self._today)
            items = accounts.get((one.customer_id, one.currency), [])
            parts = dict(
                spread(one.amount_minor - paid, [(item.id, min(item.unpromised, item.left)) for item in items])
            )
            for item in items:
                part = parts.get(item.id, 0)
                item.unpromised -= part
                self._take(item, round(part * chance), "promised")
            if parts:
                promised = sum(parts.values())
                self.found.agreed.append(Agreed("promise", one.customer_id, one.currency, one.due, promised, chance))

    def _accounts(self, customer_ids: Collection[int]) -> dict[tuple[int, str], list[_Item]]:
        accounts: dict[tuple[int, str], list[_Item]] = defaultdict(list)
        for item in self._fetch(OpenItem.customer_id, customer_ids):
            accounts[item.customer_id, item.currency].append(item)
        return accounts

    def _fetch(
        self, column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], ids: Collection[int]
    ) -> list[_Item]:
        """Open invoices of these ids or customers, the oldest due first, with what was taken off them so far."""
        if not ids:
            return []
        rows = queries.open_of(self._ledger, column, sorted(ids))
        return [
            self._items.setdefault(row.id, _Item(row.id, row.customer_id, row.currency, row.due, row.minor, row.minor))
            for row in rows
        ]

    def _take(self, item: _Item, minor: int, reason: str) -> int:
        taken = max(0, min(minor, item.left))
        if taken:
            item.left -= taken
            self.found.minor[item.id] = self.found.minor.get(item.id, 0) + taken
            sums = self.found.sums.setdefault(item.currency, dict.fromkeys(REASONS, 0))
            sums[reason] += taken
        return taken


def _share_kept(ended: tuple[int, int], prior: tuple[int, int]) -> float:
    return (ended[0] + prior[0]) / (ended[1] + prior[1])
