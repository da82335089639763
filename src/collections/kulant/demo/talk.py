"""What is said with quiet customers over two years, so that timelines read like a house that takes notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
_IMPRESSIONS = (
    ("Delivered when we said; the driver even carried it in.", 7, 9),
    ("As expected, nothing more to say.", 8, 8),
    ("Fine, but the invoice came before the goods.", 8, 7),
    ("Better than the one we had before.", 6, 9),
    ("The range was smaller than the brochure promised.", 8, 6),
)
OLDEST_DAYS, NEWEST_DAYS = 97, 12
OLDEST_CONTACT = 720
TALKATIVE, KNOWN_WELL = 0.35, 0.7


@dataclass(frozen=True, slots=True)
class Contact:
    """A line of the contact book that was kept before Kulant."""

    profile: Profile
    days_ago: int
    kind: str
    direction: str
    text: str
    answered_days_ago: int = 0
    outcome: str = ""
    expected: str = ""
    got: str = ""


def contact_book(profiles: Sequence[Profile], rng: Random) -> list[Contact]:
    """Two years of contacts with most customers without a story of their own: talks, complaints, impressions."""
    return [
        one
        for profile in profiles
        if profile.since_days > OLDEST_CONTACT and not (profile.story.scenes or profile.story.open)
        if rng.random() < KNOWN_WELL
        for one in _contacts(profile, rng)
    ]


def _contacts(profile: Profile, rng: Random) -> Iterator[Contact]:
    for _ in range(rng.randint(2, 7)):
        kind, text = rng.choice(_SAID)
        direction = "" if kind == "note" else rng.choice(("in", "out"))
        yield Contact(profile, rng.randint(OLDEST_DAYS + 2, OLDEST_CONTACT), kind, direction, text)
    if rng.random() < 0.12:
        complaint, _ = rng.choice(_COMPLAINTS)
        day = rng.randint(OLDEST_DAYS + 30, OLDEST_CONTACT)
        answered = day - rng.randint(1, 4)
        yield Contact(profile, day, "complaint", "in", complaint, answered, "put_right")
    if rng.random() < 0.3:
        text, expected, got = rng.choice(_IMPRESSIONS)
        day = rng.randint(OLDEST_CONTACT - 60, OLDEST_CONTACT)
        yield Contact(profile, day, "survey", "in", text, expected=str(expected), got=str(got))


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
