"""Colours that can be read: contrast as WCAG 2.2 reckons it, and the nearest tone that has enough of it. Pure."""

from __future__ import annotations

import colorsys
import re

from kulant.core.errors import Refusal

WHITE, INK, BLACK = "#ffffff", "#17212b", "#000000"
# For text of ordinary size, level AA.
ENOUGH = 4.5


def check_colour(text: str) -> str:
    """The colour as ``#rrggbb`` in small letters; refuses anything else."""
    found = re.fullmatch(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})", text.strip())
    if not found:
        raise Refusal("bad_colour", f"{text!r} is no colour; write it as #rrggbb, e.g. #14532d")
    figures = found[1].lower()
    return "#" + (figures if len(figures) == 6 else "".join(figure * 2 for figure in figures))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, on: str = WHITE) -> str:
    """The colour itself where text in it can be read on that ground; else the nearest tone of it that can.

    On a light ground it grows darker, on a dark one lighter; the hue stays.
    """
    darker = _luminance(on) > 0.18
    hue, light, saturation = colorsys.rgb_to_hls(*_channels(colour))
    tone = colour
    while contrast(tone, on) < ENOUGH:
        light = max(0.0, light - 0.005) if darker else min(1.0, light + 0.005)
        tone = _written(colorsys.hls_to_rgb(hue, light, saturation))
    return tone


def ink_on(colour: str) -> str:
    """White or our ink, whichever can be read better on that colour; black where neither can."""
    best = max((WHITE, INK), key=lambda ink: contrast(ink, colour))
    return best if contrast(best, colour) >= ENOUGH else BLACK


def _channels(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _written(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
