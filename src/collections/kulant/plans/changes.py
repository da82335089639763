"""What a customer may change of a plan that runs, and what it costs: move a payment, skip a month, choose another day,
divide what is left anew, pay early. Pure.

Nothing is ever asked earlier, and nothing that is paid is touched. Where the plan bears interest, the new days are
priced: what the payments are worth today stays the same, and the difference goes to the last one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from kulant.core.calendar import add_months, next_business_day
from kulant.core.errors import Refusal
from kulant.core.words import day_words
from kulant.plans import prices, rules
from kulant.plans.choices import far_enough_apart
from kulant.plans.limits import PlanRules
from kulant.plans.rules import Payment

KINDS = ("move", "skip", "day", "reshape")


@dataclass(frozen=True, slots=True)
class Part:
    """One payment of a plan as it stands."""

    number: int
    due: date
    amount_minor: int
    paid_minor: int
    moved_from: date | None = None

    @property
    def left_minor(self) -> int:
        """What is still to pay of it."""
        return self.amount_minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class Running:
    """A plan that runs, as its rules of change need it."""

    parts: tuple[Part, ...]
    currency: str
    country: str
    today: date
    limits: PlanRules
    rate: int = 0  # interest a year, in hundredths of a percent
    spare_minor: int = 0  # of the plan's interest, what has not been let go yet
    day_of_month: int | None = None  # as the customer chose it
    made: tuple[str, ...] = ()  # the kinds of the changes made so far

    @property
    def left(self) -> tuple[Part, ...]:
        """The payments with something left on them, in order."""
        return tuple(part for part in self.parts if part.left_minor > 0)

    @property
    def monthly_day(self) -> int:
        """The day of the month the payments fall on: as chosen, else the most frequent one, for some were moved."""
        days = Counter(part.due.day for part in self.parts)
        return self.day_of_month or min(days, key=lambda day: (-days[day], day))

    @property
    def left_minor(self) -> int:
        """All that is still to pay."""
        return sum(part.left_minor for part in self.left)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change as somebody asks for it. ``number``: of the payment (the next one when left out).

    ``to``: the day a payment moves to. ``day``: the day of the month for all that is left. ``count``: how many payments
    what is left is divided into.
    """

    kind: str  # move | skip | day | reshape
    number: int | None = None
    to: date | None = None
    day: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change worked out: the plan before and after it, and what it adds for the customer."""

    kind: str
    before: tuple[Payment, ...]
    after: tuple[Payment, ...]
    cost_minor: int
    number: int | None = None  # of the payment moved


def change_json(change: Change) -> dict[str, Any]:
    """The change as plain data, for a page to hand back when it is confirmed."""
    return {
        "kind": change.kind,
        "before": [[due.isoformat(), amount] for due, amount in change.before],
        "after": [[due.isoformat(), amount] for due, amount in change.after],
        "cost": change.cost_minor,
        "number": change.number,
    }


def change_from(plain: Mapping[str, Any]) -> Change:
    """The change a page hands back; refused when it is none."""
    try:
        before, after = (
            tuple((date.fromisoformat(due), int(amount)) for due, amount in plain[side]) for side in ("before", "after")
        )
        return Change(str(plain["kind"]), before, after, int(plain["cost"]), plain.get("number"))
    except (KeyError, TypeError, ValueError):
        raise Refusal("bad_change", "what was shown cannot be read; look at the change once more") from None


def times_allowed(limits: PlanRules, kind: str) -> int:
    """How often a plan may be changed like that by the customer alone."""
    allowed = {"move": limits.moves, "skip": limits.skips, "day": limits.day_changes, "reshape": limits.reshapes}
    return allowed[kind]


def may_still(plan: Running, kind: str) -> bool:
    """Whether the customer may change the plan like that once more."""
    return bool(plan.left) and plan.made.count(kind) < times_allowed(plan.limits, kind)


def work_out(plan: Running, wanted: Wanted, *, by_clerk: bool = False) -> Change:
    """The change with its price; refused with the reason where it is not possible, or not without a clerk."""
    if wanted.kind not in KINDS:
        raise Refusal("no_change", f"there is no change called {wanted.kind[:20]!r}; choose one of {', '.join(KINDS)}")
    if not plan.left:
        raise Refusal("nothing_left", "everything in this plan is paid; there is nothing to change")
    if not by_clerk and not may_still(plan, wanted.kind):
        raise Refusal(
            "changed_before", "this has been changed as often as may be done without asking; call us and we help"
        )
    work = {"move": _move, "skip": _skip, "day": _day, "reshape": _reshape}
    change = work[wanted.kind](plan, wanted)
    if change.after == change.before:
        raise Refusal("same_plan", "that is how the plan is already; nothing was changed")
    return change


def pay_all_minor(plan: Running, on: date | None = None) -> int:
    """What pays all of the plan on a day: what is left, less the interest of the days that are spared."""
    if not plan.rate:
        return plan.left_minor
    payments = [(part.due, part.left_minor) for part in plan.left]
    worth = prices.rounded(prices.worth_today(payments, plan.rate, on or plan.today))
    return max(worth, plan.left_minor - plan.spare_minor)


def movable_until(plan: Running, part: Part) -> date:
    """The last day a payment may be moved to: so many days after its first day, and a week before the next one."""
    latest = (part.moved_from or part.due) + timedelta(days=plan.limits.move_days)
    following = [other.due for other in plan.left if other.due > part.due]
    if following:
        latest = min(latest, following[0] - timedelta(days=rules.MINIMUM_GAP_DAYS))
    return latest


def _move(plan: Running, wanted: Wanted) -> Change:
    part = _part(plan, wanted.number)
    if wanted.to is None:
        raise Refusal("no_day", "say which day the payment moves to")
    latest = movable_until(plan, part)
    to = next_business_day(wanted.to, plan.country)
    if to <= max(plan.today, part.due):
        earliest = max(plan.today, part.due) + timedelta(days=1)
        raise Refusal(
            "too_early", f"the payment can be moved to {day_words(earliest)} or later; it may be paid at any time"
        )
    if wanted.to > latest:
        raise Refusal("too_late", f"the payment can be moved to {day_words(latest)} at the latest")
    return _priced(plan, "move", {part.number: to}, number=part.number)


def _skip(plan: Running, wanted: Wanted) -> Change:
    """From that payment on, each comes when the next one would have come, and the last a month after."""
    first = _part(plan, wanted.number)
    rest = [part for part in plan.parts if part.number >= first.number]
    last = rest[-1].due
    after_last = next_business_day(add_months(last, 1, day_of_month=plan.monthly_day), plan.country)
    days = [*(part.due for part in rest[1:]), after_last]
    while days[0] <= plan.today:  # it has been late for more than a month
        following = add_months(days[-1], 1, day_of_month=plan.monthly_day)
        days = [*days[1:], next_business_day(following, plan.country)]
    return _priced(plan, "skip", {part.number: day for part, day in zip(rest, days, strict=True)}, number=first.number)


def _day(plan: Running, wanted: Wanted) -> Change:
    """Every payment to come falls on another day of its month; one that would come too soon, a month later."""
    if wanted.day is None:
        raise Refusal("no_day", "say which day of the month suits")
    day = rules.checked_day(wanted.day)
    coming = [part for part in plan.left if part.due > plan.today]
    if not coming:
        raise Refusal("nothing_coming", "no payment lies ahead; the one that is late can be moved or divided anew")
    before = [part.due for part in plan.parts if part.number < coming[0].number]
    soonest = max(
        plan.today + timedelta(days=rules.NOTICE_DAYS),
        *(due + timedelta(days=rules.MINIMUM_GAP_DAYS) for due in before),
        coming[0].due.replace(day=1),
    )
    first = rules.first_occurrence(soonest, (day,))
    days = rules.monthly(first, len(coming), plan.country, day)
    return _priced(plan, "day", {part.number: due for part, due in zip(coming, days, strict=True)})


def _reshape(plan: Running, wanted: Wanted) -> Change:
    """What is left is divided anew into monthly payments alike; what has been paid stays as it is."""
    closed = [part for part in plan.parts if part.left_minor == 0 or part.paid_minor]
    count = wanted.count or min(len(plan.left) + 2, plan.limits.most_instalments)
    if not 1 <= count <= plan.limits.most_instalments:
        most = plan.limits.most_instalments
        raise Refusal("too_many_parts", f"what is left can be divided into 1 to {most} payments")
    chosen = wanted.day or plan.day_of_month
    first = rules.first_occurrence(
        plan.today + timedelta(days=rules.LEAD_DAYS), (chosen,) if chosen else rules.USUAL_DAYS
    )
    days = rules.monthly(first, count, plan.country, chosen or first.day)
    worth = pay_all_minor(plan)
    periods = prices.periods_between(plan.today, days, plan.rate)
    parts = prices.divide(worth, plan.currency, periods, prices.equal_weights(count))
    if sum(parts.amounts) < plan.left_minor:  # what is spared is let go when the plan is complete, not before
        parts = prices.divide(plan.left_minor, plan.currency, [Fraction(0)] * count, prices.equal_weights(count))
    if min(parts.amounts[:-1], default=parts.amounts[0]) < min(plan.limits.smallest_minor(plan.currency), worth):
        raise Refusal("too_small", "the payments would be too small; choose fewer")
    kept = [(min(part.due, plan.today), part.paid_minor) for part in closed]  # what was paid ahead is past
    before = tuple((part.due, part.amount_minor) for part in plan.parts)
    after = (*kept, *zip(days, parts.amounts, strict=True))
    return Change("reshape", before, after, sum(amount for _, amount in after) - sum(amount for _, amount in before))


def reshape_counts(plan: Running) -> list[int]:
    """Into how many payments what is left may be divided, so that each is smaller than now and large enough."""
    smallest = plan.limits.smallest_minor(plan.currency)
    most = plan.limits.most_instalments
    return [n for n in range(len(plan.left) + 1, most + 1) if plan.left_minor >= n * smallest]


def _part(plan: Running, number: int | None) -> Part:
    for part in plan.left:
        if number in (None, part.number):
            return part
    raise Refusal("no_instalment", f"payment {number} of this plan is paid or does not exist")


def _priced(plan: Running, kind: str, days: dict[int, date], *, number: int | None = None) -> Change:
    """The plan with these payments on other days, and what the last one grows by."""
    before = tuple((part.due, part.amount_minor) for part in plan.parts)
    moved = {part.number: days.get(part.number, part.due) for part in plan.left}
    if not far_enough_apart([due for due in moved.values() if due > plan.today]):
        raise Refusal("too_near", "two payments would come within a week; choose another day")
    cost = _cost(plan, moved)
    after = [(days.get(part.number, part.due), part.amount_minor) for part in plan.parts]
    after[-1] = (after[-1][0], after[-1][1] + cost)
    return Change(kind, before, tuple(after), cost, number)


def _cost(plan: Running, moved: dict[int, date]) -> int:
    """What later days add in interest; nothing where the plan bears none. Nobody is paid for earlier ones here: what
    was paid early is reckoned when the plan is complete."""
    if not plan.rate:
        return 0
    now = [(part.due, part.left_minor) for part in plan.left]
    then = [(moved[part.number], part.left_minor) for part in plan.left]
    lost = prices.worth_today(now, plan.rate, plan.today) - prices.worth_today(then, plan.rate, plan.today)
    return max(0, prices.rounded(lost * prices.growth_until(then, plan.rate, plan.today)))


def same(before: Sequence[Payment], stored: Sequence[Sequence[object]]) -> bool:
    """Whether a plan still is as it was when somebody was shown it."""
    return [[due.isoformat(), amount] for due, amount in before] == [list(row) for row in stored]
