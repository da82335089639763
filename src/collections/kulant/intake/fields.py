"""The fields of each format: what their cells hold, which must be there, how long they may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kulant.intake.records import Record, Rejection

_SHOWN = 60

# How a cell is understood; ``Cells`` in ``cells.py`` has one reader for each.
TEXT, IDENTIFIER, DATE, AMOUNT, FLAG = "text", "identifier", "date", "amount", "flag"
CURRENCY, COUNTRY, LANGUAGE, EMAIL = "currency", "country", "language", "email"
CUSTOMER_KIND, DOCUMENT_KIND, LINES = "customer_kind", "document_kind", "lines"
INTERACTION_KIND, DIRECTION, POINTS = "interaction_kind", "direction", "points"


class Fault(Exception):
    """Something is wrong with one field of a row; ``error`` is the end of a sentence about the value."""

    def __init__(self, field: str, value: str, error: str) -> None:
        super().__init__(error)
        self.field = field
        self.value = value
        self.error = error

    def rejection(self, row: int) -> Rejection:
        """The row's rejection, with the whole sentence."""
        about = f"“{self.value[:_SHOWN]}”" if self.value else self.field or "the row"
        return Rejection(row, self.field, self.value, f"{about} {self.error}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a format."""

    name: str
    holds: str = TEXT
    required: bool = False
    longest: int = 200
    cell_required: bool = True  # of a required column: whether every row must fill it


@dataclass(slots=True)
class RowContext:
    """What turning a row into a record needs to know besides the row."""

    row: int
    house_currency: str  # for amounts of a customer file, which names no currency
    amount: Callable[[str, str, str], int]  # (field, text, currency) → minor units


Build = Callable[[Mapping[str, Any], RowContext], Record]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, its fields and how a row of them becomes a record."""

    name: str
    title: str
    fields: tuple[Field, ...]
    build: Build

    def field(self, name: str) -> Field:
        """The field of that name."""
        return next(field for field in self.fields if field.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """All field names, in the order of the documentation."""
        return tuple(field.name for field in self.fields)

    @property
    def required(self) -> tuple[str, ...]:
        """Fields without which a file is not of this format."""
        return tuple(field.name for field in self.fields if field.required)
