"""The JSON Schema of a country's file: what an editor checks it by while a lawyer writes."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from kulant.law.model import Country


def schema_text() -> str:
    """The schema as it stands in ``law/data/schema.json``."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **TypeAdapter(Country).json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
