"""Charts: the same picture for the same figures, in the page's own colours, loaded only when one is drawn."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from lxml import etree

from kulant.insight.charts import (
    Band,
    Bars,
    Chart,
    Control,
    Dot,
    Dots,
    Lines,
    Pareto,
    Reliability,
    Series,
    colours,
    draw,
    figure_words,
    size,
)

MONTHS = tuple(f"M{place}" for place in range(1, 14))
CHARTS: dict[str, Chart] = {
    "lines": Lines(
        MONTHS,
        (
            Series("expected", tuple(float(i) for i in range(13))),
            Series("came", (1.0, 2.0, *[None] * 11), "soft", True),
        ),
        Band("80% of the time", tuple(i - 1.0 for i in range(13)), tuple(i + 2.0 for i in range(13))),
        "NOK",
        now=2,
    ),
    "bars": Bars(MONTHS, (Series("lost", tuple([3.0] * 13), "alarm"), Series("new", tuple([4.0] * 13), "good"))),
    "stacked": Bars(
        ("1", "2"), (Series("won", (3.0, 4.0)), Series("lost", (-3.0, -1.0), "alarm")), "NOK", stacked=True
    ),
    "control": Control(
        MONTHS, "lost", (None, *[0.01] * 11, 0.2), (0.01,) * 13, (0.0,) * 13, (0.05,) * 13, rings=(0, 12)
    ),
    "pareto": Pareto(("Price", "Overlooked by $us"), (200000.0, 1000.0), "NOK"),
    "dots": Dots((Dot("Reminder", 1.2, 0.8, 1.9, "412"), Dot("Formal", None)), "ratio", 1, "no difference", True),
    "reliability": Reliability((Dot("a", 0.1, 0.05, 0.16), Dot("b", 0.9)), (0.12, 0.8)),
    "nothing": Lines((), (Series("none", ()),)),
    "no causes": Pareto((), ()),
    "no dots": Dots(()),
    "all unknown": Bars(("1",), (Series("none", (None,)),)),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_for_day_and_night_wide_and_narrow_and_always_the_same(name: str) -> None:
    chart = CHARTS[name]
    for narrow in (False, True):
        drawn = draw(chart, narrow=narrow)
        root = etree.fromstring(drawn)
        assert tuple(float(one) for one in root.get("viewBox").split()[2:]) == size(chart, narrow=narrow)
        assert draw(chart, narrow=narrow) == drawn
        assert b"<dc:date>" not in drawn and b"<text" not in drawn
        assert draw(chart, dark=True, narrow=narrow) != drawn


def test_the_colours_are_those_of_the_style_sheet() -> None:
    assert (colours(False)["accent"], colours(True)["accent"]) == ("#0d5259", "#7fc6c9")
    assert b"#0d5259" in draw(CHARTS["lines"]) and b"#7fc6c9" not in draw(CHARTS["lines"])
    assert b"#7fc6c9" in draw(CHARTS["lines"], dark=True) and b"#0d5259" not in draw(CHARTS["lines"], dark=True)


def test_several_at_once_draw_what_each_would_draw_alone() -> None:
    wanted = [(name, dark) for name in CHARTS for dark in (False, True)]
    alone = [draw(CHARTS[name], dark=dark) for name, dark in wanted]
    with ThreadPoolExecutor(8) as many:
        assert list(many.map(lambda one: draw(CHARTS[one[0]], dark=one[1]), wanted)) == alone


def test_the_drawing_library_is_not_loaded_before_a_chart_is_drawn() -> None:
    told = "import sys, kulant.cli.main, kulant.app; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_figures_on_an_axis_are_short_and_say_their_unit() -> None:
    said = [figure_words(*one) for one in ((0.05, "percent"), (-12500.0, "NOK"), (1.5, "ratio"), (0.0, "days"))]
    assert said == ["5%", "−12.5k", "1.5×", "0"]
