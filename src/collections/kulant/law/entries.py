"""Entering figures of the law: a new half-year's rate, the confirmation of an unsure figure, a regime's first day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound, Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.law.book import Law, law_book
from kulant.law.entered import BEGINS, NOT_BEFORE, UNSET, Entered
from kulant.law.figures import LONGEST_VALUE, Listed, listed, percent
from kulant.law.model import Regime
from kulant.law.models import LawEntry

LARGEST_STEP = 5  # points between one half-year and the next; more is taken for a slip of the keyboard
LONGEST_SOURCE = 500


def entered(session: Session) -> tuple[Entered, ...]:
    """All that was entered, oldest first. They are few, and the law made of them is kept by what they say."""
    rows = session.scalars(select(LawEntry).order_by(LawEntry.id))
    return tuple(
        Entered(row.id, row.country, row.what, row.since, row.value, row.source, row.entered_on, row.entered_by)
        for row in rows
    )


def enter(act: Act, *, country: str, what: str, since: date, value: str, source: str) -> LawEntry:
    """Enters a figure from a day on, confirms the one that stands there, or corrects it; the newest entry counts."""
    law = law_book(country, entered(act.session))
    series = [one for one in listed(law.file) if one.what == what]
    if not series:
        raise NotFound("no_figure", f"{law.file.name} has no figure {what!r}; see: kulant law show {country}")
    standing = next((one for one in series if one.since == since), None)
    if standing is None:
        _may_be_added(law, series, since)
    figure = standing or series[-1]
    said = _number(figure, value) if figure.number else _as_it_stands(figure, value)
    if what.startswith("rate:"):
        _is_likely(series, since, Decimal(said))
    did = "entered" if standing is None else "confirmed" if standing.value == said else "corrected"
    entry = _keep(act, country=country, what=what, since=since, value=said, source=source)
    _tell(act, law, entry, f"{figure.title} from {day_words(since)} {did}: {said}")
    return entry


def _may_be_added(law: Law, series: list[Listed], since: date) -> None:
    """Whether a new row may begin on that day."""
    last = series[-1]
    if not last.number or last.banded:
        days = ", ".join(sorted({one.since.isoformat() for one in series}))
        raise Refusal("not_there", f"{last.what} has rows of {days} only, none of {since}; a new one is for the file")
    if since < law.file.known_from:
        raise Refusal("too_early", f"nothing is known before {day_words(law.file.known_from)}")
    if not _by_half_year(law, last):
        return
    if (since.month, since.day) not in ((1, 1), (7, 1)):
        raise Refusal(
            "no_half_year", f"{last.what} holds by half-year: give 1 January or 1 July, not {day_words(since)}"
        )
    _is_next(law, since)


def _by_half_year(law: Law, figure: Listed) -> bool:
    return figure.what.startswith("rate:") or (figure.what == "compensation" and law.file.compensation.each_half_year)


def _is_next(law: Law, since: date) -> None:
    next_unknown = law.file.known_to + timedelta(days=1)
    if since > next_unknown:
        raise Refusal("gap", f"the half-year from {day_words(next_unknown)} is not known yet; enter that one first")
    regime = law.undecided
    if regime and regime.signalled and since >= regime.signalled:
        raise Refusal(
            "undecided",
            f"first say whether {regime.name} is in force on {day_words(since)}: kulant law regime {law.country} DAY, "
            f"or --not-before DAY",
        )


def _number(figure: Listed, value: str) -> str:
    """The number as it is kept."""
    try:
        number = Decimal(value.strip().replace(",", "."))
    except InvalidOperation:
        raise Refusal("bad_value", f"{value!r} is no number; write it as {figure.value}") from None
    is_rate = figure.what.startswith("rate:")
    most, digits = (100, 4) if is_rate else (10**9, 2)
    if not number.is_finite() or not 0 <= number <= most or _digits(number) > digits:
        raise Refusal("bad_value", f"{value!r} cannot be {figure.title}; write it as {figure.value}")
    return percent(number) if is_rate else f"{number:.2f}"


def _digits(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 99


def _as_it_stands(figure: Listed, value: str) -> str:
    if value.strip() != figure.value:
        raise Refusal(
            "not_a_number",
            f"{figure.what} is {figure.value!r} and can only be confirmed as that; a change is made in the file",
        )
    return figure.value


def _is_likely(series: list[Listed], since: date, rate: Decimal) -> None:
    others = [one for one in series if one.since != since]
    nearest = min(others, key=lambda one: abs((one.since - since).days), default=None)
    if nearest and abs(Decimal(nearest.value) - rate) > LARGEST_STEP:
        raise Refusal(
            "unlikely",
            f"{rate} % is more than {LARGEST_STEP} points from the {nearest.value} % of {day_words(nearest.since)}; "
            f"check it, and write it in the file if it is right",
        )


def set_regime(act: Act, *, country: str, since: date | None, source: str, not_before: bool = False) -> LawEntry:
    """Says when a regime of the file begins, that it does not begin before a day, or (no day) that it is open again."""
    law = law_book(country, entered(act.session))
    regime = _regime_of(law)
    if since is not None and since < law.file.known_from:
        raise Refusal("too_early", f"nothing is known before {day_words(law.file.known_from)}")
    value = UNSET if since is None else NOT_BEFORE if not_before else BEGINS
    what, day = f"regime:{regime.key}", since or act.today
    entry = _keep(act, country=country, what=what, since=day, value=value, source=source)
    said = "is open again" if since is None else f"{value.replace('not', 'does not begin')} {day_words(day)}"
    _tell(act, law, entry, f"{regime.name} {said}")
    return entry


def _regime_of(law: Law) -> Regime:
    if not law.file.regimes:
        raise NotFound("no_regime", f"the law of {law.file.name} has no other regime that is waiting to begin")
    return law.file.regimes[-1]


def _keep(act: Act, *, country: str, what: str, since: date, value: str, source: str) -> LawEntry:
    source = " ".join(source.split())
    if not source or "\x00" in source or len(source) > LONGEST_SOURCE:
        raise Refusal(
            "no_source", f"say where it was read, in at most {LONGEST_SOURCE} characters: a page, a law, a regulation"
        )
    assert len(value) <= LONGEST_VALUE
    entry = LawEntry(
        country=country,
        what=what,
        since=since,
        value=value,
        source=source,
        entered_on=act.today,
        entered_by=act.actor,
    )
    act.session.add(entry)
    act.session.flush()
    return entry


def _tell(act: Act, law: Law, entry: LawEntry, text: str) -> None:
    data = {"country": law.country, "what": entry.what, "since": entry.since.isoformat(), "value": entry.value}
    act.tell(Event("law_entered", f"Law of {law.file.name}: {text}.", data=data | {"source": entry.source}))


def entry_json(entry: LawEntry) -> dict[str, str]:
    """What was entered, as ``kulant law enter --json`` prints it."""
    return {
        "country": entry.country,
        "figure": entry.what,
        "since": entry.since.isoformat(),
        "value": entry.value,
        "source": entry.source,
        "entered_on": entry.entered_on.isoformat(),
        "entered_by": entry.entered_by,
    }
