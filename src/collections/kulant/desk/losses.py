"""A customer who left, on their page: since when and why, and the form to say so or to take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.desk.flash import Flash, redirect
from kulant.ledger.queries import customer_by_number
from kulant.relationship.leaving import REASONS
from kulant.relationship.loss_queries import open_loss
from kulant.relationship.losses import say_lost, say_not_lost
from kulant.web.deps import ActDep, SettingsDep, Writer, safe_back

router = APIRouter(prefix="/customers/{number:path}")


@dataclass(frozen=True, slots=True)
class ShownLoss:
    """What the page says of a loss, and the reasons there are to choose from."""

    since: date | None  # none: still a customer
    told: bool  # they or somebody said so; else their silence did
    code: str
    reason: str
    words: str
    reasons: list[tuple[str, str]]


def shown_loss(session: Session, customer_id: int) -> ShownLoss:
    """The customer's loss as their page shows it."""
    reasons = list(REASONS.items())
    loss = open_loss(session, customer_id)
    if loss is None:
        return ShownLoss(None, False, "unknown", "", "", reasons)
    reason = REASONS[loss.reason].lower() if loss.reason else ""
    return ShownLoss(loss.lost_on, loss.how == "notice", loss.reason or "unknown", reason, loss.words or "", reasons)


@router.post("/lost")
def lost(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    reason: Annotated[str, Form(max_length=20)], words: Annotated[str, Form(max_length=4000)] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:  # fmt: skip
    """The customer left, and this is why."""
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    say_lost(act, creditor=viewer.creditor, customer=customer, reason=reason, words=words)
    return redirect(
        settings, safe_back(back), Flash(f"{customer.name} is counted as lost.", "It is in the churn report.")
    )


@router.post("/not-lost")
def not_lost(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str, back: Annotated[str, Form()] = "/"
) -> Response:
    """They are still a customer."""
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    say_not_lost(act, creditor=viewer.creditor, customer=customer)
    return redirect(settings, safe_back(back), Flash(f"{customer.name} is a customer again."))
