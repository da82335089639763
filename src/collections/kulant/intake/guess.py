"""Guesses which column is which field, for people to confirm: by its name in our languages, then by its cells."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kulant.intake import fields, values
from kulant.intake.dates import readings
from kulant.intake.dialect import header_key
from kulant.intake.fields import Field, Format
from kulant.intake.formats import FORMATS
from kulant.intake.synonyms import SYNONYMS

_CERTAIN, _KNOWN, _PART, _SIMILAR = 1.0, 0.9, 0.6, 0.5
_LEAST = 0.4
# A wrong guess here would pay or credit something, so only a known name will do.
_NEVER_LOOSELY = frozenset({"settled_date", "open_amount", "credits_invoice", "reverses"})
_SIMILAR_RATIO = 0.84

_WORDS = {field: frozenset(names.split()) | {field} for field, names in SYNONYMS.items()}
ALL_NAMES = frozenset().union(*_WORDS.values())


@dataclass(frozen=True, slots=True)
class Guess:
    """A column and the field it seems to be; ``confidence`` from 0 to 1, ``because`` in words."""

    column: str
    field: str
    confidence: float
    because: str


def guess_fields(columns: Sequence[str], rows: Sequence[Sequence[str]], format_: Format) -> dict[str, Guess]:
    """The likeliest field for each column, each field once, by column."""
    samples = {column: [row[place] for row in rows if row[place]] for place, column in enumerate(columns)}
    found = [
        Guess(column, field.name, confidence, because)
        for column in columns
        for field in format_.fields
        for confidence, because in [_confidence(column, samples[column], field)]
        if confidence >= _LEAST
    ]
    chosen: dict[str, Guess] = {}
    taken: set[str] = set()
    for one in sorted(found, key=lambda one: (-one.confidence, columns.index(one.column))):
        if one.column not in chosen and one.field not in taken:
            chosen[one.column] = one
            taken.add(one.field)
    return _with_amount(chosen, taken)


def _with_amount(chosen: dict[str, Guess], taken: set[str]) -> dict[str, Guess]:
    """A list of open items with a single amount column tells what is open, and that is all that can be posted."""
    if "amount" not in taken and "open_amount" in taken:
        return {
            column: replace(one, field="amount") if one.field == "open_amount" else one
            for column, one in chosen.items()
        }
    return chosen


def guess_format(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Format:
    """The format whose required fields the columns give best."""

    def found(format_: Format) -> float:
        guesses = {one.field: one.confidence for one in guess_fields(columns, rows, format_).values()}
        required = sum(guesses.get(name, 0) for name in format_.required) / len(format_.required)
        return required + 0.3 * len(guesses)

    return max(FORMATS.values(), key=found)


def _confidence(column: str, samples: Sequence[str], field: Field) -> tuple[float, str]:
    by_name, because = _name_confidence(_key_of(column), field.name)
    if by_name == 0:
        return 0, ""
    if samples and not _fits(samples, field.holds):
        return 0, ""
    return by_name, because


def _key_of(column: str) -> str:
    """``invoiceNumber`` and ``Invoice no.`` as ``invoice_number`` and ``invoice_no``."""
    spaced = re.sub(r"(?<=[a-zæøåäö])(?=[A-ZÆØÅÄÖ])", "_", column)
    spaced = re.sub(r"(?i)(?<=[a-z])(?=ID$)", "_", spaced) if spaced.endswith("ID") else spaced
    return re.sub(r"_+", "_", re.sub(r"[^\w]+", "_", header_key(spaced))).strip("_")


def _name_confidence(key: str, field: str) -> tuple[float, str]:
    names = _WORDS.get(field, frozenset({field}))
    if key == field:
        return _CERTAIN, "the column has the field's own name"
    if key in names or key.replace("_", "") in names:
        return _KNOWN, "the column has a known name for it"
    if field in _NEVER_LOOSELY:
        return 0, ""
    words = set(key.split("_"))
    if any(len(name) > 3 and set(name.split("_")) <= words for name in names):
        return _PART, "the column's name contains a known name for it"
    if difflib.get_close_matches(key, names, n=1, cutoff=_SIMILAR_RATIO):
        return _SIMILAR, "the column's name is nearly a known name for it"
    return 0, ""


def _fits(samples: Sequence[str], holds: str) -> bool:
    """Whether most of the cells can be read as what the field holds."""
    reader = _READERS.get(holds)
    return reader is None or 2 * sum(_reads(reader, text) for text in samples) > len(samples)


def _reads(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _date(text: str) -> date:
    """Any date the cell may mean."""
    _, dates = readings(text)
    if not dates:
        raise ValueError("is not a date")
    return next(iter(dates.values()))


def _amount(text: str) -> Decimal:
    return values.amount(text, decimal=".")


_READERS: dict[str, Callable[[str], object]] = {
    fields.DATE: _date,
    fields.AMOUNT: _amount,
    fields.CURRENCY: values.currency,
    fields.COUNTRY: values.country,
    fields.LANGUAGE: values.language,
    fields.EMAIL: values.email,
    fields.FLAG: values.yes_or_no,
    fields.CUSTOMER_KIND: values.customer_kind,
    fields.DOCUMENT_KIND: values.document_kind,
    fields.INTERACTION_KIND: values.interaction_kind,
    fields.DIRECTION: values.direction,
    fields.POINTS: values.points,
}
