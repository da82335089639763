"""Contacts that another program knows of, taken in once each: calls, meetings, e-mails, complaints, surveys, notes.

Each has a number of its own there. What was taken in stands on the timeline and is not changed: a row that comes again
says the same and changes nothing, or it is refused. One thing may follow later: the answer to a complaint or request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from sqlalchemy import insert

from kulant.core.events import Event
from kulant.db import Act
from kulant.intake.fields import Fault
from kulant.intake.interactions_csv import ANSWERED, check_sound
from kulant.intake.records import InteractionRecord, Rejection
from kulant.intake.result import ImportResult
from kulant.ledger.queries import work_alone
from kulant.people.models import Creditor
from kulant.relationship import queries
from kulant.relationship.concerns import OUTCOMES, answer_day
from kulant.relationship.expectations import Answer, take_answers
from kulant.relationship.models import Concern
from kulant.relationship.models_care import Interaction
from kulant.relationship.queries import KnownCustomer
from kulant.relationship.rulebook import RuleBook, rules_of

_UNSAID = {"complaint": "A complaint; what it was about was not noted.", "request": "A request; it was not noted."}


@dataclass(slots=True)
class Recorded:
    """What became of the records: how many were new, answered since, known already; and those refused, with reasons."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)


def record_interactions(act: Act, creditor: Creditor, records: Sequence[InteractionRecord]) -> Recorded:
    """Puts contacts on the customers' timelines, each once by its ``number``; a fixed number of statements for all.

    ``records`` are plain values (``kulant.intake.records.InteractionRecord``): ``row`` is whatever the caller numbers
    them by and comes back with a rejection. Refused with a reason, the others being taken: an unknown customer or
    kind, parts that contradict each other, a day after the business date, a number that is known with other content.
    A complaint or request opens a concern (without ``answered_on`` it waits for our answer); the same record again
    with its answer closes it and counts as updated. Does not commit.
    """
    work_alone(act.session, creditor.id)
    book = _Book(act, creditor, records)
    result = Recorded()
    for record in records:
        try:
            _count(result, book.take(record))
        except Fault as fault:
            result.rejected.append(fault.rejection(record.row))
    book.write()
    return result


class InteractionImport:
    """Takes a file's contacts in, chunk by chunk."""

    def __init__(self, act: Act, creditor: Creditor, result: ImportResult) -> None:
        self._act, self._creditor, self._result = act, creditor, result

    def take(self, records: Sequence[InteractionRecord]) -> None:
        """Records these and counts what became of them."""
        recorded = record_interactions(self._act, self._creditor, records)
        self._result.created += recorded.created
        self._result.updated += recorded.updated
        self._result.unchanged += recorded.unchanged
        for rejection in recorded.rejected:
            self._result.reject(rejection)

    def finish(self) -> None:
        """Nothing waits for the end of the file."""


def _count(result: Recorded, change: str) -> None:
    setattr(result, change, getattr(result, change) + 1)


@dataclass(slots=True)
class Kept:
    """What is known of a contact: from earlier, or from an earlier record of this call."""

    said: str
    record: InteractionRecord | None = None  # of this call; none when it was known before
    customer: KnownCustomer | None = None
    concern: Concern | None = None
    answer: tuple[date, str | None] | None = None  # the day and how it ended
    answered_now: bool = False


class _Book:
    """The contacts of one call, beside those known before."""

    def __init__(self, act: Act, creditor: Creditor, records: Sequence[InteractionRecord]) -> None:
        self._act, self._creditor = act, creditor
        self._customers = queries.customers_known(act.session, creditor.id, {one.customer_number for one in records})
        found = queries.known_interactions(act.session, creditor.id, {one.number for one in records})
        self._kept = {number: _known(said_then, concern) for number, (said_then, concern) in found.items()}

    def take(self, record: InteractionRecord) -> str:
        """Judges one record; says whether it is created, updated or unchanged."""
        check_sound(record)
        customer = self._customers.get(record.customer_number)
        if customer is None:
            raise Fault("customer_id", record.customer_number, "is no customer known here; import the customer first")
        for name, day in (("date", record.on), ("answered_date", record.answered_on)):
            if day is not None and day > self._act.today:
                raise Fault(name, day.isoformat(), f"is after the business date {self._act.today}")
        kept = self._kept.get(record.number)
        if kept is None:
            self._kept[record.number] = Kept(_print(record), record, customer, answer=_answer(record))
            return "created"
        if kept.said != _print(record):
            raise Fault(
                "interaction_id",
                record.number,
                "is known already with other content, and a timeline is not changed; give what is new its own number",
            )
        return self._answered(kept, record)

    def _answered(self, kept: Kept, record: InteractionRecord) -> str:
        answer = _answer(record)
        if answer is None or answer == kept.answer:
            return "unchanged"
        if kept.answer is not None:
            day = kept.answer[0].isoformat()
            raise Fault("answered_date", answer[0].isoformat(), f"differs: {record.number} was answered on {day}")
        kept.answer, kept.answered_now = answer, True
        return "updated"

    def write(self) -> None:
        """Keeps what is new, and tells it."""
        rules = rules_of(self._act.session, self._creditor.id)
        fresh = [(number, kept) for number, kept in self._kept.items() if kept.record is not None]
        for _, kept in fresh:
            self._act.tell(_event(self._creditor, kept))
            if kept.record is not None and kept.record.kind in ANSWERED:
                kept.concern = _concern(self._creditor, kept, rules)
                self._act.session.add(kept.concern)
        self._act.session.flush()
        if fresh:
            self._act.session.execute(insert(Interaction), [_row(self._creditor, *one) for one in fresh])
        for kept in self._kept.values():
            if kept.concern is not None and kept.answer is not None and (kept.record or kept.answered_now):
                _close(self._act, kept.concern, *kept.answer)
        take_answers(self._act, self._creditor, rules, [_survey(kept) for _, kept in fresh if _is_survey(kept)])


def _is_survey(kept: Kept) -> bool:
    return kept.record is not None and kept.record.kind == "survey" and kept.record.got is not None


def _survey(kept: Kept) -> Answer:
    assert kept.record is not None and kept.customer is not None and kept.record.got is not None
    record = kept.record
    return Answer(kept.customer.id, record.on, record.expected, kept.record.got, record.text or None)


def _known(said_then: str, concern: Concern | None) -> Kept:
    if concern is None or concern.answered_on is None:
        return Kept(said_then, concern=concern)
    return Kept(said_then, concern=concern, answer=(concern.answered_on, concern.outcome or concern.answer))


def _print(record: InteractionRecord) -> str:
    """A hash of all that the record says and that cannot change later."""
    plain = (
        record.customer_number, record.on.isoformat(), record.kind, record.direction, record.text, record.by,
        None if record.kind in ANSWERED else record.outcome, record.expected, record.got,
    )  # fmt: skip
    return sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()


def _answer(record: InteractionRecord) -> tuple[date, str | None] | None:
    return (record.answered_on, record.outcome) if record.answered_on is not None else None


def _concern(creditor: Creditor, kept: Kept, rules: RuleBook) -> Concern:
    assert kept.record is not None and kept.customer is not None
    record = kept.record
    return Concern(
        creditor_id=creditor.id,
        customer_id=kept.customer.id,
        kind=record.kind,
        text=record.text or _UNSAID[record.kind],
        opened_on=record.on,
        answer_by=answer_day(record.kind, record.on, rules, creditor.country),
        owner=kept.customer.account_manager or record.by,
    )


def _row(creditor: Creditor, number: str, kept: Kept) -> Mapping[str, object]:
    assert kept.record is not None and kept.customer is not None
    return {
        "creditor_id": creditor.id,
        "customer_id": kept.customer.id,
        "number": number,
        "kind": kept.record.kind,
        "on": kept.record.on,
        "said": kept.said,
        "concern_id": kept.concern.id if kept.concern else None,
    }


def _event(creditor: Creditor, kept: Kept) -> Event:
    assert kept.record is not None and kept.customer is not None
    record = kept.record
    points = {"expected": record.expected, "got": record.got}
    return Event(
        record.kind,
        _text(record),
        creditor_id=creditor.id,
        customer_id=kept.customer.id,
        data={"interaction": record.number} | {name: value for name, value in points.items() if value is not None},
        direction=record.direction or ("in" if record.kind in ANSWERED else None),
        on=record.on,
        by=record.by or "",
    )


def _text(record: InteractionRecord) -> str:
    parts = [record.text] if record.text else []
    if record.expected is not None:
        parts.append(f"Expected {record.expected} of 10.")
    if record.got is not None:
        parts.append(f"Got {record.got} of 10.")
    if record.outcome and record.kind not in ANSWERED:
        parts.append(f"Outcome: {record.outcome}")
    return " ".join(parts) or _UNSAID.get(record.kind, "")


def _close(act: Act, concern: Concern, on: date, ended: str | None) -> None:
    """The answer as the other program tells of it: how a complaint ended, or a request's answer in words."""
    concern.answered_on = on
    words = ended
    if concern.kind == "complaint":
        concern.outcome, words = ended, OUTCOMES[ended].lower() if ended else None
    else:
        concern.answer = ended
    act.tell(
        Event(
            f"{concern.kind}_answered",
            f"{concern.kind.capitalize()} answered" + (f": {words}" if words else "."),
            creditor_id=concern.creditor_id,
            customer_id=concern.customer_id,
            data={"concern": concern.id, "outcome": concern.outcome},
            direction="out",
            on=on,
            by="",
        )
    )
