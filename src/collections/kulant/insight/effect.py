"""What dunning did to relationships: the honest comparison. Reads only.

Whoever is dunned pays late, and whoever pays late leaves more often anyway. So a customer dunned in the week in which
an invoice was so many weeks late is held against customers whose invoice was just as late in that week of its own life
and who had not been dunned yet, of like value, recency and tenure. The question: did they buy again? For each customer
within 180 days, or twice their own gap if that is longer. The same comparison a year earlier, before there was anything
to dun, must show nothing; where it does, the groups were not alike and the ratio says nothing.

It is no proof of cause: what nobody wrote down (a quarrel, a bad product) cannot be held equal. Customers dunned later
stay among those not yet dunned, which makes a difference look smaller than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from kulant.insight import effect_queries as queries
from kulant.insight.effect_queries import Ledger
from kulant.insight.matched import WORTH_SEEING, Comparison, Flags, Floats, Ints, Rows, compare
from kulant.people.models import Creditor

STAGES = {"reminder": "A reminder", "formal": "A formal notice or hand-over"}
LAGS = ((0, 90), (90, 180), (180, 365))
SHORTEST = 180  # days without a purchase, at least
TIMES_GAP = 2
USUAL_GAP = 90  # of who has bought only once
LATEST_WEEK = 12  # weeks late, after that there is too little to compare with
APART = 90  # days: dunned so lately, a customer is in neither group
CAUSE = "This is no proof of cause: it compares customers as alike as the books can tell, and nobody drew lots."
_FAR = 4_000_000  # a day after all days


@dataclass(frozen=True, slots=True)
class Lag:
    """How many times as often those dunned bought nothing in a stretch of days after the event."""

    after: int
    until: int
    found: Comparison


@dataclass(frozen=True, slots=True)
class Dunned:
    """A dunned customer of the comparison, for the trace."""

    customer_id: int
    item_id: int
    on: date
    weeks_late: int
    bought_again: bool
    matched: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage of dunning shows."""

    code: str
    found: Comparison
    placebo: Comparison
    lags: tuple[Lag, ...]
    dunned: tuple[Dunned, ...]

    @property
    def verdict(self) -> str:
        """The comparison's own, or ``not_alike`` where the groups already differed a year before."""
        if self.placebo.verdict in ("more", "less") and self.found.verdict != "not_enough":
            return "not_alike"
        return self.found.verdict

    @property
    def words(self) -> str:
        """What may be said of it, in a sentence or two."""
        return _SAID[self.verdict](self.found)


@dataclass(frozen=True, slots=True)
class Effect:
    """The report of a day; ``one_in`` is above one where only a sample of the customers was reckoned with."""

    day: date
    creditor: str
    stages: tuple[Stage, ...]
    one_in: int


def effect(session: Session, creditor: Creditor, today: date) -> Effect:
    """The comparison for each stage, as known on the business date."""
    ledger, one_in = queries.ledger(session, creditor.id, today)
    sent = {code: queries.first_sent(session, creditor.id, code, today, one_in) for code in STAGES}
    stages = tuple(lateness_matched(ledger, code, sent[code], today) for code in STAGES)
    return Effect(today, creditor.code, stages, one_in)


@dataclass(frozen=True, slots=True)
class _Moments:
    """One place for each late invoice in each week of its lateness in which it was still open."""

    item: Ints  # place in the ledger
    week: Ints
    index: Ints  # day of the event: of the letter, or of the same lateness without one
    treated: Flags

    def of(self, which: Flags) -> _Moments:
        return _Moments(self.item[which], self.week[which], self.index[which], self.treated[which])


def lateness_matched(
    ledger: Ledger, code: str, sent: Mapping[int, date], today: date, lags: Sequence[tuple[int, int]] = LAGS
) -> Stage:
    """The comparison for whatever came to some late invoices on some day and to others, as late, not yet."""
    now = today.toordinal()
    first_sent = np.array([sent[one].toordinal() if one in sent else _FAR for one in ledger.item], dtype=np.int64)
    moments = _moments(ledger, first_sent, now)
    book = _Book(ledger)
    rows, kept = _rows(ledger, book, moments, now, book.window(ledger.customer[moments.item], moments.index))
    year = _Moments(moments.item, moments.week, moments.index - 365, moments.treated)
    before, _ = _rows(ledger, book, year, now - 365, book.window(ledger.customer[year.item], year.index))
    stretches = []
    for after, until in lags:
        stretch, _ = _rows(ledger, book, moments, now, np.full(len(moments.item), until), after=after)
        stretches.append(Lag(after, until, compare(stretch)))
    return Stage(code, compare(rows), compare(before), tuple(stretches), _trace(ledger, moments.of(kept), rows))


def _moments(ledger: Ledger, first_sent: Ints, now: int) -> _Moments:
    """Every week in which an invoice was late and open: dunned in it for the first time, or not dunned yet."""
    parts = []
    lately = _lately_dunned(ledger, first_sent)
    for week in range(1, LATEST_WEEK + 1):
        start, middle = ledger.due + 7 * week, ledger.due + 7 * week + 3
        treated = (first_sent >= start) & (first_sent < start + 7)
        index = np.where(treated, first_sent, middle)
        waiting = (first_sent >= start + 7) & ~lately(middle)
        there = (treated | waiting) & (ledger.settled > index) & (index <= now)
        parts.append((np.flatnonzero(there), np.full(int(there.sum()), week), index[there], treated[there]))
    item, week_, index_, treated_ = (np.concatenate([part[place] for part in parts]) for place in range(4))
    return _Moments(item, week_, index_, treated_)


def _lately_dunned(ledger: Ledger, first_sent: Ints) -> Any:
    """Whether the invoice's customer was dunned, for any invoice, within so many days before a day."""
    span = _FAR * 2
    known = first_sent < _FAR
    keys = np.sort(ledger.customer[known] * span + first_sent[known])

    def lately(days: Ints) -> Flags:
        until = np.searchsorted(keys, ledger.customer * span + days, side="right")
        since = np.searchsorted(keys, ledger.customer * span + days - APART, side="left")
        return np.asarray(until > since)

    return lately


class _Book:
    """What each customer had bought by any day, looked up for many at once."""

    def __init__(self, ledger: Ledger) -> None:
        order = np.lexsort((ledger.bought, ledger.customer))
        self._keys = self._key(ledger.customer[order], ledger.bought[order])
        self._customer, self._day = ledger.customer[order], ledger.bought[order]
        self._spent = np.concatenate([[0], np.cumsum(ledger.amount[order])])

    @staticmethod
    def _key(customer: Ints, day: Ints) -> Ints:
        return np.asarray(customer * (_FAR * 2) + day)

    def _first(self, customer: Ints) -> Ints:
        return np.asarray(np.searchsorted(self._keys, self._key(customer, np.zeros_like(customer))))

    def by(self, customer: Ints, day: Ints) -> Ints:
        """The place after the last purchase up to and including that day."""
        return np.asarray(np.searchsorted(self._keys, self._key(customer, day), side="right"))

    def purchases(self, customer: Ints, day: Ints) -> Ints:
        """How many purchases by that day."""
        return self.by(customer, day) - self._first(customer)

    def first_and_last(self, customer: Ints, day: Ints) -> tuple[Ints, Ints]:
        """The days of the first and the last purchase by that day; only asked of who has one."""
        first = np.minimum(self._first(customer), len(self._day) - 1)
        return self._day[first], self._day[np.maximum(self.by(customer, day) - 1, 0)]

    def gap(self, customer: Ints, day: Ints) -> Floats:
        """The mean gap between purchases by that day; the usual one for who has bought only once."""
        count = self.purchases(customer, day)
        first, last = self.first_and_last(customer, day)
        return np.asarray(np.where(count > 1, (last - first) / np.maximum(count - 1, 1), USUAL_GAP), dtype=np.float64)

    def window(self, customer: Ints, day: Ints) -> Ints:
        """How many days without a purchase count."""
        return np.asarray(np.maximum(SHORTEST, np.ceil(TIMES_GAP * self.gap(customer, day)))).astype(np.int64)

    def spent(self, customer: Ints, day: Ints) -> Floats:
        """What was bought in the year up to that day."""
        amounts = self._spent[self.by(customer, day)] - self._spent[self.by(customer, day - 365)]
        return np.asarray(amounts, dtype=np.float64)


def _rows(
    ledger: Ledger, book: _Book, moments: _Moments, now: int, window: Ints, *, after: int = 0
) -> tuple[Rows, Flags]:
    """The observations whose outcome is known by now, each in its stratum, and which of the moments they are."""
    customer = ledger.customer[moments.item]
    known = (moments.index + window <= now) & (book.purchases(customer, moments.index) > 0)
    kept = moments.of(known)
    customer, window = customer[known], window[known]
    until = book.by(customer, kept.index + window)
    outcome = until == book.by(customer, kept.index + after)
    if not len(customer):
        nothing = np.zeros(0, dtype=np.int64)
        return Rows(nothing, nothing, nothing.astype(bool), nothing.astype(bool)), known
    first, last = book.first_and_last(customer, kept.index)
    gap = np.maximum(book.gap(customer, kept.index), 1)
    value = _thirds(book.spent(customer, kept.index))
    recency = np.digitize((kept.index - last) / gap, [1.0, 2.0])
    tenure = np.digitize(kept.index - first, [365, 3 * 365])
    stratum = ((kept.week * 3 + value) * 3 + recency) * 3 + tenure
    return Rows(customer, np.asarray(stratum, dtype=np.int64), kept.treated, np.asarray(outcome)), known


def _thirds(values: Floats) -> Ints:
    return np.asarray(np.digitize(values, np.quantile(values, [1 / 3, 2 / 3])))


def _trace(ledger: Ledger, moments: _Moments, rows: Rows) -> tuple[Dunned, ...]:
    alike = set(rows.stratum[~rows.treated].tolist())
    return tuple(
        Dunned(
            int(ledger.customer[moments.item[place]]),
            int(ledger.item[moments.item[place]]),
            date.fromordinal(int(moments.index[place])),
            int(moments.week[place]),
            not bool(rows.outcome[place]),
            int(rows.stratum[place]) in alike,
        )
        for place in np.flatnonzero(rows.treated)
    )


def _range(found: Comparison) -> str:
    return f"{found.ratio:.2f} times as often (95% interval {found.low:.2f} to {found.high:.2f})"


def _too_few(found: Comparison) -> str:
    seen = f" So many customers would show a difference of {found.detectable:.1f} times." if found.detectable else ""
    return (
        f"Not enough data: {found.treated} customers dunned and {found.untreated} comparable ones not dunned yet.{seen}"
    )


def _more(found: Comparison) -> str:
    few = found.detectable is None or found.detectable > WORTH_SEEING
    doubt = " With so few customers a difference that shows is likely to be exaggerated." if few else ""
    return f"Those dunned bought nothing afterwards {_range(found)} as those not dunned yet.{doubt}"


_SAID: dict[str, Callable[[Comparison], str]] = {
    "not_enough": _too_few,
    "not_alike": lambda found: (
        "The two groups already differed a year before, when there was nothing to dun. "
        "They are not alike, so the ratio says nothing about dunning."
    ),
    "no_difference": lambda found: (
        f"No difference was seen: those dunned bought nothing afterwards {_range(found)} as those not dunned yet."
    ),
    "more": _more,
    "less": _more,
}


def effect_json(report: Effect, known: Mapping[int, tuple[str, str]] | None = None) -> dict[str, Any]:
    """The report as ``kulant report relationships --json`` prints it; with names, the dunned customers behind it."""
    return {
        "report": "relationships",
        "creditor": report.creditor,
        "date": report.day.isoformat(),
        "sample_of_one_in": report.one_in,
        "not_proof": CAUSE,
        "stages": [
            {"stage": one.code, "verdict": one.verdict, "text": one.words}
            | comparison_json(one.found)
            | {
                "placebo": comparison_json(one.placebo),
                "lags": [{"from_day": lag.after, "to_day": lag.until} | comparison_json(lag.found) for lag in one.lags],
            }
            | ({} if known is None else {"trace": [_dunned_json(each, known) for each in one.dunned]})
            for one in report.stages
        ],
    }


def comparison_json(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON shows it."""

    def short(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    return {
        "dunned_customers": found.treated,
        "not_yet_dunned_customers": found.untreated,
        "dunned_rate": short(found.treated_rate),
        "not_yet_dunned_rate": short(found.untreated_rate),
        "ratio": short(found.ratio),
        "low": short(found.low),
        "high": short(found.high),
        "matched_share": short(found.matched_share),
        "smallest_ratio_that_would_show": short(found.detectable),
    }


def _dunned_json(one: Dunned, known: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    return {
        "customer": known[one.customer_id][0],
        "item_id": one.item_id,
        "sent": one.on.isoformat(),
        "weeks_late": one.weeks_late,
        "bought_again": one.bought_again,
        "matched": one.matched,
    }
