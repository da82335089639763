"""How pages are drawn: one Jinja environment per language, strict about names, and never unescaped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block

from kulant import i18n
from kulant.paths import resource_dir


@lru_cache(maxsize=512)
def _content_hash(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of a static file, marked by its content so that browsers may keep it for ever."""
    file = resource_dir("static") / name
    return f"/static/{name}?v={_content_hash(file, file.stat().st_mtime_ns)}"


@cache
def environment(language: str) -> Environment:
    """The environment whose filters and words speak that language; macros need no context for it."""
    env = Environment(
        loader=FileSystemLoader(resource_dir("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = i18n.translator(language)

    def money(minor: int, currency: str) -> str:
        return i18n.money(minor, currency, language)

    def amount(minor: int, currency: str) -> str:
        return i18n.amount(minor, currency, language)

    def whole(minor: int, currency: str) -> str:
        return i18n.whole_amount(minor, currency, language)

    def short_date(day: date | None) -> str:
        return i18n.short_date(day, language) if day else ""

    def long_date(day: date | None) -> str:
        return i18n.long_date(day, language) if day else ""

    def iso_date(day: str) -> str:
        return short_date(date.fromisoformat(day))

    env.filters.update(
        money=money, amount=amount, whole=whole, short_date=short_date, long_date=long_date, iso_date=iso_date
    )
    env.globals.update(_=words.gettext, ngettext=words.ngettext, language=language, static_url=static_url)
    return env


def render_text(template: str, *, language: str = "en", block: str | None = None, **context: Any) -> str:
    """The template, or one named block of it, as text."""
    env = environment(language)
    if block:
        return render_block(env, template, block, **context)
    return env.get_template(template).render(**context)


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    language: str = "en",
    block: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """An HTML answer: the whole page, or only a block of it when htmx asked for that part."""
    text = render_text(template, language=language, block=block, request=request, **context)
    # The same address answers with a page or a part of it, so caches must tell them apart.
    return HTMLResponse(text, status, {"Vary": "HX-Request, HX-Target", **(headers or {})})


def asked_for(request: Request, target: str) -> bool:
    """Whether htmx asks for just the element with that id (``HX-Target`` is ``tag#id``)."""
    if "hx-request" not in request.headers or "hx-history-restore-request" in request.headers:
        return False
    return request.headers.get("hx-target", "").partition("#")[2] == target
