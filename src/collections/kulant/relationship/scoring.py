"""Scores every customer of a creditor: value, grade and payment habit, as the ledger knew them on the business date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from itertools import islice
from typing import Any

from sqlalchemy import delete

from kulant.core.events import Event
from kulant.core.review import Review
from kulant.db import Act, canonical_json
from kulant.ledger.bulk import among, replace_rows
from kulant.people.models import Creditor
from kulant.relationship import score_queries, value
from kulant.relationship.grades import THIN_DATA_BELOW, Standing, grades, settle
from kulant.relationship.habit import DueInvoice, Habit, base_late_rate, habit, habit_sentence, late_risk
from kulant.relationship.models import Score
from kulant.relationship.pattern import Parameters
from kulant.relationship.purchases import (
    DEFAULT_MARGIN_SHARE,
    MARGIN_SHRINKAGE,
    Document,
    History,
    history,
    main_currency,
    mean_margins,
    shrunk_margin,
    twelve_month_value,
)
from kulant.relationship.reasons import Factors, Rhythm, compare, median_customer, reasons

MODEL_VERSION = 1

_WRITTEN_AT_A_TIME = 1_000

_WEIGHTY = (
    "currency", "purchases", "expected_purchases", "p_alive", "margin_minor", "value_12m_minor", "grade", "thin_data",
    "paid_invoices",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Customer:
    """What the ledger tells of one customer."""

    id: int
    history: History
    habit: Habit


@dataclass(frozen=True, slots=True)
class _Worth:
    """What the model makes of it."""

    expected_purchases: float
    margin_minor: int
    value_minor: int
    factors: Factors
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class _Portfolio:
    """What is the same for all customers of the run."""

    creditor_id: int
    today: date
    parameters: dict[str, Any]  # of the model, as stored
    mean_margins: dict[str, Decimal]
    middle: dict[str, Factors]  # the median customer, by currency
    base_late_rate: float


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a former run wrote of a customer."""

    standing: Standing
    scored_on: date
    fingerprint: bytes
    weight: tuple[Any, ...]  # what of it others decide by


def score_portfolio(act: Act, *, creditor: Creditor, review: Review | None = None) -> int:
    """Scores all customers with purchases; returns how many scores were written anew (a second run the same day: none).

    Values in different currencies cannot be added up, so customers are graded among those who buy in the same. What one
    customer buys moves the values of others: the ``review`` looks at those too.
    """
    if review is not None and review.nobody:
        return 0
    customers = list(_customers(act, creditor))
    stored = _stored(act, creditor)
    rows = _rows(creditor, customers, stored, act.today)
    moved: set[int] = set()
    written = _write(act, _new_rows(rows, stored, moved))
    gone = stored.keys() - {customer.id for customer in customers}
    _forget(act, sorted(gone))
    if review is not None:
        review.also(moved | gone)
    if written or gone:
        act.tell(Event("scored", f"Relationship value of {written} customers computed", creditor_id=creditor.id))
    return written + len(gone)


def _customers(act: Act, creditor: Creditor) -> Iterator[_Customer]:
    credited = score_queries.invoices_settled_by_credit_note(act.session, creditor.id, act.today)
    for customer_id, documents in score_queries.documents_by_customer(act.session, creditor.id, act.today):
        currency = main_currency(documents)
        bought = history(documents, currency) if currency else None
        if bought:
            yield _Customer(customer_id, bought, habit(_due_invoices(documents, credited), act.today))


def _due_invoices(documents: Iterable[Document], credited: set[int]) -> Iterator[DueInvoice]:
    for document in documents:
        if document.kind == "invoice" and document.due is not None and document.item_id not in credited:
            yield DueInvoice(document.number, document.due, document.settled_on)


def _stored(act: Act, creditor: Creditor) -> dict[int, _Stored]:
    return {
        row["customer_id"]: _Stored(
            Standing(row["grade"], row["lower_grade"], row["lower_grade_since"]),
            row["scored_on"],
            _fingerprint(row),
            _weight(row),
        )
        for row in score_queries.stored_scores(act.session, creditor.id)
    }


def _rows(
    creditor: Creditor, customers: Sequence[_Customer], stored: dict[int, _Stored], today: date
) -> Iterator[dict[str, Any]]:
    """The score of each customer, column by column."""
    means = mean_margins(customer.history for customer in customers)
    parameters, worths = _worths(customers, means, today)
    by_currency: dict[str, list[int]] = defaultdict(list)
    for index, customer in enumerate(customers):
        by_currency[customer.history.currency].append(index)
    seen: dict[int, str] = {}
    for members in by_currency.values():
        seen |= zip(members, grades([worths[index].value_minor for index in members]), strict=True)
    portfolio = _Portfolio(
        creditor_id=creditor.id,
        today=today,
        parameters=_rounded(asdict(parameters)),
        mean_margins=means,
        middle={
            currency: median_customer([worths[index].factors for index in members])
            for currency, members in by_currency.items()
        },
        base_late_rate=base_late_rate(customer.habit for customer in customers),
    )
    for index, (customer, worth) in enumerate(zip(customers, worths, strict=True)):
        standing = settle(seen[index], _standing_before(stored.get(customer.id), today), today)
        yield _row(portfolio, customer, worth, standing)


def _standing_before(stored: _Stored | None, today: date) -> Standing | None:
    """The former standing, unless it was reached on a day that is still to come."""
    return stored.standing if stored and stored.scored_on <= today else None


def _worths(customers: Sequence[_Customer], means: dict[str, Decimal], today: date) -> tuple[Parameters, list[_Worth]]:
    histories = [customer.history for customer in customers]
    x = [one.purchases - 1 for one in histories]
    tx = [(one.last - one.first).days for one in histories]
    age = [(today - one.first).days for one in histories]
    parameters = value.fit(x, tx, age)
    alive = value.p_alive(parameters, x, tx, age)
    active = value.purchases_if_active(parameters, x, age)
    silence = value.silence_factor(parameters, x, tx, age)
    worths = [
        _worth(one, means[one.currency], today, float(alive[i]), float(active[i]), float(silence[i]))
        for i, one in enumerate(histories)
    ]
    return parameters, worths


def _worth(one: History, mean: Decimal, today: date, alive: float, active: float, silence: float) -> _Worth:
    margin = shrunk_margin(one.purchases, one.margin_total_minor, mean)
    # Rounded as it is stored, so that whoever multiplies the stored figures gets the stored value.
    expected = round(alive * active, 4)
    return _Worth(
        expected_purchases=expected,
        margin_minor=margin,
        value_minor=twelve_month_value(expected, margin),
        factors=Factors(active, alive, float(margin)),
        rhythm=Rhythm(one.purchases, (one.last - one.first).days, one.silent_days(today), silence),
    )


def _row(portfolio: _Portfolio, customer: _Customer, worth: _Worth, standing: Standing) -> dict[str, Any]:
    bought, pays = customer.history, customer.habit
    middle = portfolio.middle[bought.currency]
    said = reasons(worth.factors, middle, worth.rhythm, from_revenue=bought.from_revenue)
    return {
        "customer_id": customer.id,
        "creditor_id": portfolio.creditor_id,
        "scored_on": portfolio.today,
        "currency": bought.currency,
        "purchases": bought.purchases,
        "expected_purchases": worth.expected_purchases,
        "p_alive": round(worth.factors.still_active, 6),
        "margin_minor": worth.margin_minor,
        "value_12m_minor": worth.value_minor,
        "grade": standing.grade,
        "lower_grade": standing.lower_grade,
        "lower_grade_since": standing.lower_grade_since,
        "thin_data": bought.purchases < THIN_DATA_BELOW,
        "from_revenue": bought.from_revenue,
        "paid_invoices": pays.paid,
        "on_time_rate": pays.on_time_rate,
        "late_risk": round(late_risk(pays, portfolio.base_late_rate), 6),
        "median_days_late": pays.median_days_late,
        "reasons": canonical_json([*said, {"code": "habit", "text": habit_sentence(pays)}]),
        "model": canonical_json(_model(portfolio, bought, worth, middle)),
    }


def _model(portfolio: _Portfolio, bought: History, worth: _Worth, middle: Factors) -> dict[str, Any]:
    """What the figures rest on, so that anybody can compute them again."""
    times = compare(worth.factors, middle)
    return {
        "name": "mbg-nbd",
        "version": MODEL_VERSION,
        "parameters": portfolio.parameters,
        "first_purchase": bought.first.isoformat(),
        "last_purchase": bought.last.isoformat(),
        "own_margin_total_minor": bought.margin_total_minor,
        "creditor_mean_margin_minor": round(float(portfolio.mean_margins[bought.currency]), 2),
        "margin_shrinkage": MARGIN_SHRINKAGE,
        "margin_share": str(DEFAULT_MARGIN_SHARE) if bought.from_revenue else None,
        "times_median": _rounded(asdict(times)) if times else None,
        "base_late_rate": round(portfolio.base_late_rate, 6),
    }


def _rounded(parts: dict[str, Any]) -> dict[str, Any]:
    return {key: round(part, 6) if isinstance(part, float) else part for key, part in parts.items()}


def _new_rows(rows: Iterable[dict[str, Any]], stored: dict[int, _Stored], moved: set[int]) -> Iterator[dict[str, Any]]:
    """The scores that are not stored already; ``moved`` gets the customers of those that others have to look at."""
    for row in rows:
        before = stored.get(row["customer_id"])
        if before is not None and before.fingerprint == _fingerprint(row):
            continue
        if before is None or before.weight != _weight(row):
            moved.add(row["customer_id"])
        yield row


def _weight(row: dict[str, Any]) -> tuple[Any, ...]:
    """All but how it came about and how the customer pays, which no decision rests on."""
    return tuple(row[name] for name in _WEIGHTY)


def _fingerprint(row: dict[str, Any]) -> bytes:
    """Equal for equal scores: keeping it instead of the old rows keeps 50,000 customers within a few megabytes."""
    return blake2b(repr([row[name] for name in score_queries.COLUMNS]).encode(), digest_size=16).digest()


def _write(act: Act, rows: Iterator[dict[str, Any]]) -> int:
    columns = score_queries.COLUMNS
    return replace_rows(act.session, Score, columns, ([row[name] for name in columns] for row in rows))


def _forget(act: Act, customer_ids: list[int]) -> None:
    """Drops scores of customers who, on this business date, have not bought anything yet."""
    ids = iter(customer_ids)
    while chunk := list(islice(ids, _WRITTEN_AT_A_TIME)):
        act.session.execute(delete(Score).where(among(act.session, Score.customer_id, chunk)))
