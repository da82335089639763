"""Pictures on a page: a chart with its words, its table and the way to what stands behind it.

A page makes ``Picture`` values and shows each with the macro of ``components/charts.html``. The same page serves the
drawings: a route of its own that makes the same pictures and answers ``drawing(pictures, look)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.insight.charts import Chart, draw, size
from kulant.people.models import AuditEntry, Creditor
from kulant.settings import Settings

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere: to the invoices or customers a figure is made of."""

    words: str
    address: str


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a picture; all columns but the first ``texts`` hold numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: int = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as a page shows it; ``address`` is the route that draws it, with the page's own query if it has one."""

    name: str
    title: str
    chart: Chart
    alt: str  # what it shows, for who does not see it
    caption: str
    table: Table
    address: str
    links: tuple[Link, ...] = ()

    def source(self, *, dark: bool = False, narrow: bool = False) -> str:
        """The address of one drawing."""
        asked = {"picture": self.name} | ({"dark": 1} if dark else {}) | ({"narrow": 1} if narrow else {})
        return f"{self.address}{'&' if '?' in self.address else '?'}{urlencode(asked)}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the wide drawing."""
        return size(self.chart)


@dataclass(frozen=True, slots=True)
class Look:
    """Which drawing is asked for."""

    picture: str
    dark: bool
    narrow: bool


def get_look(picture: Annotated[str, Query(max_length=40)], dark: bool = False, narrow: bool = False) -> Look:
    """The drawing an address asks for."""
    return Look(picture, dark, narrow)


LookDep = Annotated[Look, Depends(get_look)]


def drawing(pictures: Iterable[Picture], look: Look) -> Response:
    """The drawing asked for, as SVG."""
    found = next((one for one in pictures if one.name == look.picture), None)
    if found is None:
        raise NotFound("no_picture", "This page has no such picture. Reload the page.")
    return Response(draw(found.chart, dark=look.dark, narrow=look.narrow), media_type="image/svg+xml")


_KEPT = 24
_made: dict[tuple[Any, ...], tuple[object, Any]] = {}  # with the newest line of the audit trail it rests on
_making: dict[tuple[Any, ...], Lock] = {}
_lock = Lock()


def reckoned(
    session: Session,
    settings: Settings,
    creditor: Creditor,
    today: date,
    name: str,
    make: Callable[[], Made],
    *,
    drawn: bool = False,
) -> Made:
    """What ``make`` makes, made once for a page and its drawings: again only when anything was done since.

    A drawing (``drawn``) is of what the page was last made of, also when something was done in between: it must show
    what the table beside it says. Only plain values may be kept this way, never rows of a session.
    """
    told = select(AuditEntry.id, AuditEntry.at).where(AuditEntry.creditor_id == creditor.id)
    newest = session.execute(told.order_by(AuditEntry.id.desc()).limit(1)).first()
    key = (settings.database_url, creditor.id, today, name)
    with _lock:
        making = _making.setdefault(key, Lock())
    with making:  # a page asks for several drawings at once: one of them works, the others wait
        mark, found = _made.get(key, (None, None))
        if found is not None and (drawn or mark == newest):
            kept: Made = found
            return kept
        made = make()
        with _lock:
            _made[key] = (newest, made)
            for old in list(_made)[:-_KEPT]:
                del _made[old]
                _making.pop(old, None)
    return made


def months(days: Sequence[date]) -> tuple[str, ...]:
    """Names of months for an axis.

    >>> months([date(2026, 3, 1)])
    ('Mar 26',)
    """
    return tuple(f"{day:%b} {day:%y}" for day in days)
