"""Whose clock: the time zone a country lives by."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo

# Neighbours, and countries with far-away islands that most of the people do not live on.
TIME_ZONES = {
    "NO": "Europe/Oslo", "DK": "Europe/Copenhagen", "SE": "Europe/Stockholm", "FI": "Europe/Helsinki",
    "DE": "Europe/Berlin", "NL": "Europe/Amsterdam", "GB": "Europe/London", "IS": "Atlantic/Reykjavik",
    "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "FR": "Europe/Paris", "NZ": "Pacific/Auckland",
}  # fmt: skip
HOME = "Europe/Oslo"


@cache
def zone_of(country: str | None, home: str = "NO") -> ZoneInfo:
    """The country's time zone; the home country's where it is unknown, or where there are several of them."""
    named = TIME_ZONES.get(country or home) or _only_zone(country or home)
    return ZoneInfo(named or TIME_ZONES.get(home) or _only_zone(home) or HOME)


def _only_zone(country: str) -> str | None:
    from babel.core import get_global  # takes long to load, and most commands ask for no far country

    zones = get_global("territory_zones").get(country, [])
    return zones[0] if len(zones) == 1 else None
