"""Verbs of care: why they are late, what we promised, how it went, our mistakes, and who leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from kulant.demo.play import Play
from kulant.ledger.queries import open_disputes
from kulant.relationship import expectations, late_reasons, losses
from kulant.relationship.commitments import keep_commitment, make_commitment
from kulant.relationship.concerns import settle_dispute
from kulant.relationship.models_care import Commitment


def _because(one: Play) -> None:
    """The clerk says why they are late: ``amount`` names the reason."""
    late_reasons.set_reason(one.act, customer=one.customer, code=one.scene.amount, text=one.scene.text)


def _commit(one: Play) -> None:
    due = one.act.today + timedelta(days=one.scene.days)
    make_commitment(one.act, customer=one.customer, text=one.scene.text, due=due)


def _keep(one: Play) -> None:
    open_ones = select(Commitment).where(Commitment.customer_id == one.customer.id, Commitment.status == "open")
    for commitment in one.act.session.scalars(open_ones):
        keep_commitment(one.act, commitment=commitment)


def _survey(one: Play) -> None:
    """How the first delivery went: ``days`` is what they expected, ``kept`` what they got."""
    expectations.answer_check(
        one.act, customer=one.customer, expected=one.scene.days, got=one.scene.kept, words=one.scene.text
    )


def _our_error(one: Play) -> None:
    """The dispute ends with our being wrong."""
    for dispute in open_disputes(one.act.session, [one.customer.id]).values():
        settle_dispute(one.act, dispute=dispute, outcome=one.scene.text, our_error=True)


def _lost(one: Play) -> None:
    """They say that they leave: ``amount`` names the reason."""
    losses.say_lost(
        one.act, creditor=one.creditor, customer=one.customer, reason=one.scene.amount, words=one.scene.text
    )


VERBS: dict[str, Callable[[Play], None]] = {
    "because": _because,
    "commit": _commit,
    "keep": _keep,
    "survey": _survey,
    "our_error": _our_error,
    "lost": _lost,
}
