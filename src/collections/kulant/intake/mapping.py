"""A mapping: how the columns of any table become the fields of a format; YAML as ``docs/formats.md`` tells."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kulant.core.errors import Refusal
from kulant.intake.dialect import DELIMITERS, ENCODINGS, header_key
from kulant.intake.fields import DATE, IDENTIFIER, Format
from kulant.intake.formats import FORMATS

_LONGEST_YAML = 100_000
_DEEPEST = 5
_DATE_PARTS = (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",))
_DELIMITER_NAMES = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Mapping(BaseModel):
    """Columns to fields, and what else the file does not say of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["invoices-csv", "payments-csv", "customers-csv", "interactions-csv"]
    columns: dict[Name, str] = Field(min_length=1)
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    dates: str | dict[str, str] | None = None
    decimal: Literal[",", "."] | None = None
    pad: dict[str, Annotated[int, Field(ge=1, le=40)]] = {}
    skip_rows: Annotated[int, Field(ge=0, le=1000)] | None = None
    skip_last_rows: Annotated[int, Field(ge=0, le=1000)] = 0
    delimiter: str | None = None
    encoding: str | None = None
    sheet: Name | None = None
    ignore: list[Name] | None = None

    @property
    def target(self) -> Format:
        """The format the mapped rows have."""
        return FORMATS[self.format]

    def date_format(self, field: str) -> str | None:
        """The format stated for a date field, if one is."""
        return self.dates.get(field) if isinstance(self.dates, dict) else self.dates

    @field_validator("delimiter")
    @classmethod
    def _known_delimiter(cls, value: str | None) -> str | None:
        if value is None:
            return None
        value = _DELIMITER_NAMES.get(value.lower(), value)
        if value not in DELIMITERS:
            raise ValueError("delimiter is one of comma, semicolon, tab and pipe")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None and value.lower() not in ENCODINGS:
            raise ValueError(f"encoding is one of {', '.join(ENCODINGS)}")
        return value and value.lower()

    @field_validator("dates")
    @classmethod
    def _whole_dates(cls, value: str | dict[str, str] | None) -> str | dict[str, str] | None:
        for form in value.values() if isinstance(value, dict) else [value] if value else []:
            _check_date_format(form)
        return value

    @model_validator(mode="after")
    def _sound(self) -> Mapping:
        fields = self.target.names
        dates = self.dates if isinstance(self.dates, dict) else {}
        for name in [*self.columns.values(), *self.constants, *self.values, *self.pad, *dates]:
            if name not in fields:
                raise ValueError(f"{name} is no field of {self.format}; its fields are {', '.join(fields)}")
        self._check_once()
        missing = [name for name in self.target.required if name not in {*self.columns.values(), *self.constants}]
        if missing:
            raise ValueError(f"no column or constant gives {', '.join(missing)}, which {self.format} needs")
        return self

    def _check_once(self) -> None:
        fields = [field for field in self.columns.values() if field != "address"]
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is given by more than one column; only address may be")
        keys = [header_key(column) for column in self.columns]
        if len(set(keys)) < len(keys):
            raise ValueError("a column is named twice")
        for name in self.pad:
            if self.target.field(name).holds != IDENTIFIER:
                raise ValueError(f"pad is for numbers that name something, which {name} is not")
        for name in self.dates if isinstance(self.dates, dict) else ():
            if self.target.field(name).holds != DATE:
                raise ValueError(f"dates states the format of date fields, which {name} is not")

    def as_yaml(self) -> str:
        """The mapping as a file that reads back to the same mapping."""
        data = self.model_dump(exclude_defaults=True)
        quoted = yaml.dump(data, allow_unicode=True, sort_keys=False, default_flow_style=False, width=100)
        return str(quoted)


def _check_date_format(form: str) -> None:
    if not all(any(part in form for part in parts) for parts in _DATE_PARTS):
        raise ValueError(f'{form!r} is no date format; write one like "%d.%m.%Y"')
    sample = date(2019, 2, 26)
    try:
        read = datetime.strptime(sample.strftime(form), form).date()  # noqa: DTZ007 -- no clock in it
    except (ValueError, re.error):
        read = None
    if read != sample:
        raise ValueError(f'{form!r} is no date format; write one like "%d.%m.%Y"')


def parse_mapping(text: str) -> Mapping:
    """The mapping of a YAML text; refuses what is none with the place and the reason.

    Every plain value is text: ``NO`` is Norway and ``yes`` a word, whatever YAML would make of them.
    """
    if len(text) > _LONGEST_YAML:
        raise Refusal("bad_mapping", "The mapping is longer than 100,000 characters; that is no mapping.")
    try:
        _check_shape(text)
        data: Any = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 -- builds only texts, lists and dicts
    except (yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        place = f" in line {where.line + 1}" if where else ""
        raise Refusal("bad_mapping", f"The mapping is not well-formed YAML{place}; see docs/formats.md.") from None
    if not isinstance(data, dict):
        raise Refusal("bad_mapping", "The mapping has no keys such as format and columns; see docs/formats.md.")
    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        raise Refusal("bad_mapping", f"The mapping does not fit: {_first_problem(error)}.") from None
    except UnicodeError:
        raise Refusal("bad_mapping", "The mapping holds letters that are no text; write it in UTF-8.") from None


def _check_shape(text: str) -> None:
    """Refuses what grows when it is read: aliases and deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise Refusal("bad_mapping", "The mapping uses YAML aliases (*name); write the values out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise Refusal("bad_mapping", "The mapping is nested too deeply; see docs/formats.md.")


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"] if part not in ("str",) and not str(part).startswith("dict["))
    if problem["loc"] == ("columns",) and problem["type"] == "too_short":
        return "no column is said to be anything; choose for each column what it is"
    message = problem["msg"].removeprefix("Value error, ").removesuffix(".")
    return f"{place}: {message}" if place else message
