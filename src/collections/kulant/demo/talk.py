"""What is said with quiet customers over two years, so that timelines read like a house that takes notes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from kulant.demo.customers import Profile
from kulant.demo.stories import Scene

_SAID = (
    ("call", "Ordered for the season and asked for delivery on Thursdays."),
    ("call", "Checked that the last delivery was complete: it was."),
    ("call", "Asked about volume prices; sent the new list."),
    ("meeting", "Visited them: new premises, room for larger orders."),
    ("meeting", "Went through the assortment together; they drop two lines and try one new."),
    ("email", "Asks for order references on every invoice."),
    ("email", "New person at accounts; invoices go to the same address."),
    ("email", "Thanks for quick replacement of a broken box."),
    ("note", "Prefers to be called before noon."),
    ("note", "Closed in July; order early."),
)
_COMPLAINTS = (
    ("Two boxes were missing in the delivery.", "Sent the missing boxes the next day, free of charge."),
    ("The invoice had the wrong price.", "Credited the difference and said sorry."),
    ("The driver came outside opening hours.", "Delivery window agreed and noted on the route."),
)
OLDEST_DAYS, NEWEST_DAYS = 700, 12
TALKATIVE = 0.55


def small_talk(profiles: Sequence[Profile], rng: Random) -> list[tuple[Profile, Scene]]:
    """Notes about customers without a story of their own, and complaints that were answered in time."""
    found = []
    for profile in profiles:
        if profile.story.scenes or profile.story.open or rng.random() > TALKATIVE:
            continue
        for _ in range(rng.randint(1, 4)):
            kind, text = rng.choice(_SAID)
            found.append((profile, Scene(rng.randint(NEWEST_DAYS, OLDEST_DAYS), kind, text)))
        if rng.random() < 0.15:
            complaint, answer = rng.choice(_COMPLAINTS)
            day = rng.randint(NEWEST_DAYS + 10, OLDEST_DAYS)
            found.append((profile, Scene(day, "complaint", complaint)))
            found.append((profile, Scene(day - rng.randint(1, 3), "answer", answer)))
    return found
