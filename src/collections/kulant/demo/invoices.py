"""Two years of invoices, credit notes and payments, drawn for each customer from its size and habit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from stdnum import luhn

from kulant.core.money import to_minor
from kulant.demo.customers import Profile

HISTORY_DAYS = 730
FIRST_INVOICE = 240_001

# Within the replayed weeks quiet customers pay before a first reminder would be due.
REPLAYED_DAYS = 115
PATIENCE_DAYS = 8
BETWEEN_BANK_FILES = 7


@dataclass(frozen=True, slots=True)
class Buying:
    """How a size of customer buys: days between orders, whole kroner per invoice, days to pay."""

    gap: tuple[int, int]
    kroner: tuple[int, int]
    terms: int


_BUYING = {
    "large": Buying((9, 17), (11_000, 46_000), 30),
    "medium": Buying((16, 29), (4_500, 18_000), 14),
    "small": Buying((26, 48), (1_800, 8_000), 14),
    "tiny": Buying((70, 130), (600, 2_800), 14),
    "consumer": Buying((150, 320), (500, 3_500), 14),
    "newcomer": Buying((18, 26), (2_000, 6_000), 14),
}
_SCALE = {"NOK": 1.0, "SEK": 1.0, "DKK": 0.65, "EUR": 0.09, "GBP": 0.075}

_LATE_HABITS = ("late", "chronic")

# Days after the due date: from, to, and how often something else happens.
_DAYS_LATE = {
    "early": ((-9, -1), (0, 2), 0.1),
    "prompt": ((-6, 0), (1, 6), 0.08),
    "usual": ((-5, 0), (1, 9), 0.25),
    "mixed": ((-3, 0), (6, 24), 0.35),
    "late": ((3, 16), (-2, 0), 0.2),
    "chronic": ((9, 34), (-1, 2), 0.07),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice or credit note (then below zero) as the order system writes it."""

    profile: Profile
    issued: date
    due: date
    amount_minor: int
    margin_minor: int
    number: str = ""
    credits: int | None = None  # place of the invoice it credits among the customer's bills
    credits_number: str = ""
    paid_on: date | None = None
    paid_minor: int = 0
    story: int = 0  # which of the story's open invoices it is, from 1

    @property
    def reference(self) -> str:
        """A payment reference with a check digit, as banks in the North want it."""
        digits = f"{self.profile.number}{self.number}"
        return digits + str(luhn.calc_check_digit(digits))


@dataclass(frozen=True, slots=True)
class Receipt:
    """A line of the bank file."""

    on: date
    amount_minor: int
    currency: str
    reference: str = ""
    invoice: str = ""
    customer: str = ""
    reverses: str = ""
    number: str = ""


def dice(*seed: str) -> Random:
    """Chance that is the same every time."""
    return Random(":".join(seed))  # noqa: S311 - a story, not a secret


def all_bills(profiles: Iterable[Profile], today: date, seed: str) -> list[Bill]:
    """Every document of every customer, numbered in the order they were issued."""
    drafts = [bill for profile in profiles for bill in _bills(profile, today, dice(seed, profile.number))]
    order = sorted(range(len(drafts)), key=lambda place: (drafts[place].issued, drafts[place].profile.number, place))
    numbers = {place: str(FIRST_INVOICE + rank) for rank, place in enumerate(order)}
    first: dict[str, int] = {}
    for place, draft in enumerate(drafts):
        first.setdefault(draft.profile.number, place)
    return [
        replace(
            drafts[place],
            number=numbers[place],
            credits_number=_credited(drafts[place], first, numbers),
        )
        for place in order
    ]


def _credited(draft: Bill, first: dict[str, int], numbers: dict[int, str]) -> str:
    return "" if draft.credits is None else numbers[first[draft.profile.number] + draft.credits]


def receipts(bills: Iterable[Bill], rng: Random) -> list[Receipt]:
    """What customers paid by themselves; now and then with the invoice number instead of the reference."""
    found = []
    for bill in bills:
        if bill.paid_on is None or bill.paid_minor <= 0:
            continue
        by_reference = rng.random() < 0.93
        found.append(
            Receipt(
                on=bill.paid_on,
                amount_minor=bill.paid_minor,
                currency=bill.profile.currency,
                reference=bill.reference if by_reference else "",
                invoice="" if by_reference else bill.number,
            )
        )
    return sorted(found, key=lambda receipt: (receipt.on, receipt.reference, receipt.invoice))


def _bills(profile: Profile, today: date, rng: Random) -> list[Bill]:
    story = profile.story
    bills = []
    quiet_from = today - timedelta(days=max(days for days, _ in story.open) + 4) if story.open else today
    for issued in _order_days(profile, today, rng):
        bill = _ordinary(profile, issued, today, rng)
        if story.open and quiet_from <= bill.due < today:
            # The story's own invoices are what is late; who usually pays in time pays the others of those weeks so
            # early that the weekly bank file has told of it before they are due.
            if story.habit in _LATE_HABITS:
                continue
            bill = _in_time(bill, today)
        bills.append(bill)
        if rng.random() < 0.02 and bill.paid_on is not None:
            bills += _credit(bills, rng)
    return bills + [_from_story(profile, place, today, rng) for place in range(len(story.open))]


def _order_days(profile: Profile, today: date, rng: Random) -> Iterator[date]:
    buying, story = _BUYING[profile.story.size], profile.story
    day = today - timedelta(days=min(HISTORY_DAYS, profile.since_days) - rng.randint(0, buying.gap[0]))
    last = today - timedelta(days=story.last_purchase or 1)
    while day <= last:
        yield _weekday_before(day)
        day += timedelta(days=rng.randint(*buying.gap))


def _ordinary(profile: Profile, issued: date, today: date, rng: Random) -> Bill:
    buying = _BUYING[profile.story.size]
    kroner = rng.uniform(*buying.kroner) * _SCALE[profile.currency]
    amount = round(kroner * 4) * 25
    due = issued + timedelta(days=buying.terms)
    usual, other, how_often = _DAYS_LATE[profile.story.habit]
    late = rng.randint(*(other if rng.random() < how_often else usual))
    if (today - due).days < REPLAYED_DAYS:
        late = min(late, PATIENCE_DAYS)
    paid = (_weekday_after if late > 0 else _weekday_before)(due + timedelta(days=late))
    return Bill(profile, issued, due, amount, _margin(amount, rng), paid_on=max(paid, issued), paid_minor=amount)


def _in_time(bill: Bill, today: date) -> Bill:
    latest = _weekday_before(min(bill.due - timedelta(days=BETWEEN_BANK_FILES + 1), today - timedelta(days=1)))
    return replace(bill, paid_on=max(min(bill.paid_on or latest, latest), bill.issued))


def _credit(bills: list[Bill], rng: Random) -> list[Bill]:
    """A credit note for the newest invoice, for a part of it or all; the rest is what was paid."""
    bill = bills[-1]
    part = rng.choice((0.1, 0.15, 0.25, 1.0))
    amount = round(bill.amount_minor * part / 25) * 25
    issued = _weekday_before(bill.issued + timedelta(days=rng.randint(3, 10)))
    bills[-1] = replace(bill, paid_minor=bill.amount_minor - amount)
    margin = -round(bill.margin_minor * part)
    return [Bill(bill.profile, max(issued, bill.issued), bill.due, -amount, margin, credits=len(bills) - 1)]


def _from_story(profile: Profile, place: int, today: date, rng: Random) -> Bill:
    days, amount = profile.story.open[place]
    minor = to_minor(amount, profile.currency)
    due = today - timedelta(days=days)
    issued = due - timedelta(days=_BUYING[profile.story.size].terms)
    # What an occasional customer owes in such a story was one large, hard bargained order.
    margin = round(minor * 0.15) if profile.story.size == "tiny" else _margin(minor, rng)
    return Bill(profile, issued, due, minor, margin, story=place + 1)


def _margin(amount_minor: int, rng: Random) -> int:
    return round(amount_minor * rng.uniform(0.15, 0.45))


def _weekday_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _weekday_after(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)
