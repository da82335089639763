"""Why the customer is late: what was said, what speaks for which reason, and the form that says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.desk.flash import Flash, redirect
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer
from kulant.relationship.late_reasons import CUSTOMER, current, end_reason, set_reason
from kulant.relationship.why_late import ANSWERS, UNKNOWN, WORDS
from kulant.treatment.why_late import suggestions_for
from kulant.web.deps import ActDep, SettingsDep, Writer, safe_back

router = APIRouter(prefix="/customers/{number:path}")


@dataclass(frozen=True, slots=True)
class Likely:
    """A reason something speaks for."""

    code: str
    words: str
    confidence: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ShownLate:
    """What the panel says about why they are late."""

    code: str
    words: str
    said: str  # who said it, when, in their words; empty while nobody did
    answer: str  # what the reason asks for
    likely: list[Likely]
    choices: list[tuple[str, str, str]]  # code, words, what it asks for


def shown_late(session: Session, customer: Customer, today: date) -> ShownLate:
    """Why they are late, as said, and the reasons something speaks for."""
    row = current(session, customer.id)
    code = row.code if row is not None and row.code in WORDS else UNKNOWN
    said = ""
    if row is not None:
        who = "The customer said so" if row.said_by == CUSTOMER else "Said by a clerk"
        said = f"{who} on {day_words(row.set_on)}" + (f": “{row.text}”" if row.text else "")
    return ShownLate(
        code=code,
        words=WORDS.get(code, "Nobody has said why"),
        said=said,
        answer=ANSWERS[code],
        likely=[
            Likely(one.code, one.words, f"{one.confidence:.0%}".replace("%", "\u00a0%"), " ".join(one.evidence))
            for one in suggestions_for(session, customer, today)
            if one.code != code
        ],
        choices=[(code, words, ANSWERS[code]) for code, words in WORDS.items()],
    )


@router.post("/late-reason")
def say(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    reason: Annotated[str, Form(max_length=20)] = "", text: Annotated[str, Form(max_length=1000)] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:  # fmt: skip
    """Why they are late, as the clerk learned it; the next run goes by it."""
    customer = ledger.customer_by_number(act.session, viewer.creditor.id, number)
    if reason == UNKNOWN:
        end_reason(act, customer=customer)
        return redirect(settings, safe_back(back), Flash("The reason does not hold any more."))
    row = set_reason(act, customer=customer, code=reason, text=text)
    asks = ANSWERS[row.code]
    said = Flash(f"{WORDS[row.code]}.", f"From the next run on: {asks}.")
    return redirect(settings, safe_back(back), said)
