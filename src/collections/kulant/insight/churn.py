"""The churn report: who left against who came, in customers and in money, when that is more than chance, and why.

Losses are dated at the last purchase and the gap that was to be expected after it, so a silence is noticed months after
the month it belongs to. The newest months are therefore not complete: they can only grow. Whatever rings in them rings
rightly; what does not ring is no proof yet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.core.money import round_half_up
from kulant.insight import churn_queries as queries
from kulant.insight import control
from kulant.insight.churn_queries import SIGNALS, Lost
from kulant.insight.churn_signals import WINDOW, Relation, Signal, seen_before
from kulant.people.models import Creditor
from kulant.relationship.leaving import expected_gap, noticed_after
from kulant.relationship.rulebook import RuleBook, rules_of

MONTHS = 24
QUARTERS = 8
JUDGED_ONLY = 3  # the newest complete months are held against the limits, not used to draw them
A_LOST_DAYS = 31
NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Month:
    """One month. ``lost`` leaves out who came back since; ``reported`` is what was said when it was noticed."""

    first: date
    active: int  # on its first day
    new: int
    lost: int
    reported: int
    complete: bool  # all silences that began in it have been noticed
    running: bool  # it is not over yet
    rings_at: int | None  # so many losses are more than chance
    usual: float | None
    lower: float | None

    @property
    def of_active(self) -> float | None:
        """Lost of those who were customers on the first day."""
        return self.lost / self.active if self.active else None

    @property
    def of_new(self) -> float | None:
        """Lost for each new one; above one the house is shrinking."""
        return self.lost / self.new if self.new else None

    @property
    def limit(self) -> float | None:
        """The smallest share that rings."""
        return self.rings_at / self.active if self.rings_at and self.active else None

    @property
    def rings(self) -> bool:
        """Whether more left than chance explains."""
        return self.rings_at is not None and self.lost >= self.rings_at


@dataclass(frozen=True, slots=True)
class Quarter:
    """One quarter: customers and money both ways. Money is in minor units of one currency."""

    first: date
    new: int
    lost: int
    over: bool
    lost_minor: dict[str, int]
    won_minor: dict[str, int]
    complete: bool = False  # all silences that began in it have been noticed

    @property
    def name(self) -> str:
        """As one says it."""
        return f"Q{(self.first.month + 2) // 3} {self.first.year}"

    @property
    def ratio(self) -> float | None:
        """Lost for each new one."""
        return self.lost / self.new if self.new else None


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for leaving in the last twelve months, with how many and what they had left us in a year."""

    reason: str
    customers: int
    minor: dict[str, int]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that rings, in words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Churn:
    """The report of a day."""

    day: date
    creditor: str
    home: str  # the creditor's own currency
    months: list[Month]
    quarters: list[Quarter]
    usual: control.Usual | None
    settles_after: int  # months until a month is complete
    causes: list[Cause]
    signals: list[Signal]
    alarms: list[Alarm]
    exit_calls: int
    a_lost: list[Lost]
    ledger_begins: date | None  # before that day nobody is known to have bought
    losses: list[Lost]  # of the months shown, those who came back among them
    firsts: dict[int, date]  # of the months shown

    @property
    def active_today(self) -> int:
        """Customers at the end of the day."""
        newest = self.months[-1]
        return newest.active + newest.new - newest.lost


def churn(session: Session, creditor: Creditor, today: date) -> Churn:
    """The report as known on the business date."""
    rules = rules_of(session, creditor.id)
    firsts, ledger_begins = queries.beginnings(session, creditor.id, today)
    found = queries.losses(session, creditor.id, today)
    begin = add_months(today.replace(day=1), -MONTHS)
    settles = _settles_after(session, creditor.id, rules)
    counted = _months(begin, today, firsts, found, settles)
    known = _usual(counted)
    months = [_limited(month, known) for month in counted]
    quarter_begin = add_months(begin.replace(month=(begin.month - 1) // 3 * 3 + 1), 3 if begin.month % 3 != 1 else 0)
    won = queries.won_margins(session, creditor.id, firsts, quarter_begin, today)
    gains = [(firsts[one], currency, minor) for one, currency, minor in won]
    quarters = _quarters(quarter_begin, today, firsts, found, gains, settles)
    a_lost = [
        one
        for one in found
        if one.grade == "A"
        and one.returned_on is None
        # An old ledger brings losses of long ago on its first day: these are no news.
        and one.noticed_on > today - timedelta(days=A_LOST_DAYS)
        and one.lost_on > today - queries.YEAR
    ]
    return Churn(
        day=today,
        creditor=creditor.code,
        home=creditor.currency,
        months=months,
        quarters=quarters,
        usual=known,
        settles_after=settles,
        causes=_causes(found, today),
        signals=_signals(session, creditor, firsts, found, today),
        alarms=_alarms(months, quarters, known, a_lost),
        exit_calls=queries.open_exit_calls(session, creditor.id),
        a_lost=a_lost,
        ledger_begins=ledger_begins,
        losses=[one for one in found if one.lost_on >= begin],
        firsts={customer_id: day for customer_id, day in firsts.items() if day >= begin},
    )


def _settles_after(session: Session, creditor_id: int, rules: RuleBook) -> int:
    """After how many months most of those who fell silent in a month have been noticed: four in five, by the model."""
    waits = sorted(
        (
            noticed_after(parameters, purchases, first, last, rules) - expected_gap(parameters, purchases, first, last)
        ).days
        for parameters, purchases, first, last in queries.rhythms_of_lost(session, creditor_id)
    )
    days = waits[min(len(waits) - 1, len(waits) * 4 // 5)] if waits else 31 * rules.lost_months
    return max(1, math.ceil(days / 30.4))


def _months(begin: date, today: date, firsts: dict[int, date], found: Sequence[Lost], settles: int) -> list[Month]:
    starts = [add_months(begin, place) for place in range(MONTHS + 1)]
    began, stayed = sorted(firsts.values()), [one for one in found if one.returned_on is None]
    months = []
    for start in starts:
        end = add_months(start, 1)
        months.append(
            Month(
                first=start,
                active=sum(day < start for day in began) - sum(one.lost_on < start for one in stayed),
                new=sum(start <= day < end for day in began),
                lost=sum(start <= one.lost_on < end for one in stayed),
                reported=sum(start <= one.lost_on < end for one in found),
                complete=add_months(end, settles) <= today,
                running=end > today,
                rings_at=None,
                usual=None,
                lower=None,
            )
        )
    return months


def _usual(months: Sequence[Month]) -> control.Usual | None:
    """What is usual, from the complete months; the newest of them are left to be judged where enough remain."""
    complete = [month for month in months if month.complete and month.active > 0]
    if len(complete) - JUDGED_ONLY >= control.FEWEST_MONTHS:
        complete = complete[:-JUDGED_ONLY]
    return control.usual([month.lost for month in complete], [month.active for month in complete])


def _limited(month: Month, known: control.Usual | None) -> Month:
    if known is None or month.active <= 0:
        return month
    return Month(
        month.first, month.active, month.new, month.lost, month.reported, month.complete, month.running,
        control.rings_at(month.active, known), known.share, control.lower_limit(month.active, known),
    )  # fmt: skip


def _quarters(
    begin: date,
    today: date,
    firsts: dict[int, date],
    found: Sequence[Lost],
    won: Sequence[tuple[date, str, Decimal]],
    settles: int,
) -> list[Quarter]:
    quarters = []
    start = begin
    while start <= today:
        end = add_months(start, 3)
        left = [one for one in found if one.returned_on is None and start <= one.lost_on < end]
        quarters.append(
            Quarter(
                first=start,
                new=sum(start <= day < end for day in firsts.values()),
                lost=len(left),
                over=end <= today,
                lost_minor=_by_currency((one.currency, one.margin_minor) for one in left),
                won_minor=_by_currency((currency, minor) for day, currency, minor in won if start <= day < end),
                complete=add_months(end, settles) <= today,
            )
        )
        start = end
    return quarters[-QUARTERS - 1 :]


def _by_currency(parts: Iterable[tuple[str, Decimal | int]]) -> dict[str, int]:
    sums: dict[str, Decimal] = {}
    for currency, minor in parts:
        sums[currency] = sums.get(currency, Decimal(0)) + minor
    return {currency: round_half_up(minor) for currency, minor in sums.items()}


def _causes(found: Sequence[Lost], today: date) -> list[Cause]:
    """Why those of the last twelve months left, the dearest first."""
    lately = [one for one in found if one.returned_on is None and one.lost_on > today - queries.YEAR]
    by_reason: dict[str, list[Lost]] = {}
    for one in lately:
        by_reason.setdefault(one.reason or NOT_ASKED, []).append(one)
    causes = [
        Cause(reason, len(some), _by_currency((one.currency, one.margin_minor) for one in some))
        for reason, some in by_reason.items()
    ]
    return sorted(causes, key=lambda cause: (-sum(cause.minor.values()), cause.reason))


def _signals(
    session: Session, creditor: Creditor, firsts: dict[int, date], found: Sequence[Lost], today: date
) -> list[Signal]:
    since = add_months(today, -MONTHS)
    left = {one.customer_id: one.lost_on for one in found if one.returned_on is None}
    relations = [Relation(customer_id, first, left.get(customer_id)) for customer_id, first in firsts.items()]
    # Windows end early enough to know who stayed after them.
    windows = [end for place in range(1, QUARTERS) if (end := add_months(today, -3 * place)) <= today - WINDOW]
    events = queries.signals(session, creditor.id, since - WINDOW, today)
    return [one for one in seen_before(SIGNALS, events, relations, windows, since) if one.lost_seen or one.stayed_seen]


def _alarms(
    months: Sequence[Month], quarters: Sequence[Quarter], known: control.Usual | None, a_lost: Sequence[Lost]
) -> list[Alarm]:
    """What rings. Months and quarters that can still grow are looked at too: what rings in them rings rightly."""
    alarms = [
        Alarm(
            "beyond_limit",
            f"{month.lost} of {month.active} customers left in {month.first:%B %Y}; "
            f"{month.rings_at} or more are no chance.",
        )
        for month in months[_judged_from(months) :]
        if month.rings
    ]
    over = [month for month in months if not month.running and month.active > 0]
    for some in (over, [month for month in over if month.complete]):
        if known and control.run_above([month.lost for month in some], [month.active for month in some], known):
            said = f"Each of the {control.RUN} months to {some[-1].first:%B %Y} was above the usual {known.share:.1%}."
            alarms.append(Alarm("run_above", said))
            break
    past = [quarter for quarter in quarters if quarter.over]
    for pair in (past[-2:], [quarter for quarter in past if quarter.complete][-2:]):
        if len(pair) == 2 and all(quarter.lost > quarter.new for quarter in pair):
            counts = " and ".join(
                f"{quarter.lost} lost against {quarter.new} new in {quarter.name}" for quarter in pair
            )
            alarms.append(Alarm("shrinking", f"More left than came in two quarters running: {counts}."))
            break
    if a_lost:
        who = "A customer of grade A was" if len(a_lost) == 1 else f"{len(a_lost)} customers of grade A were"
        alarms.append(Alarm("a_lost", f"{who} lost in the last {A_LOST_DAYS} days."))
    return alarms


def _judged_from(months: Sequence[Month]) -> int:
    """The last year, and as far back as the newest complete months lie."""
    first_open = next((place for place, month in enumerate(months) if not month.complete), len(months))
    return max(0, min(len(months) - 12, first_open - JUDGED_ONLY))
