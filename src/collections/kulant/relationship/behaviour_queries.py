"""A creditor's invoices as columns, for models of payment to learn from: as the business date knew them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kulant.ledger.models import Dispute, Entry, OpenItem
from kulant.relationship.known import NEVER, Book
from kulant.relationship.lateness import Floats, Ints
from kulant.relationship.ledger_then import Ledger, as_stored, columns_of, ints, ordinals
from kulant.relationship.models import TimelineEvent

# Invoices a model is learned from at most: the newest.
MOST_INVOICES = 200_000
LETTER_KINDS = ("letter_sent",)


def book(session: Session, creditor_id: int, today: date, *, most: int = MOST_INVOICES) -> Book:
    """The creditor's newest invoices as columns, as the day knew them, in the order of their issue."""
    ledger = Ledger(session, creditor_id, today)
    issued = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    newest = (
        ledger.invoices(
            OpenItem.id, OpenItem.customer_id, OpenItem.currency, as_stored(issued), as_stored(OpenItem.due_date),
            as_stored(ledger.settled_on), OpenItem.amount_minor,
        )
        .order_by(issued.desc(), OpenItem.id.desc())
        .limit(most)
    )  # fmt: skip
    columns = columns_of(session, newest, 7)
    ids, customers = ints(columns[0]), ints(columns[1])
    due = ordinals(columns[4])
    amounts = ints(columns[6])
    usual = _usual(amounts, columns[2])
    went = _Went(ledger, set(columns[0]))
    paid = ordinals(columns[5])
    whose, customer = np.unique(customers, return_inverse=True)
    order = np.lexsort((ids, np.minimum(ordinals(columns[3]), due)))
    dispute_of, dispute_on = went.disputes(whose)
    letter_of, letter_on = _letters(ledger, whose)
    pays = ~np.isin(ids, went.whole)
    return Book(
        customer=customer[order],
        issued=np.minimum(ordinals(columns[3]), due)[order],
        due=due[order],
        paid=np.where(pays, paid, NEVER)[order],
        pays=pays[order],
        dropped=went.dropped(ids)[order],
        size=sizes(amounts, columns[2], usual)[order],
        usual=usual,
        dispute_of=dispute_of,
        dispute_on=dispute_on,
        letter_of=letter_of,
        letter_on=letter_on,
    )


def _usual(amounts: Ints, currencies: Sequence[str]) -> dict[str, float]:
    """The median amount of each currency."""
    of = np.asarray(currencies)
    return {one: max(1.0, float(np.median(amounts[of == one]))) for one in sorted(set(currencies))}


def sizes(amounts: Ints, currencies: Sequence[str], usual: Mapping[str, float]) -> Floats:
    """Amounts as multiples of the usual one of their currency; of an unknown currency, each is usual."""
    by = np.asarray([usual.get(one, 0.0) for one in currencies], dtype=np.float64)
    return np.asarray(np.where(by > 0, amounts / np.maximum(by, 1.0), 1.0), dtype=np.float64)


class _Went:
    """Invoices that were disputed or credited: since when, and which were taken back whole."""

    def __init__(self, ledger: Ledger, ids: set[int]) -> None:
        session, creditor_id, today = ledger.session, ledger.creditor_id, ledger.today
        credit = aliased(OpenItem)
        credited = session.execute(
            select(Entry.item_id, func.min(Entry.on))
            .join(credit, credit.id == Entry.against_item_id)
            .where(Entry.creditor_id == creditor_id, Entry.on <= today, credit.kind == "credit_note")
            .group_by(Entry.item_id)
        )
        self._raised = session.execute(
            select(Dispute.item_id, Dispute.customer_id, Dispute.opened_on).where(
                Dispute.creditor_id == creditor_id, Dispute.opened_on <= today
            )
        ).all()
        self._since: dict[int, date] = {}
        for item_id, on in [*credited, *((item_id, on) for item_id, _, on in self._raised)]:
            if item_id in ids:
                self._since[item_id] = min(on, self._since.get(item_id, on))
        self.whole = ints(list(session.scalars(ledger.taken_back())))

    def dropped(self, ids: Ints) -> Ints:
        """The day from which each invoice says nothing more of its payer."""
        since = np.full(len(ids), NEVER, dtype=np.int64)
        if self._since:
            places = {item_id: place for place, item_id in enumerate(ids.tolist())}
            for item_id, on in self._since.items():
                since[places[item_id]] = on.toordinal()
        return since

    def disputes(self, whose: Ints) -> tuple[Ints, Ints]:
        """Customer, by place, and day of every dispute."""
        rows = [(customer_id, on.toordinal()) for _, customer_id, on in self._raised]
        return _events(rows, whose)


def _letters(ledger: Ledger, whose: Ints) -> tuple[Ints, Ints]:
    rows = ledger.session.execute(
        select(TimelineEvent.customer_id, TimelineEvent.on).where(
            TimelineEvent.creditor_id == ledger.creditor_id,
            TimelineEvent.kind.in_(LETTER_KINDS),
            TimelineEvent.on <= ledger.today,
        )
    )
    return _events([(customer_id, on.toordinal()) for customer_id, on in rows], whose)


def _events(rows: list[tuple[int, int]], whose: Ints) -> tuple[Ints, Ints]:
    of, on = ints([row[0] for row in rows]), ints([row[1] for row in rows])
    known = np.isin(of, whose)
    return np.searchsorted(whose, of[known]), on[known]
