"""What a story is made of: a customer, what they owe, and what was said and done day by day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """Something done about one customer, so many days before the business date. ``verb`` names it in ``stage.py``."""

    days_ago: int
    verb: str
    text: str = ""
    amount: str = ""
    days: int = 0
    nth: int = 1
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One customer: how they buy and pay, what is open now, and what has happened."""

    name: str
    size: str
    habit: str
    country: str = "NO"
    kind: str = "business"
    open: tuple[tuple[int, str], ...] = ()  # (days since the due date, amount)
    scenes: tuple[Scene, ...] = ()
    strategic: bool = False
    no_dunning: bool = False
    charged: bool = False  # is on the ladder that charges fees and interest
    by_post: bool = False  # has no e-mail address
    last_purchase: int = 0  # so many days ago; zero: still buying
