"""Charts as plain values, and the one door to their drawing.

A report says what a picture shows; how it looks is said once, in ``chart_paint``. Values are plain numbers: shares as
parts of one, money in whole units of its currency. ``None`` is a value nobody knows: left out, never drawn as zero.

The drawing library is loaded when the first chart is drawn, never before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kulant.paths import resource_dir

Value = float | None
Values = tuple[Value, ...]

# What a colour means; each is a name in static/tokens.css, which alone knows the colours.
TONES = {
    "main": "accent", "soft": "rule-strong", "good": "good", "care": "care", "alarm": "alarm",
    "age0": "age-0", "age1": "age-1", "age2": "age-2", "age3": "age-3", "age4": "age-4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values, in a tone that carries its meaning; dashed where it is a guess or a yardstick."""

    name: str
    values: Values
    tone: str = "main"
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The room between two rows of values."""

    name: str
    low: Values
    high: Values
    tone: str = "main"


@dataclass(frozen=True, slots=True)
class Lines:
    """Values over time, perhaps with a band around them; from the place ``now`` on nothing has happened yet."""

    x: tuple[str, ...]
    series: tuple[Series, ...]
    band: Band | None = None
    unit: str = "count"
    now: int | None = None
    from_zero: bool = True


@dataclass(frozen=True, slots=True)
class Bars:
    """Values side by side, or one upon the other."""

    x: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = "count"
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A rate over time between its limits; ``rings`` are the places outside them."""

    x: tuple[str, ...]
    name: str
    rate: Values
    centre: Values
    lower: Values
    upper: Values
    rings: tuple[int, ...] = ()
    unit: str = "percent"
    open_from: int | None = None  # from this place on values can still grow


@dataclass(frozen=True, slots=True)
class Pareto:
    """Causes, the largest first, each with its value and the share it makes up with those before it."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    unit: str = "count"


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with what it may as well be; ``note`` says how much it rests on."""

    name: str
    value: Value
    low: Value = None
    high: Value = None
    note: str = ""
    tone: str = "main"


@dataclass(frozen=True, slots=True)
class Dots:
    """Values with their intervals, one under the other; ``reference`` is what they would be if nothing differed."""

    rows: tuple[Dot, ...]
    unit: str = "percent"
    reference: float | None = None
    reference_name: str = ""
    note_name: str = ""  # what the notes count
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Reliability:
    """What was foretold against what came: on the diagonal the forecast was right."""

    points: tuple[Dot, ...]
    foretold: tuple[float, ...]
    x_name: str = "foretold"
    y_name: str = "came"
    unit: str = "percent"


Chart = Lines | Bars | Control | Pareto | Dots | Reliability


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one half of the day."""

    by_name: dict[str, str]

    def tone(self, tone: str) -> str:
        """The colour of a tone."""
        return self.by_name[TONES[tone]]

    def __getitem__(self, name: str) -> str:
        return self.by_name[name]


_TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


@cache
def colours(dark: bool) -> Colours:
    """The colours of the style sheet, by the names they have there."""
    found = _TOKEN.findall((resource_dir("static") / "tokens.css").read_text(encoding="utf-8"))
    return Colours({name: night if dark else day for name, day, night in found})


def draw(chart: Chart, *, dark: bool = False, narrow: bool = False) -> bytes:
    """The chart as an SVG picture, the same bytes for the same chart; ``narrow`` for a phone."""
    from kulant.insight.chart_paint import paint

    return paint(chart, colours(dark), narrow=narrow)


def size(chart: Chart, *, narrow: bool = False) -> tuple[int, int]:
    """Width and height in pixels at which the chart's letters have the size of the page's own."""
    width = 360 if narrow else 560
    if isinstance(chart, Dots | Pareto):
        rows = len(chart.rows) if isinstance(chart, Dots) else len(chart.names)
        return width, 64 + max(rows, 2) * (52 if narrow else 34)
    if isinstance(chart, Reliability):
        return (width, 340) if narrow else (480, 380)
    return width, 280


def figure_words(value: Value, unit: str) -> str:
    """A value as an axis says it: short, and with its unit where that is no money.

    >>> figure_words(0.0125, "percent"), figure_words(1250000, "NOK"), figure_words(None, "count")
    ('1.25%', '1.25M', '')
    """
    if value is None:
        return ""
    if unit == "percent":
        return f"{_plain(value * 100)}%"
    if abs(value) >= 10_000:
        for size_, mark in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
            if abs(value) >= size_:
                return f"{_plain(value / size_, 3)}{mark}"
    return f"{_plain(value)}×" if unit == "ratio" else _plain(value)


def _plain(value: float, digits: int = 5) -> str:
    decimals = max(0, min(2, digits - len(f"{abs(value):.0f}")))
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.replace("-", "−")
