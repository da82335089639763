"""How charts look. Only ``charts.draw`` comes here: this module loads the drawing library.

Only ``Figure`` is used, never the library's global state for windows; its settings are global all the same, so one
picture is drawn at a time. Letters become outlines: a picture cannot use the fonts of the page around it.
"""

from __future__ import annotations

import atexit
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import rmtree
from threading import Lock
from typing import Any

import matplotlib as mpl
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from kulant.insight import charts
from kulant.insight.charts import Chart, Colours, Values, figure_words
from kulant.paths import resource_dir

_ONE_AT_A_TIME = Lock()
_PIXELS = 72  # to the inch: a point of the picture is a pixel of the page
_TEXT, _SMALL = 12, 11

_FONTS = {
    ("Public Sans", 400): "public-sans-latin-400-normal.woff2",
    ("Public Sans", 700): "public-sans-latin-600-normal.woff2",
    ("Public Sans Extended", 400): "public-sans-latin-ext-400-normal.woff2",
    ("Public Sans Extended", 700): "public-sans-latin-ext-600-normal.woff2",
}
_families: list[str] = []


def paint(chart: Chart, colours: Colours, *, narrow: bool) -> bytes:
    """The chart as SVG."""
    with _ONE_AT_A_TIME, mpl.rc_context(_settings(colours)):
        width, height = charts.size(chart, narrow=narrow)
        layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06, rect=(0, 0, 0.985, 1))
        figure = Figure(figsize=(width / _PIXELS, height / _PIXELS), dpi=_PIXELS, layout=layout)
        axes = figure.add_subplot()
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        _PAINTERS[type(chart)](axes, chart, colours, narrow)
        for text in figure.findobj(Text):
            text.set_fontfeatures(["tnum"])
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return drawn.getvalue()


def _settings(colours: Colours) -> Any:
    return {
        "font.family": _typeface(),
        "font.size": _TEXT,
        "svg.fonttype": "path",
        "svg.hashsalt": "kulant",
        "text.parse_math": False,  # a name with a dollar sign is a name
        "axes.unicode_minus": True,
        "text.color": colours["ink"],
        "axes.edgecolor": colours["rule-strong"],
        "axes.labelcolor": colours["ink-soft"],
        "axes.labelsize": _SMALL,
        "axes.axisbelow": True,
        "axes.linewidth": 1,
        "xtick.color": colours["rule-strong"],
        "ytick.color": colours["rule-strong"],
        "xtick.labelcolor": colours["ink-soft"],
        "ytick.labelcolor": colours["ink-soft"],
        "xtick.labelsize": _SMALL,
        "ytick.labelsize": _SMALL,
        "ytick.major.size": 0,
        "xtick.major.size": 4,
        "grid.color": colours["rule"],
        "grid.linewidth": 1,
        "legend.frameon": False,
        "legend.fontsize": _SMALL,
        "legend.labelcolor": colours["ink-soft"],
        "lines.linewidth": 2,
        "lines.solid_capstyle": "round",
        "lines.solid_joinstyle": "round",
    }


def _typeface() -> list[str]:
    """Our own typeface, unpacked once for a library that cannot read the packed files browsers get."""
    if not _families:
        folder = Path(tempfile.mkdtemp(prefix="kulant-fonts-"))
        atexit.register(rmtree, folder, ignore_errors=True)
        for (family, weight), name in _FONTS.items():
            font = TTFont(resource_dir("static") / "fonts" / name)
            font.flavor = None
            file = folder / f"{Path(name).stem}.ttf"
            font.save(file)
            entry = font_manager.FontEntry(fname=str(file), name=family, weight=weight)
            font_manager.fontManager.ttflist.append(entry)
        _families.extend(dict.fromkeys(family for family, _ in _FONTS))
    return [*_families, "DejaVu Sans"]


def _places(axes: Axes, names: Sequence[str], narrow: bool) -> None:
    """The names under the axis, as many of them as have room, the last always among them."""
    most = 5 if narrow else 12
    step = max(1, -(-len(names) // most))
    shown = [place for place in range(len(names)) if (len(names) - 1 - place) % step == 0]
    axes.set_xticks(shown, [names[place] for place in shown])
    axes.set_xlim(-0.6, len(names) - 0.4)


def _values(axes: Axes, unit: str) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=unit in ("count", "days")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: figure_words(value, unit)))
    axes.grid(axis="y")


def _from_zero(axes: Axes, values: Iterable[float | None]) -> None:
    known = [value for value in values if value is not None]
    if not known or (low := min(known)) >= 0:
        axes.set_ylim(bottom=0)
    else:
        axes.set_ylim(bottom=low * 1.08)
        axes.axhline(0, color=mpl.rcParams["axes.edgecolor"], linewidth=1)
    if not any(known):
        axes.set_ylim(0, 1)


def _key(axes: Axes, narrow: bool, *, least: int = 2) -> None:
    """What the lines and bars are, above them."""
    handles, names = axes.get_legend_handles_labels()
    if len(names) >= least:
        columns = min(len(names), 2 if narrow else 5)
        axes.legend(
            handles, names, loc="lower left", bbox_to_anchor=(0, 1.01), ncols=columns, borderpad=0, borderaxespad=0.4,
            handlelength=1.4, handleheight=0.8, columnspacing=1.4, handletextpad=0.6,
        )  # fmt: skip


def _known(values: Values) -> list[float]:
    return [float("nan") if value is None else value for value in values]


_MARKERS = ("o", "s", "^", "D", "v")


def _lines(axes: Axes, chart: charts.Lines, colours: Colours, narrow: bool) -> None:
    across = range(len(chart.x))
    if chart.band:
        tone = colours.tone(chart.band.tone)
        low, high = _known(chart.band.low), _known(chart.band.high)
        axes.fill_between(across, low, high, color=tone, alpha=0.16, linewidth=0, label=chart.band.name)
    few = len(chart.x) <= (14 if narrow else 30)
    for marker, one in zip(_MARKERS * len(chart.series), chart.series, strict=False):
        axes.plot(
            across, _known(one.values), color=colours.tone(one.tone), linestyle=(0, (4, 3)) if one.dashed else "-",
            marker=marker if few else None, markersize=4.5, markerfacecolor=colours["paper"] if one.dashed else None,
            label=one.name,
        )  # fmt: skip
    if chart.now is not None:
        axes.axvline(chart.now - 0.5, color=colours["rule-strong"], linewidth=1, linestyle=(0, (1, 3)))
    _places(axes, chart.x, narrow)
    _values(axes, chart.unit)
    if chart.from_zero:
        lowest = chart.band.low if chart.band else ()
        _from_zero(axes, [*(value for one in chart.series for value in one.values), *lowest])
    _key(axes, narrow, least=1 if chart.band else 2)


def _bars(axes: Axes, chart: charts.Bars, colours: Colours, narrow: bool) -> None:
    across = range(len(chart.x))
    thick = 0.72 if chart.stacked else 0.8 / max(len(chart.series), 1)
    below, under = [0.0] * len(chart.x), [0.0] * len(chart.x)
    for place, one in enumerate(chart.series):
        heights = [value or 0.0 for value in one.values]
        look: dict[str, Any] = {"color": colours.tone(one.tone), "label": one.name, "linewidth": 0}
        if one.dashed:  # hollow: a yardstick, or what has not come about
            look |= {"color": "none", "edgecolor": colours.tone(one.tone), "linewidth": 1.25, "linestyle": (0, (3, 2))}
        if chart.stacked:
            bottoms = [below[i] if height >= 0 else under[i] for i, height in enumerate(heights)]
            axes.bar(across, heights, thick, bottom=bottoms, edgecolor=colours["paper"], **(look | {"linewidth": 0.75}))
            below = [base + max(height, 0) for base, height in zip(below, heights, strict=True)]
            under = [base + min(height, 0) for base, height in zip(under, heights, strict=True)]
        else:
            shift = (place - (len(chart.series) - 1) / 2) * thick
            axes.bar([i + shift for i in across], heights, thick * 0.92, **look)
    _places(axes, chart.x, narrow)
    _values(axes, chart.unit)
    _from_zero(axes, [*below, *under] if chart.stacked else [value for one in chart.series for value in one.values])
    _key(axes, narrow)


def _control(axes: Axes, chart: charts.Control, colours: Colours, narrow: bool) -> None:
    across = list(range(len(chart.x)))
    edges = [place - 0.5 for place in across] + [len(across) - 0.5]

    def steps(values: Values, **look: Any) -> None:
        known = _known(values)
        axes.plot(edges, [*known, *known[-1:]], drawstyle="steps-post", **look)

    steps(chart.centre, color=colours["ink-soft"], linewidth=1, label="usual")
    limit: dict[str, Any] = {"color": colours.tone("care"), "linewidth": 1.25, "linestyle": (0, (4, 3))}
    steps(chart.upper, **limit, label="limit")
    if any(value for value in chart.lower):
        steps(chart.lower, **limit)
    rate, settled = _known(chart.rate), len(across) if chart.open_from is None else chart.open_from
    look: dict[str, Any] = {"color": colours.tone("main"), "marker": "o", "markersize": 4.5}
    axes.plot(across[:settled], rate[:settled], **look, label=chart.name)
    if settled < len(across):
        look |= {"linestyle": (0, (1, 2)), "linewidth": 1.5, "markerfacecolor": colours["paper"]}
        axes.plot(
            across[max(settled - 1, 0) :], rate[max(settled - 1, 0) :], **look, zorder=1.5, label="can still grow"
        )
    rung = [place for place in chart.rings if chart.rate[place] is not None]
    if rung:
        heights = [_known(chart.rate)[place] for place in rung]
        axes.plot(
            rung,
            heights,
            marker="D",
            markersize=9,
            color=colours.tone("alarm"),
            linestyle="none",
            zorder=5,
            label="alarm",
        )
    _places(axes, chart.x, narrow)
    _values(axes, chart.unit)
    axes.set_ylim(bottom=0)
    _key(axes, narrow)


def _rows(axes: Axes, names: Sequence[str], narrow: bool, colours: Colours) -> None:
    """One name to a row: before it, or above it where there is little room."""
    axes.set_ylim(len(names) - 0.4, -0.75 if narrow else -0.6)
    axes.spines["bottom"].set_visible(False)
    if not narrow:
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", labelcolor=colours["ink"], labelsize=_TEXT, pad=8)
        return
    axes.yaxis.set_major_locator(NullLocator())
    for place, name in enumerate(names):
        axes.annotate(name, (0, place - 0.3), xycoords=("axes fraction", "data"), va="bottom", fontsize=_SMALL)


def _pareto(axes: Axes, chart: charts.Pareto, colours: Colours, narrow: bool) -> None:
    _rows(axes, chart.names, narrow, colours)
    down = range(len(chart.names))
    axes.barh(down, chart.values, height=0.34 if narrow else 0.56, color=colours.tone("main"), linewidth=0)
    total, reached, widest = sum(chart.values), 0.0, max((*chart.values, 0.0))
    for place, value in enumerate(chart.values):
        reached += value
        share = f"{reached / total:.0%}" if total else ""
        axes.annotate(
            figure_words(value, chart.unit), (max(value, 0), place), (6, 0), textcoords="offset points", va="center",
            fontsize=_SMALL, fontweight=700,
        )  # fmt: skip
        axes.annotate(
            share, (1, place), xycoords=("axes fraction", "data"), ha="right", va="center", fontsize=_SMALL,
            color=colours["ink-soft"],
        )  # fmt: skip
    axes.set_title("share so far", loc="right", fontsize=_SMALL, color=colours["ink-soft"])
    axes.set_xlim(0, (widest or 1) * 1.32)
    axes.xaxis.set_major_locator(NullLocator())
    axes.axvline(0, color=colours["rule-strong"], linewidth=1)


def _dots(axes: Axes, chart: charts.Dots, colours: Colours, narrow: bool) -> None:
    notes = any(row.note for row in chart.rows)
    names = [f"{row.name}, {row.note}" if narrow and row.note else row.name for row in chart.rows]
    _rows(axes, names, narrow, colours)
    if chart.logarithmic:
        axes.set_xscale("log")
    for place, row in enumerate(chart.rows):
        tone = colours.tone(row.tone)
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [place, place], color=tone, linewidth=3, alpha=0.4)
        if row.value is not None:
            axes.plot([row.value], [place], marker="o", markersize=8, color=tone)
        if notes and not narrow:
            axes.annotate(
                row.note, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=_SMALL,
                color=colours["ink-soft"], annotation_clip=False,
            )  # fmt: skip
    if notes and chart.note_name and not narrow:
        axes.annotate(
            chart.note_name, (1.01, 1), (0, 6), xycoords="axes fraction", textcoords="offset points",
            fontsize=_SMALL, color=colours["ink-soft"], annotation_clip=False,
        )  # fmt: skip
    if chart.reference is not None:
        axes.axvline(chart.reference, color=colours["rule-strong"], linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(
            chart.reference_name, (chart.reference, 1), (0, 6), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", fontsize=_SMALL, color=colours["ink-soft"],
        )  # fmt: skip
    if chart.logarithmic:
        _log_places(axes, chart)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4 if narrow else 7))
        if chart.unit == "percent":
            axes.set_xlim(left=0)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: figure_words(value, chart.unit)))
    axes.grid(axis="x")


def _log_places(axes: Axes, chart: charts.Dots) -> None:
    """Round ratios within reach of what is drawn, at least from half to twice."""
    seen = [one for row in chart.rows for one in (row.low, row.value, row.high) if one]
    low, high = min([0.5, *seen]), max([2.0, *seen])
    ladder = [2.0**power for power in range(-6, 11)]
    axes.set_xlim(low * 0.9, high * 1.1)
    axes.set_xticks([one for one in ladder if low * 0.9 <= one <= high * 1.1])


def _reliability(axes: Axes, chart: charts.Reliability, colours: Colours, narrow: bool) -> None:
    reach = max([*chart.foretold, *(dot.high or dot.value or 0 for dot in chart.points), 0.05]) * 1.08
    axes.plot([0, reach], [0, reach], color=colours["rule-strong"], linewidth=1, linestyle=(0, (4, 3)))
    for foretold, dot in zip(chart.foretold, chart.points, strict=True):
        tone = colours.tone(dot.tone)
        if dot.low is not None and dot.high is not None:
            axes.plot([foretold, foretold], [dot.low, dot.high], color=tone, linewidth=3, alpha=0.4)
        if dot.value is not None:
            axes.plot([foretold], [dot.value], marker="o", markersize=8, color=tone)
    axes.set(xlim=(0, reach), ylim=(0, reach), xlabel=chart.x_name, ylabel=chart.y_name)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=4 if narrow else 5))
        axis.set_major_formatter(FuncFormatter(lambda value, _place: figure_words(value, chart.unit)))
    axes.grid()


_PAINTERS: dict[type, Any] = {
    charts.Lines: _lines,
    charts.Bars: _bars,
    charts.Control: _control,
    charts.Pareto: _pareto,
    charts.Dots: _dots,
    charts.Reliability: _reliability,
}
