"""Exchange rates by date, for reports only: an account in one currency is never netted with one in another.

A rate says what one unit of a currency was worth in the creditor's own. It holds from its day until the next one known.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.core.money import minor_digits, round_half_up, to_decimal
from kulant.db import Act
from kulant.ledger.models import ExchangeRate
from kulant.people.models import Creditor
from kulant.people.service import check_currency

MILLION = 1_000_000
_HIGHEST = 1_000_000 * MILLION
_MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class NewRate:
    """A rate as somebody gives it."""

    currency: str
    on: date
    millionths: int
    source: str


def read_rate(written: str) -> int:
    """The millionths of a rate written as a decimal number: ``10.85`` or ``10,85``."""
    try:
        exact = Decimal(written.strip().replace(",", ".")).scaleb(6)
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        raise Refusal("bad_rate", f"{written!r} is not a rate; write it as 10.85, with six decimals at most") from None
    if not 0 < exact <= _HIGHEST:
        raise Refusal("bad_rate", f"the rate {written} must be above zero and at most a million")
    return int(exact)


def rate_text(millionths: int) -> str:
    """The rate as a decimal number, without zeros that say nothing.

    >>> rate_text(10850000)
    '10.85'
    """
    text = f"{Decimal(millionths).scaleb(-6):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_home(minor: int, currency: str, home: str, millionths: int) -> int:
    """An amount in the creditor's own currency at a rate, in minor units, rounded once."""
    exact = to_decimal(minor, currency) * Decimal(millionths).scaleb(-6)
    return round_half_up(exact.scaleb(minor_digits(home)))


def unknown(currency: str, day: date) -> str:
    """What is said where no rate is known."""
    return f"no rate for {currency} known on {day}"


def rates_on(session: Session, creditor: Creditor, currencies: Collection[str], day: date) -> dict[str, ExchangeRate]:
    """For each currency the newest rate not after the day; one that has none is missing."""
    newest = (
        select(ExchangeRate.currency, func.max(ExchangeRate.on).label("day"))
        .where(ExchangeRate.creditor_id == creditor.id, ExchangeRate.currency.in_(currencies), ExchangeRate.on <= day)
        .group_by(ExchangeRate.currency)
        .subquery()
    )
    rows = session.scalars(
        select(ExchangeRate)
        .join(newest, (newest.c.currency == ExchangeRate.currency) & (newest.c.day == ExchangeRate.on))
        .where(ExchangeRate.creditor_id == creditor.id)
    )
    return {rate.currency: rate for rate in rows}


def rate_on(session: Session, creditor: Creditor, currency: str, day: date) -> ExchangeRate:
    """The newest rate not after the day; refused when none is known."""
    found = rates_on(session, creditor, [currency], day).get(currency)
    if found is None:
        raise Refusal("no_rate", f"{unknown(currency, day)}; enter one with: kulant rates set {currency} {day} RATE")
    return found


def all_rates(session: Session, creditor: Creditor, currency: str | None = None) -> Sequence[ExchangeRate]:
    """Every rate known, the newest first."""
    chosen = select(ExchangeRate).where(ExchangeRate.creditor_id == creditor.id)
    if currency is not None:
        chosen = chosen.where(ExchangeRate.currency == currency)
    return session.scalars(chosen.order_by(ExchangeRate.currency, ExchangeRate.on.desc())).all()


def set_rates(act: Act, *, creditor: Creditor, rates: Iterable[NewRate]) -> int:
    """Enters rates, or corrects those of the same day; returns how many have changed anything."""
    wanted = {(rate.currency, rate.on): rate for rate in rates}
    known = {(rate.currency, rate.on): rate for rate in all_rates(act.session, creditor)}
    changed = 0
    for key, rate in wanted.items():
        _check(creditor, rate)
        row = known.get(key)
        if row is not None and (row.millionths, row.source) == (rate.millionths, rate.source):
            continue
        before = rate_text(row.millionths) if row else None
        if row is None:
            row = ExchangeRate(creditor_id=creditor.id, currency=rate.currency, on=rate.on)
            act.session.add(row)
        row.millionths, row.source = rate.millionths, rate.source
        changed += 1
        _tell(act, creditor, rate, before)
    act.session.flush()
    return changed


def _check(creditor: Creditor, rate: NewRate) -> None:
    check_currency(rate.currency)
    if rate.currency == creditor.currency:
        raise Refusal("own_currency", f"{rate.currency} is {creditor.code}'s own currency and needs no rate")
    if not rate.source or len(rate.source) > 120:
        raise Refusal("bad_source", "say in at most 120 characters where the rate is from")


def _tell(act: Act, creditor: Creditor, rate: NewRate, before: str | None) -> None:
    now = rate_text(rate.millionths)
    act.tell(
        Event(
            "rate_set",
            f"Rate of {rate.currency} on {rate.on}: {now} {creditor.currency}"
            + (f", before {before}" if before else "")
            + f" ({rate.source}).",
            creditor_id=creditor.id,
            data={"currency": rate.currency, "date": rate.on.isoformat(), "rate": now, "before": before},
        )
    )


def read_rates(lines: Iterable[str], *, source: str) -> list[NewRate]:
    """The rates of a CSV file with the columns currency, date, rate and, if there is one, source."""
    rows = csv.DictReader(lines, strict=True)
    rates: list[NewRate] = []
    try:
        missing = {"currency", "date", "rate"} - set(rows.fieldnames or ())
        if missing:
            raise Refusal("bad_rates", f"the file of rates has no column {', '.join(sorted(missing))}")
        for row in rows:
            rates.append(_rate_of(row, rows.line_num, source))
            if len(rates) > _MOST_ROWS:
                raise Refusal("bad_rates", f"the file of rates has more than {_MOST_ROWS} rows; split it")
    except csv.Error as error:
        raise Refusal("bad_rates", f"line {rows.line_num} of the rates is not CSV: {error}") from None
    return rates


def _rate_of(row: dict[str, str | None], line: int, source: str) -> NewRate:
    try:
        on = read_day((row["date"] or "").strip())
        return NewRate(
            (row["currency"] or "").strip(), on, read_rate(row["rate"] or ""), (row.get("source") or source).strip()
        )
    except ValueError:
        raise Refusal("bad_rates", f"line {line}: {row['date']!r} is not a date; write it as YYYY-MM-DD") from None
    except Refusal as refusal:
        raise Refusal(refusal.code, f"line {line}: {refusal.sentence}") from None


def rate_json(row: ExchangeRate, creditor: Creditor) -> dict[str, str]:
    """A rate as ``kulant rates --json`` prints it."""
    return {
        "currency": row.currency,
        "date": row.on.isoformat(),
        "rate": rate_text(row.millionths),
        "home_currency": creditor.currency,
        "source": row.source,
    }
