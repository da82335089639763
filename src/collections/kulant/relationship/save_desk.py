"""The save desk: a valuable customer about to leave goes to a named person, whose cases say how they ended.

Signs are a low chance of still being a customer, their own notice, or lost trust: as many strikes against us as stop
everything automatic. What a person's cases come to is for coaching, never for ranking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.loss_queries import open_loss
from kulant.relationship.losses import say_not_lost
from kulant.relationship.models import Score
from kulant.relationship.models_care import Loss, SaveCase, Strike
from kulant.relationship.rulebook import RuleBook
from kulant.relationship.said import said
from kulant.relationship.tasks import KeyedTask, add_keyed_task, keep_tasks, tick_off

GRADES = ("A", "B")
OUTCOMES = {"saved": "Saved", "lost": "Lost", "neither": "Neither"}
CALL, NOBODY, TRUST = "save_case", "save_desk_nobody", "trust_lost"
ENOUGH = 10  # a rate is shown from so many cases on that ended one way or the other


@dataclass(frozen=True, slots=True)
class Leaver:
    """A valuable customer who may be leaving, and the signs of it in words."""

    customer: Customer
    grade: str
    why: str


def keep_save_cases(act: Act, creditor: Creditor, rules: RuleBook) -> int:
    """Opens a case for every valuable customer who may be leaving and has none; returns how many are new.

    Where nobody is named for a grade, a task says so.
    """
    unnamed: dict[str, list[Leaver]] = defaultdict(list)
    opened = 0
    for leaver in _leavers(act, creditor, rules):
        owner = rules.save_desk.get(leaver.grade)
        if owner is None:
            unnamed[leaver.grade].append(leaver)
        else:
            _open(act, leaver, owner)
            opened += 1
    keep_tasks(act, creditor_id=creditor.id, kind=NOBODY, tasks=[_name(act, *one) for one in sorted(unnamed.items())])
    return opened


def keep_trust_tasks(act: Act, creditor: Creditor, rules: RuleBook) -> None:
    """Asks somebody to speak with each customer whose trust is lost and whom the save desk does not have: nothing goes
    out to them by itself, so nobody else would."""
    strikes = _strikes(act, creditor, rules)
    cases = _newest_cases(act.session, strikes)
    left = {
        customer_id: (count, last)
        for customer_id, (count, last) in strikes.items()
        if (case := cases.get(customer_id)) is None or (case.closed_on is not None and case.closed_on < last)
    }
    names = select(Customer).where(among(act.session, Customer.id, left)).order_by(Customer.id)
    customers = act.session.scalars(names).all() if left else ()
    tasks = [_speak(act, customer, *left[customer.id]) for customer in customers]
    keep_tasks(act, creditor_id=creditor.id, kind=TRUST, tasks=tasks)


def _speak(act: Act, customer: Customer, strikes: int, last: date) -> KeyedTask:
    mistakes = "a mistake" if strikes == 1 else f"{strikes} mistakes"
    text = f"We made {mistakes} with {customer.name}, so nothing goes out to them by itself. Speak with them."
    key = f"{TRUST}:{customer.id}:{last.isoformat()}"
    return KeyedTask(key=key, text=text, due=act.today + timedelta(days=1), customer_id=customer.id)


def _name(act: Act, grade: str, leavers: Sequence[Leaver]) -> KeyedTask:
    who = ", ".join(leaver.customer.name for leaver in leavers[:3]) + (" and others" if len(leavers) > 3 else "")
    may = "customer may be leaving" if len(leavers) == 1 else "customers may be leaving"
    text = f"{len(leavers)} {grade} {may} ({who}) and nobody is named to save them. Name a person in Settings, Rules."
    return KeyedTask(key=f"{NOBODY}:{grade}", text=text, due=act.today)


def _leavers(act: Act, creditor: Creditor, rules: RuleBook) -> list[Leaver]:
    """The valuable customers with a sign of leaving that is news: no case is open, and none dealt with it lately."""
    strikes = _strikes(act, creditor, rules)
    notices = _notices(act, creditor)
    suspects = select(Customer, Score.grade, Score.p_alive).join(Score, Score.customer_id == Customer.id)
    rows = act.session.execute(
        suspects.where(
            Customer.creditor_id == creditor.id,
            Score.grade.in_(GRADES),
            or_(Score.p_alive < rules.save_below, Customer.id.in_(sorted({*strikes, *notices}))),
        ).order_by(Customer.id)
    ).all()
    cases = _newest_cases(act.session, [customer.id for customer, _, _ in rows])
    found = []
    for customer, grade, p_alive in rows:
        count, last_strike = strikes.get(customer.id, (0, None))
        case, notice = cases.get(customer.id), notices.get(customer.id)
        news = max((day for day in (last_strike, notice) if day is not None), default=None)
        if case is None or _is_over(case, news, act.today, rules):
            found.append(Leaver(customer, grade, "; ".join(_signs(rules, p_alive, count, notice))))
    return found


def _strikes(act: Act, creditor: Creditor, rules: RuleBook) -> dict[int, tuple[int, date]]:
    """The customers whose trust is lost: how many strikes count, and the day of the last."""
    rows = act.session.execute(
        select(Strike.customer_id, func.count(), func.max(Strike.on))
        .where(
            Strike.creditor_id == creditor.id,
            Strike.on >= add_months(act.today, -rules.strike_months),
            Strike.on <= act.today,
            Strike.withdrawn_on.is_(None),
        )
        .group_by(Strike.customer_id)
        .having(func.count() >= rules.strikes_stop)
    )
    return {customer_id: (count, last) for customer_id, count, last in rows}


def _notices(act: Act, creditor: Creditor) -> dict[int, date]:
    """The customers who said that they are leaving and have not been won back, and when they said it."""
    rows = act.session.execute(
        select(Loss.customer_id, func.max(Loss.noticed_on))
        .where(Loss.creditor_id == creditor.id, Loss.how == "notice", Loss.returned_on.is_(None))
        .group_by(Loss.customer_id)
    )
    return dict(rows.all())


def _newest_cases(session: Session, customer_ids: Collection[int]) -> dict[int, SaveCase]:
    rows = session.scalars(
        select(SaveCase).where(among(session, SaveCase.customer_id, customer_ids)).order_by(SaveCase.id)
    )
    return {case.customer_id: case for case in rows}


def _is_over(case: SaveCase, news: date | None, today: date, rules: RuleBook) -> bool:
    """Whether a new case may follow the last one: it was closed long ago, or something has happened since."""
    if case.closed_on is None:
        return False
    return (today - case.closed_on).days >= rules.save_again_days or (news is not None and news > case.closed_on)


def _signs(rules: RuleBook, p_alive: float, strikes: int, notice: date | None) -> list[str]:
    signs = []
    if notice is not None:
        signs.append(f"said on {day_words(notice)} that they are leaving")
    if strikes:
        signs.append(f"{strikes} strikes against us: their trust is lost")
    if p_alive < rules.save_below:
        signs.append(f"only {_percent(p_alive)} likely to be still active (below {_percent(rules.save_below)})")
    return signs


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", "\u00a0%")


def _open(act: Act, leaver: Leaver, owner: str) -> SaveCase:
    customer = leaver.customer
    case = SaveCase(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        opened_on=act.today,
        why=leaver.why,
        grade=leaver.grade,
        owner=owner,
    )
    act.session.add(case)
    act.session.flush()
    text = f"{owner}: {customer.name} ({leaver.grade}) may be leaving: {leaver.why}. Call them."
    task = KeyedTask(key=f"save:{case.id}", text=text, due=act.today + timedelta(days=1), customer_id=customer.id)
    add_keyed_task(act, creditor_id=customer.creditor_id, kind=CALL, task=task)
    _tell(act, case, "save_case_opened", f"Given to {owner} to save: {leaver.why}.")
    return case


def close_case(act: Act, *, creditor: Creditor, case_id: int, outcome: str, words: str) -> SaveCase:
    """Closes a case with how it ended and what was done. Who was saved has not left, whatever they said."""
    case = act.session.scalar(select(SaveCase).where(SaveCase.id == case_id, SaveCase.creditor_id == creditor.id))
    if case is None:
        raise NotFound("no_case", "there is no such case of the save desk")
    if outcome not in OUTCOMES:
        raise Refusal("bad_outcome", f"a case ends as one of {', '.join(OUTCOMES)}, not {outcome!r}")
    if case.closed_on is not None:
        raise Conflict("case_closed", f"this case was closed on {day_words(case.closed_on)} already")
    case.closing = said(words, "closing a case")
    case.outcome, case.closed_on = outcome, act.today
    tick_off(act, creditor_id=creditor.id, key=f"save:{case.id}")
    _tell(act, case, "save_case_closed", f"Save case closed, {OUTCOMES[outcome].lower()}: {case.closing}")
    if outcome == "saved" and open_loss(act.session, case.customer_id) is not None:
        say_not_lost(act, creditor=creditor, customer=act.session.get_one(Customer, case.customer_id))
    return case


def _tell(act: Act, case: SaveCase, kind: str, text: str) -> None:
    act.tell(Event(kind, text, creditor_id=case.creditor_id, customer_id=case.customer_id, data={"save_case": case.id}))


def open_case_of(session: Session, customer_id: int) -> SaveCase | None:
    """The customer's open case."""
    return session.scalar(select(SaveCase).where(SaveCase.customer_id == customer_id, SaveCase.closed_on.is_(None)))


def cases(session: Session, creditor_id: int, *, opened: bool) -> list[tuple[SaveCase, Customer]]:
    """The open cases, oldest first; or those closed, newest first."""
    order = (SaveCase.opened_on, SaveCase.id) if opened else (SaveCase.closed_on.desc(), SaveCase.id.desc())
    state = SaveCase.closed_on.is_(None) if opened else SaveCase.closed_on.is_not(None)
    rows = session.execute(
        select(SaveCase, Customer)
        .join(Customer, Customer.id == SaveCase.customer_id)
        .where(SaveCase.creditor_id == creditor_id, state)
        .order_by(*order)
        .limit(500)
    )
    return [(case, customer) for case, customer in rows]


@dataclass(frozen=True, slots=True)
class SaveRate:
    """What a person's cases came to."""

    person: str
    open: int
    saved: int
    lost: int
    neither: int

    @property
    def rate(self) -> float | None:
        """Saved of those saved or lost; none while they are too few to say."""
        ended = self.saved + self.lost
        return self.saved / ended if ended >= ENOUGH else None


def save_rates(session: Session, creditor_id: int) -> list[SaveRate]:
    """A line for each person, in the order of their names: it is no ranking."""
    rows = session.execute(
        select(SaveCase.owner, SaveCase.outcome, func.count())
        .where(SaveCase.creditor_id == creditor_id)
        .group_by(SaveCase.owner, SaveCase.outcome)
    )
    counts: dict[str, dict[str | None, int]] = defaultdict(dict)
    for owner, outcome, count in rows:
        counts[owner][outcome] = count
    return [
        SaveRate(person, *(ended.get(outcome, 0) for outcome in (None, "saved", "lost", "neither")))
        for person, ended in sorted(counts.items())
    ]
