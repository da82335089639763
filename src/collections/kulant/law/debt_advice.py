"""Whom people who cannot pay may ask for independent advice, free of charge, in the country they live in."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from kulant.core.errors import Refusal
from kulant.law.model import Confidence

_FILE = "debt_advice.yaml"
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Adviser(BaseModel):
    """A body that advises, as it calls itself, and how we know of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line
    website: Line
    phone: Line | None = None
    source: Line
    read_on: date
    confidence: Confidence


@lru_cache
def advisers() -> dict[str, tuple[Adviser, ...]]:
    """All that are known, by country; read once."""
    text = (files("kulant.law") / _FILE).read_text("utf-8")
    written = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but text
    try:
        return TypeAdapter(dict[str, tuple[Adviser, ...]]).validate_python(
            {str(country): rows for country, rows in written.items()}
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refusal("bad_advice", f"{_FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def advisers_for(kind: str, country: str) -> tuple[Adviser, ...]:
    """Who advises such a customer; nobody for a business: these bodies help people."""
    return advisers().get(country.upper(), ()) if kind == "consumer" else ()


def unverified() -> list[str]:
    """Each entry whose source was not read for all it says, in words."""
    return [
        f"{country}: {one.name}, {one.website} ({one.source})"
        for country, rows in sorted(advisers().items())
        for one in rows
        if one.confidence != "verified"
    ]
