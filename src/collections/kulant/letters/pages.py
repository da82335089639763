"""The templates of letters and e-mail: plain text is escaped in pages, and a missing value is an error."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from kulant.letters.window import window_of
from kulant.paths import resource_dir


@lru_cache(maxsize=1)
def environment() -> Environment:
    """One environment per process; templates are compiled once."""
    made = Environment(
        loader=FileSystemLoader(resource_dir("templates")),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["window_of"] = window_of
    return made
