"""Every figure of a country's file by a name of its own, so that people can look at it, confirm it or enter another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from kulant.law.model import BOTH, Amount, Country, Debtor, Known, Rate

Path = tuple[str | int, ...]
LONGEST_VALUE = 40  # as much as an entry keeps


@dataclass(frozen=True, slots=True)
class Listed:
    """One figure: its name and first day, what it says, how it is known, and where in the file it stands.

    A ``number`` may be entered anew; any other figure can only be confirmed as it stands, or changed in the file.
    """

    what: str
    since: date
    title: str
    value: str
    known: Known
    path: Path
    number: bool = False
    banded: bool = False


def listed(file: Country) -> Iterator[Listed]:
    """The figures of a file, in its order."""
    yield from _interest(file)
    yield from _compensation(file)
    for n, fee in enumerate(file.fees):
        what, title = f"fee:{fee.document}{_of(fee.debtors)}", f"{fee.name}{_for(fee.debtors)}"
        yield from _amounts(fee.amounts, what, title, ("fees", n, "amounts"))
        if fee.scale:
            shares = "/".join(f"{band.percent.normalize():f}" for band in fee.scale.bands)
            value = f"{shares} %, {fee.scale.least} to {fee.scale.most}"
            path = ("fees", n, "scale")
            yield _other(f"{what}:scale", fee.scale.since, f"{title}, by slices", value, fee.scale, path)
    for n, limit in enumerate(file.limits):
        what = f"limit:{'+'.join(limit.documents)}{_of(limit.debtors)}"
        apart = max(limit.days_between, limit.missed_deadline_days)
        count = f"at most {limit.at_most}" if limit.at_most else "any number"
        value = f"{count}, {apart} days apart" if apart else count
        yield _other(what, file.known_from, f"{limit.rule}{_for(limit.debtors)}", value, limit, ("limits", n))
    for n, cap in enumerate(file.caps):
        title = f"most of all fees together{_for(cap.debtors)}"
        yield from _amounts(cap.amounts, f"cap{_of(cap.debtors)}", title, ("caps", n, "amounts"))
    yield from _waits(file)
    yield from _plans_and_days(file)
    for n, regime in enumerate(file.regimes):
        begins = str(regime.since or f"not certain, signalled {regime.signalled}")
        since = regime.since or regime.signalled or file.known_to
        yield _other(f"act:{regime.key}", since, f"{regime.name}: {regime.rule}", begins, regime, ("regimes", n))


def _interest(file: Country) -> Iterator[Listed]:
    for debtor, rows in file.interest.rates.items():
        who = "" if debtor == "everyone" else f" of a {debtor}"
        for n, row in enumerate(rows):
            title, path = f"late interest{who}", ("interest", "rates", debtor, n)
            yield Listed(f"rate:{debtor}", row.since, title, percent(row.rate), row, path, number=True)
    counted = file.interest.day_count
    title, where = "how days are counted", ("interest", "day_count")
    yield _other("day_count", file.known_from, title, counted.value, counted, where)


def _compensation(file: Country) -> Iterator[Listed]:
    law = file.compensation
    yield from _amounts(law.amounts, "compensation", "compensation between businesses", ("compensation", "amounts"))
    title, path = "compensation beside fees", ("compensation", "combine_known")
    yield _other("compensation:combine", file.known_from, title, law.combine, law.combine_known, path)


def _waits(file: Country) -> Iterator[Listed]:
    notice = file.notice
    if notice:
        bank_days = f" and {notice.wait_business_days} bank days" if notice.wait_business_days else ""
        value = f"{notice.wait_days} days{bank_days}"
        yield _other("notice", file.known_from, f"{notice.name}: {notice.rule}", value, notice, ("notice",))
        for n, one in enumerate(notice.encloses):
            what = one.form.replace("_", " ")
            title = f"enclosed with the {notice.name}: {one.rule}"
            yield _other(f"enclosure:{one.form}", file.known_from, title, what, one, ("notice", "encloses", n))
    if file.no_notice:
        title = "notice before collection"
        yield _other("no_notice", file.known_from, title, "none required", file.no_notice, ("no_notice",))
    if mahnung := file.puts_in_default:
        title, value = f"the letter that puts in default: {mahnung.rule}", "what it says"
        yield _other("puts_in_default", file.known_from, title, value, mahnung, ("puts_in_default",))
    limitation = file.limitation
    if limitation:
        counts = limitation.years
        years = ", ".join(f"{debtor} {count}" for debtor, count in counts.items())
        if len(set(counts.values())) == 1:
            years = f"{counts['business']} years"
        anew = ", reminder renews" if limitation.reminder_interrupts else ""
        title, value = f"limitation: {limitation.rule}", f"{years}{anew}"
        yield _other("limitation", file.known_from, title, value, limitation, ("limitation",))


def _plans_and_days(file: Country) -> Iterator[Listed]:
    for n, fee in enumerate(file.plan_fees):
        value = "no sum" if fee.most is None else f"{fee.most:.2f} at most"
        title = f"fee for a plan: {fee.rule}{_for(fee.debtors)}"
        yield _other(f"plan_fee{_of(fee.debtors)}", fee.since, title, value, fee, ("plan_fees", n))
    if order := file.allocation:
        value = order.order.replace("_", " ") + ("" if order.statutory else ", the creditor's choice")
        title = f"part-payments: {order.rule}"
        yield _other("allocation", file.known_from, title, value[:LONGEST_VALUE], order, ("allocation",))
    if days := file.deadlines:
        each = (("due date", days.due_date_moves), ("limitation", days.limitation_moves))
        moves = [word for word, yes in each if yes]
        value = f"{' and '.join(moves) or 'nothing'} moves"
        yield _other("deadlines", file.known_from, f"weekends: {days.rule}", value, days, ("deadlines",))
    if free := file.holidays:
        value = ", ".join(free.categories) + (f", without {', '.join(free.without)}" if free.without else "")
        yield _other("holidays", file.known_from, "holidays", value[:LONGEST_VALUE], free, ("holidays",))
    for n, unused in enumerate(file.not_computed):
        title = f"{unused.name} (never asked for)"
        yield from _amounts(unused.amounts, f"not_computed:{n + 1}", title, ("not_computed", n, "amounts"))


def _amounts(rows: tuple[Amount, ...], what: str, title: str, path: Path) -> Iterator[Listed]:
    banded = any(row.up_to is not None for row in rows)
    for n, row in enumerate(rows):
        name, words = what, title
        if row.up_to is not None:
            name, words = f"{what}:to_{row.up_to:f}", f"{title}, claims to {row.up_to:,}"
        elif banded:
            name, words = f"{what}:above", f"{title}, larger claims"
        yield Listed(name, row.since, words, f"{row.amount:.2f}", row, (*path, n), number=True, banded=banded)


def _other(what: str, since: date, title: str, value: str, known: Known, path: Path) -> Listed:
    return Listed(what, since, title, value, known, path)


def _of(debtors: tuple[Debtor, ...]) -> str:
    return "" if debtors == BOTH else f":{debtors[0]}"


def _for(debtors: tuple[Debtor, ...]) -> str:
    return "" if debtors == BOTH else f", {debtors[0]}"


def percent(rate: Decimal) -> str:
    """A rate with two digits, or as many as it needs."""
    return f"{rate:.2f}" if rate * 100 % 1 == 0 else f"{rate.normalize():f}"


def with_figure(file: Country, figure: Listed, known: Known) -> Country:
    """The file with another figure in that place."""
    changed = _set(file, figure.path, known)
    assert isinstance(changed, Country)
    return changed


def with_row(file: Country, last: Listed, row: Rate | Amount) -> Country:
    """The file with one more row in the series of a figure, in the order of their days."""
    path = last.path[:-1]
    rows = sorted((*_get(file, path), row), key=lambda one: one.since)
    changed = _set(file, path, tuple(rows))
    assert isinstance(changed, Country)
    return changed


def _get(part: Any, path: Path) -> Any:
    for key in path:
        part = getattr(part, str(key)) if is_dataclass(part) else part[key]
    return part


def _set(part: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(part, tuple):
        assert isinstance(key, int)
        return (*part[:key], _set(part[key], rest, value), *part[key + 1 :])
    if isinstance(part, dict):
        return {**part, key: _set(part[key], rest, value)}
    return replace(part, **{str(key): _set(getattr(part, str(key)), rest, value)})
