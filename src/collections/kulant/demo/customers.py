"""The demo's customers: those with a story, and quiet ones up to the number a believable wholesaler has."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from kulant.demo import names
from kulant.demo.cast_firm import PROPOSED
from kulant.demo.cast_soft import LEAVING, LETTERS, PAID, PLANS, PORTAL
from kulant.demo.stories import Story

STORIES = (*PROPOSED, *PLANS, *PORTAL, *LETTERS, *PAID, *LEAVING)
CUSTOMERS = 120
FIRST_NUMBER = 10001

# Quiet customers elsewhere; the rest are Norwegian.
_ABROAD = {"SE": 10, "DK": 8, "FI": 2, "GB": 2}
_CONSUMERS = ("Ola Testmann", "Nora Oppdiktet", "Leif Fiktivsen", "Berit Demostad", "Jon Eksempelberg", "Siv Prøvesen")
_SIZES = ("large", "medium", "medium", "medium", "small", "small", "small", "small", "tiny", "tiny")
_HABITS = ("early", "prompt", "prompt", "usual", "usual", "usual", "mixed")
_SEGMENT = {"large": "key", "medium": "regular", "newcomer": "new", "consumer": "consumer"}
_LIMIT = {"large": 400_000, "medium": 120_000, "small": 50_000, "tiny": 20_000, "newcomer": 20_000, "consumer": 5_000}


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer as the demo's own order system knows them."""

    number: str
    story: Story
    house: int
    manager: str
    since_days: int
    acquisition_cost: int

    @property
    def language(self) -> str:
        return names.LANGUAGE[self.story.country]

    @property
    def currency(self) -> str:
        return names.CURRENCY[self.story.country]

    @property
    def segment(self) -> str:
        return _SEGMENT.get(self.story.size, "small")

    @property
    def credit_limit(self) -> int:
        return _LIMIT[self.story.size]

    @property
    def email(self) -> str:
        return "" if self.story.by_post else names.mail(self.story.name)

    @property
    def address(self) -> str:
        return names.address(self.story.name, self.story.country, self.house)

    @property
    def phone(self) -> str:
        return names.phone(self.story.country, self.house)


def profiles(rng: Random) -> list[Profile]:
    """All customers in the order of their numbers, which is no order of theirs."""
    stories = [*STORIES, *_quiet(rng)]
    rng.shuffle(stories)
    return [_profile(FIRST_NUMBER + index, story, rng) for index, story in enumerate(stories)]


def _profile(number: int, story: Story, rng: Random) -> Profile:
    young = story.size == "newcomer"
    return Profile(
        number=str(number),
        story=story,
        house=rng.randint(1, 98),
        manager=rng.choice(names.MANAGERS) if story.size in ("large", "medium") or story.strategic else "",
        since_days=rng.randint(22, 30) if young else rng.randint(740, 5200),
        acquisition_cost=rng.randrange(500, 9000, 250),
    )


def _quiet(rng: Random) -> list[Story]:
    wanted = CUSTOMERS - len(STORIES)
    quiet = [Story(name=name, kind="consumer", size="consumer", habit="usual") for name in _CONSUMERS]
    for country, count in _ABROAD.items():
        quiet += [_quiet_one(name, country, rng) for name in _free_names(country, rng)[:count]]
    return quiet + [_quiet_one(name, "NO", rng) for name in _free_names("NO", rng)[: wanted - len(quiet)]]


def _free_names(country: str, rng: Random) -> list[str]:
    taken = {story.name for story in STORIES}
    return [name for name in names.company_names(country, rng) if name not in taken]


def _quiet_one(name: str, country: str, rng: Random) -> Story:
    gone = rng.random() < 0.22
    return Story(
        name=name,
        country=country,
        size=rng.choice(_SIZES),
        habit=rng.choice(_HABITS),
        last_purchase=rng.randint(130, 690) if gone else 0,
    )
