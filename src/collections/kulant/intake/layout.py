"""Which column of a file is which field: known names as they are, any others through a mapping."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kulant.core.errors import Refusal
from kulant.intake.dialect import header_key
from kulant.intake.fields import DATE, IDENTIFIER, LINES, TEXT, Field, Format
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.mapping import Mapping

_NEAR_MISS = 0.88


@dataclass(frozen=True, slots=True)
class Source:
    """Where the text of one field comes from."""

    field: Field
    places: tuple[int, ...]
    words: dict[str, str] | None = None  # the file's words to ours, by lower-case word
    default: str = ""

    def only_place(self) -> int | None:
        """The one column whose cell is all there is to it, if that is so."""
        return self.places[0] if len(self.places) == 1 and self.words is None and not self.default else None

    def text(self, cells: list[str]) -> str:
        """What the row says of the field; empty when nothing."""
        places = self.places
        text = cells[places[0]] if len(places) == 1 else _address_lines(cells[place] for place in places)
        if self.words is not None and text:
            text = self.words.get(text.lower(), text)
        return text or self.default


def _address_lines(parts: Iterable[str]) -> str:
    """Street, postcode and town from columns of their own; postcode and town share a line."""
    lines: list[str] = []
    for part in filter(None, parts):
        if lines and re.fullmatch(r"(?:[A-Z]{1,2}-)?[0-9 ]{3,7}", lines[-1]):
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines.append(part)
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows of a file become fields of a format."""

    format: Format
    name: str  # the format's name, or ``mapped``
    sources: tuple[Source, ...]
    ignored: tuple[str, ...]
    mapping: Mapping | None = None

    def identifying(self) -> tuple[int, ...]:
        """The columns a total row leaves empty: those without which a row is nothing, save what it sums up."""
        return tuple(
            source.places[0]
            for source in self.sources
            if source.field.required and source.field.holds in (IDENTIFIER, DATE, TEXT) and source.places
        )


def known_names(format_name: str | None, mapping: Mapping | None) -> frozenset[str]:
    """Column names to look for when the delimiter and the header are sought."""
    if mapping is not None:
        return frozenset(map(header_key, mapping.columns))
    formats = [FORMATS[format_name]] if format_name in FORMATS else FORMATS.values()
    return frozenset(name for format_ in formats for name in format_.names)


def recognise(columns: list[str]) -> Format | None:
    """The format whose required columns are all there, and of several the one with the most columns in common."""
    keys = set(map(header_key, columns))
    fitting = [format_ for format_ in FORMATS.values() if keys.issuperset(format_.required)]
    return max(fitting, key=lambda format_: len(keys.intersection(format_.names)), default=None)


def layout_for(columns: list[str], *, format_name: str | None = None, mapping: Mapping | None = None) -> Layout:
    """The layout of a file with these columns; refuses a file that does not have the columns it needs."""
    if mapping is not None:
        return _mapped_layout(columns, mapping)
    format_ = FORMATS[format_name] if format_name else recognise(columns)
    if format_ is None:
        raise Refusal("unknown_columns", _unknown(columns))
    keys = list(map(header_key, columns))
    missing = [name for name in format_.required if name not in keys]
    if missing:
        raise Refusal(
            "missing_columns",
            f"This is not {format_.name}: the column{'s' * (len(missing) > 1)} {', '.join(missing)} "
            f"{'are' if len(missing) > 1 else 'is'} missing. The columns found: {_listed(columns)}.",
        )
    _refuse_slips(columns, keys, format_)
    sources = tuple(Source(field, (keys.index(field.name),)) for field in format_.fields if field.name in keys)
    ignored = tuple(column for column, key in zip(columns, keys, strict=True) if key not in format_.names)
    return Layout(format_, format_.name, sources, ignored)


def _unknown(columns: list[str]) -> str:
    keys = set(map(header_key, columns))
    near = max(FORMATS.values(), key=lambda format_: len(keys.intersection(format_.required)) / len(format_.required))
    missing = [name for name in near.required if name not in keys]
    if len(missing) < len(near.required) - 1:
        return (
            f"The file looks most like {near.name} but lacks {', '.join(missing)}; add these columns or give a mapping."
        )
    return (
        f"The columns ({_listed(columns)}) are of no known format; give a mapping, or name them as one of "
        f"{', '.join(FORMATS)} does (docs/formats.md)."
    )


def _listed(columns: list[str]) -> str:
    shown = ", ".join(column[:40] for column in columns[:12])
    return f"{shown} and {len(columns) - 12} more" if len(columns) > 12 else shown


def _refuse_slips(columns: list[str], keys: list[str], format_: Format) -> None:
    """A repeated or misspelt column would lose what it says without anybody noticing."""
    for column, key in zip(columns, keys, strict=True):
        base = re.sub(r"_\(\d+\)$", "", key)
        if base != key and base in format_.names:
            raise Refusal("repeated_column", f"The column {base} occurs more than once; keep one of them.")
        if key in format_.names:
            continue
        absent = [name for name in format_.names if name not in keys]
        near = difflib.get_close_matches(key, absent, n=1, cutoff=_NEAR_MISS)
        if near:
            raise Refusal("misspelt_column", f"The column {column} is unknown; did you mean {near[0]}?")


def _mapped_layout(columns: list[str], mapping: Mapping) -> Layout:
    places = {header_key(column): place for place, column in enumerate(columns)}
    missing = [column for column in mapping.columns if header_key(column) not in places]
    if missing:
        raise Refusal(
            "missing_columns",
            f"The mapping names columns the file does not have: {_listed(missing)}. "
            f"The columns found: {_listed(columns)}.",
        )
    used = set(map(header_key, mapping.columns))
    ignored = tuple(column for column in columns if header_key(column) not in used)
    if mapping.ignore is not None:
        known = set(map(header_key, mapping.ignore))
        unexpected = [column for column in ignored if header_key(column) not in known]
        if unexpected:
            raise Refusal(
                "unexpected_columns",
                f"The mapping neither maps nor ignores these columns of the file: {_listed(unexpected)}.",
            )
    sources = (_mapped_source(field, places, mapping) for field in mapping.target.fields)
    return Layout(mapping.target, MAPPED, tuple(filter(None, sources)), ignored, mapping)


def _mapped_source(field: Field, places: dict[str, int], mapping: Mapping) -> Source | None:
    found = tuple(places[header_key(column)] for column, name in mapping.columns.items() if name == field.name)
    default = mapping.constants.get(field.name, "")
    if not found and not default:
        return None
    words = {word.strip().lower(): ours for word, ours in mapping.values.get(field.name, {}).items()} or None
    if field.holds != LINES:
        found = found[:1]
    return Source(field, found, words, default)
