"""What we owe a customer besides money matters: answers, promises of ours kept, and the strikes against us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.desk.account import read_date
from kulant.desk.flash import Flash, redirect
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.ledger.queries import customer_by_number
from kulant.letters.uploads import uploads_of
from kulant.people.models import Creditor
from kulant.relationship import queries
from kulant.relationship.answers import promised_answers
from kulant.relationship.commitments import TASK as COMMITMENT_TASK
from kulant.relationship.commitments import break_commitment, keep_commitment
from kulant.relationship.concerns import OUTCOMES, answer_concern, answer_day, give_concern
from kulant.relationship.concerns import TASK as CONCERN_TASK
from kulant.relationship.hardship import handled_by, may_read, open_note
from kulant.relationship.models import Concern
from kulant.relationship.models_care import Commitment, HardshipNote, Strike, Upload
from kulant.relationship.rulebook import rules_of
from kulant.relationship.strikes import CODES, add_strike, counting_since, withdraw_strike
from kulant.web.deps import ActDep, RowId, SettingsDep, Writer, safe_back

router = APIRouter()

# Tasks about what stands among the open ends already.
SHOWN_AS_CARE = (CONCERN_TASK, COMMITMENT_TASK)

Back = Annotated[str, Form()]
Words = Annotated[str, Form(max_length=4000)]
Name = Annotated[str, Form(max_length=120)]


@dataclass(frozen=True, slots=True)
class Care:
    """The open ends of a relationship. ``answer_days``: until when a complaint and a request of today is answered."""

    concerns: Sequence[Concern]
    commitments: Sequence[Commitment]
    strikes: Sequence[Strike]
    counting: int
    stop: int
    answer_days: dict[str, date]
    owner: str
    disputes: Sequence[tuple[Dispute, OpenItem]] = ()
    files: Sequence[Upload] = ()
    hardship: HardshipNote | None = None

    codes = CODES
    outcomes = OUTCOMES

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        told = self.disputes or self.files or self.hardship
        return not (self.concerns or self.commitments or self.strikes or told)

    @property
    def hardship_words(self) -> str:
        """What everybody here may know of it."""
        return handled_by(self.hardship) if self.hardship else ""

    def may_read(self, role: str, *names: str) -> bool:
        """Whether somebody may read what the customer told us in confidence."""
        return self.hardship is not None and may_read(self.hardship, role=role, names=names)


def shown_care(session: Session, creditor: Creditor, customer: Customer, today: date) -> Care:
    """What waits for us, our mistakes that count today or were withdrawn lately, and what they told us in the portal.

    Eight statements.
    """
    rules = rules_of(session, creditor.id)
    strikes = queries.strikes(session, [customer.id], counting_since(today, rules), today)
    return Care(
        concerns=queries.open_concerns(session, [customer.id]),
        commitments=queries.open_commitments(session, [customer.id]),
        strikes=strikes,
        counting=sum(strike.withdrawn_on is None for strike in strikes),
        stop=rules.strikes_stop,
        answer_days={kind: answer_day(kind, today, rules, creditor.country) for kind in ("complaint", "request")},
        owner=customer.account_manager or "",
        disputes=promised_answers(session, customer.id),
        files=uploads_of(session, customer.id),
        hardship=open_note(session, customer.id),
    )


@router.post("/concerns/{concern_id}/answer")
def answer(
    act: ActDep, viewer: Writer, settings: SettingsDep, concern_id: RowId, answer: Words,
    outcome: Annotated[str, Form(max_length=20)] = "", our_error: Annotated[bool, Form()] = False, back: Back = "/",
) -> Response:  # fmt: skip
    """Closes a complaint or request with the answer given."""
    concern = queries.concern_by_id(act.session, viewer.creditor.id, concern_id)
    answer_concern(act, concern=concern, answer=answer, outcome=outcome or None, our_error=our_error)
    detail = "It counts as a strike against us." if our_error else ""
    return redirect(settings, safe_back(back), Flash(f"{concern.kind.capitalize()} answered.", detail))


@router.post("/concerns/{concern_id}/give")
def give(
    act: ActDep, viewer: Writer, settings: SettingsDep, concern_id: RowId, owner: Name, back: Back = "/"
) -> Response:
    """Gives a complaint or request to somebody else."""
    concern = queries.concern_by_id(act.session, viewer.creditor.id, concern_id)
    give_concern(act, concern=concern, owner=owner)
    return redirect(settings, safe_back(back), Flash(f"{concern.owner} takes care of it."))


@router.post("/commitments/{commitment_id}/kept")
def kept(act: ActDep, viewer: Writer, settings: SettingsDep, commitment_id: RowId, back: Back = "/tasks") -> Response:
    """We have done what we promised."""
    commitment = queries.commitment_by_id(act.session, viewer.creditor.id, commitment_id)
    keep_commitment(act, commitment=commitment)
    return redirect(settings, safe_back(back), Flash("Kept.", commitment.text))


@router.post("/commitments/{commitment_id}/broken")
def broken(
    act: ActDep, viewer: Writer, settings: SettingsDep, commitment_id: RowId, why: Words = "", back: Back = "/tasks"
) -> Response:
    """We have not done what we promised, or will not."""
    commitment = queries.commitment_by_id(act.session, viewer.creditor.id, commitment_id)
    break_commitment(act, commitment=commitment, why=why)
    return redirect(
        settings, safe_back(back), Flash("Recorded as not kept.", "With the next daily run it counts as a strike.")
    )


@router.post("/customers/{number:path}/strike")
def strike(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str, text: Words,
    code: Annotated[str, Form(max_length=20)] = "invoice_error", on: Annotated[str, Form(max_length=10)] = "",
    back: Back = "/",
) -> Response:  # fmt: skip
    """Counts a mistake of ours."""
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    add_strike(act, customer=customer, code=code, text=text, on=read_date(on, "on"))
    return redirect(settings, safe_back(back), Flash("Counted as a strike against us."))


@router.post("/strikes/{strike_id}/withdraw")
def withdraw(
    act: ActDep, viewer: Writer, settings: SettingsDep, strike_id: RowId, reason: Words, back: Back = "/"
) -> Response:
    """Strikes one out that was counted wrongly."""
    found = queries.strike_by_id(act.session, viewer.creditor.id, strike_id)
    withdraw_strike(act, strike=found, reason=reason)
    return redirect(settings, safe_back(back), Flash(f"The strike of {day_words(found.on)} is withdrawn."))
