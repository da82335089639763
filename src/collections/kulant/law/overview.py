"""What is known of a country's law, figure by figure, as people are shown it on the settings page and in the shell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.law.book import COUNTRIES, Law, law_book
from kulant.law.entered import Entered
from kulant.law.figures import Listed, listed
from kulant.law.model import Confidence, Country
from kulant.law.rates_due import due

# How sure a figure is, in words.
SURE: dict[Confidence, str] = {
    "verified": "seen in the source",
    "derived": "unverified: computed or read from the source",
    "memory": "unverified: remembered, seen in no source",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure with where it comes from."""

    what: str
    title: str
    since: date
    value: str
    confidence: Confidence
    source: str
    where: str
    good_for: str
    note: str
    entered: bool  # by people here, not from the file
    number: bool
    unit: str

    @property
    def verified(self) -> bool:
        return self.confidence == "verified"

    @property
    def sure(self) -> str:
        """How sure it is, in words."""
        return SURE[self.confidence]

    def as_json(self) -> dict[str, Any]:
        """As ``kulant law show --json`` prints it."""
        shown: dict[str, Any] = {"figure": self.what, "text": self.title, "since": self.since.isoformat()}
        shown |= {"value": self.value, "confidence": self.confidence, "source": self.source, "where": self.where}
        return shown | {"good_for": self.good_for, "note": self.note, "entered": self.entered}


def figures(law: Law) -> list[Shown]:
    """Every figure of a country, in the order of its file."""
    return [_shown(law, one) for one in listed(law.file)]


def _shown(law: Law, one: Listed) -> Shown:
    source = law.file.sources[one.known.source]
    return Shown(
        what=one.what,
        title=one.title,
        since=one.since,
        value=one.value,
        confidence=one.known.confidence,
        source=source.what,
        where=source.where,
        good_for=source.good_for,
        note=one.known.note,
        entered=one.known.source.startswith("ENTERED-"),
        number=one.number,
        unit="" if not one.number else "%" if one.what.startswith("rate:") else law.file.currency,
    )


def in_force(shown: list[Shown], today: date) -> list[Shown]:
    """Of each figure the row in force on a day, and those that begin later."""
    newest: dict[str, date] = {}
    for one in shown:
        if one.since <= today:
            newest[one.what] = max(one.since, newest.get(one.what, one.since))
    return [one for one in shown if one.since >= newest.get(one.what, one.since)]


def as_json(law: Law, today: date) -> dict[str, Any]:
    """A country's law as ``kulant law show --json`` prints it."""
    file = law.file
    regimes = [
        {
            "key": one.key,
            "name": one.name,
            "rule": one.rule,
            "since": one.since.isoformat() if one.since else None,
            "signalled": one.signalled.isoformat() if one.signalled else None,
        }
        for one in file.regimes
    ]
    return {
        "country": law.country,
        "name": file.name,
        "currency": file.currency,
        "known_from": file.known_from.isoformat(),
        "known_to": law.known_to.isoformat(),
        "regimes": regimes,
        "due": [
            {"since": one.since.isoformat(), "figures": list(one.what), "text": one.text} for one in due(law, today)
        ],
        "figures": [one.as_json() for one in figures(law)],
    }


def differences(old: Country, new: Country) -> Iterator[str]:
    """What an edited file says otherwise than the one in use, in sentences."""
    before = {(one.what, one.since): one for one in listed(old)}
    after = {(one.what, one.since): one for one in listed(new)}
    for key, one in after.items():
        was = before.get(key)
        if was is None:
            yield f"new: {one.what} from {one.since}: {one.value} ({one.known.confidence})"
        elif was.value != one.value:
            yield f"changed: {one.what} from {one.since}: {one.value} instead of {was.value}"
        elif was.known.confidence != one.known.confidence:
            yield f"{one.what} from {one.since}: {one.known.confidence} instead of {was.known.confidence}"
    for key, one in before.items():
        if key not in after:
            yield f"gone: {one.what} from {one.since}: {one.value}"
    if old.known_to != new.known_to:
        yield f"known_to: {new.known_to} instead of {old.known_to}"


def unverified(rows: tuple[Entered, ...] = ()) -> list[str]:
    """Every figure that nobody has seen in a source, by country and name, with its days."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for country in COUNTRIES:
        for one in figures(law_book(country, rows)):
            if not one.verified:
                found.setdefault((country, one.what, one.confidence), []).append(one.since.isoformat())
    return [
        f"{country} {what} ({confidence}): {', '.join(days)}" for (country, what, confidence), days in found.items()
    ]


def undecided(rows: tuple[Entered, ...] = ()) -> list[str]:
    """The regimes whose first day is open, in sentences."""
    books = [law_book(country, rows) for country in COUNTRIES]
    return [
        f"{book.country} {book.undecided.name}: first day open, signalled {book.undecided.signalled}"
        for book in books
        if book.undecided
    ]
