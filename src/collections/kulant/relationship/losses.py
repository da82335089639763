"""Customers who left: noticed by their silence or told by somebody, with the reason, and what it had left us in a year.

Nobody tells a supplier that they have stopped buying. A customer counts as lost when the probability that they still
buy has been below the threshold for so many months running; since without a purchase it only falls, it is enough to
look at it as it was that many months ago. The loss is dated at the last purchase and the gap that was to be expected
after it. Whoever buys again was not lost: the row stays, with the day of the return, so that a report can show both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from kulant.core.calendar import add_business_days
from kulant.core.errors import NotFound, Refusal
from kulant.core.events import Event
from kulant.core.money import round_half_up
from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.bulk import reserve_ids
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship import loss_queries as queries
from kulant.relationship.leaving import REASONS, Silent, expected_gap, grade_before, is_lost
from kulant.relationship.models import Task
from kulant.relationship.models_care import Loss
from kulant.relationship.rulebook import RuleBook, rules_of
from kulant.relationship.tasks import SELF

# Nobody is called about a loss that had already been one this long ago: an old ledger brings many at once.
STALE = timedelta(days=90)
# What was ordered before a customer gave notice is still invoiced; only a purchase after these days is a return.
RUN_OUT = timedelta(days=31)


def notice_losses(act: Act, creditor: Creditor) -> int:
    """Notices who left and who came back, and asks for the exit calls; returns how many losses and returns are new."""
    rules = rules_of(act.session, creditor.id)
    returned = _notice_returns(act, creditor)
    silent = queries.silent_customers(act.session, creditor.id, below=rules.lost_below, today=act.today)
    lost = [one for one in silent if is_lost(one, rules, act.today)]
    if lost:
        _write_down(act, creditor, lost, rules)
    return returned + len(lost)


def _notice_returns(act: Act, creditor: Creditor) -> int:
    found = queries.returns(act.session, creditor.id, today=act.today, run_out=RUN_OUT)
    for loss, back in found:
        loss.returned_on = back
        act.tell(
            Event(
                "customer_returned",
                f"Bought again on {day_words(back)}; was counted as lost since {day_words(loss.lost_on)}.",
                creditor_id=creditor.id,
                customer_id=loss.customer_id,
                data={"loss": loss.id, "lost_on": loss.lost_on.isoformat()},
            )
        )
    if found:
        _end_exit_calls(act, creditor, [loss for loss, _ in found], SELF)
        act.session.flush()
    return len(found)


def _write_down(act: Act, creditor: Creditor, lost: Sequence[Silent], rules: RuleBook) -> None:
    ids = [one.customer_id for one in lost]
    margins = queries.margins_of_last_year(act.session, {one.customer_id: (one.currency, one.last) for one in lost})
    early = queries.before_break_even(act.session, ids)
    least = queries.least_values(act.session, creditor.id)
    losses = [
        Loss(
            id=loss_id,
            creditor_id=creditor.id,
            customer_id=one.customer_id,
            lost_on=min(one.last + expected_gap(one.parameters, one.purchases, one.first, one.last), act.today),
            noticed_on=act.today,
            how="silence",
            grade=grade_before(round_half_up(margins[one.customer_id]), least.get(one.currency, {}), one.grade),
            currency=one.currency,
            margin_12m_minor=round_half_up(margins[one.customer_id]),
            p_alive=one.p_alive,
            before_break_even=one.customer_id in early,
        )
        for loss_id, one in zip(reserve_ids(act.session, Loss, len(lost)), lost, strict=True)
    ]
    act.session.add_all(losses)
    for one, loss in zip(lost, losses, strict=True):
        if not is_lost(one, rules, act.today - STALE):
            _ask_for_exit_call(act, creditor, loss, rules)
        act.tell(
            Event(
                "customer_lost",
                f"No purchase since {day_words(one.last)}; still a customer with a probability of "
                f"{_percent(one.p_alive)}, below {rules.lost_below:.0%} for {rules.lost_months} months. "
                f"Counted as lost since {day_words(loss.lost_on)}.",
                creditor_id=creditor.id,
                customer_id=one.customer_id,
                data={"loss": loss.id, "lost_on": loss.lost_on.isoformat(), "p_alive": round(one.p_alive, 4)},
            )
        )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"


def _ask_for_exit_call(act: Act, creditor: Creditor, loss: Loss, rules: RuleBook) -> None:
    """Somebody should ring them and ask why, while they still remember."""
    act.session.add(
        Task(
            creditor_id=creditor.id,
            customer_id=loss.customer_id,
            kind="exit_call",
            key=_exit_call(loss.id),
            text=f"Exit call: seems to have left us around {day_words(loss.lost_on)}. Ask why, and write it down.",
            due=add_business_days(act.today, rules.exit_call_days, creditor.country),
            created_on=act.today,
        )
    )


def _end_exit_calls(act: Act, creditor: Creditor, losses: Sequence[Loss], by: str) -> None:
    for task in queries.open_tasks(act.session, creditor.id, [_exit_call(loss.id) for loss in losses]):
        task.done_on, task.done_by = act.today, by


def _exit_call(loss_id: int) -> str:
    return f"exit_call:{loss_id}"


def say_lost(act: Act, *, creditor: Creditor, customer: Customer, reason: str, words: str = "") -> Loss:
    """Writes down that a customer left and why: they said so, or the exit call told it of one noticed before."""
    if reason not in REASONS:
        raise Refusal("bad_reason", f"the reason {reason!r} is not one of {', '.join(REASONS)}")
    loss = queries.open_loss(act.session, customer.id) or _given_notice(act, creditor, customer)
    loss.reason, loss.words = reason, words.strip() or None
    act.session.flush()
    _end_exit_calls(act, creditor, [loss], act.actor)
    said = f" {loss.words}" if loss.words else ""
    act.tell(
        Event(
            "customer_lost" if loss.how == "notice" and loss.noticed_on == act.today else "loss_explained",
            f"Left us: {REASONS[reason].lower()}.{said}",
            creditor_id=creditor.id,
            customer_id=customer.id,
            data={"loss": loss.id, "reason": reason, "lost_on": loss.lost_on.isoformat()},
        )
    )
    return loss


def _given_notice(act: Act, creditor: Creditor, customer: Customer) -> Loss:
    score = queries.score_of(act.session, customer.id)
    currency = score.currency if score else creditor.currency
    margins = queries.margins_of_last_year(act.session, {customer.id: (currency, act.today)})
    loss = Loss(
        creditor_id=creditor.id,
        customer_id=customer.id,
        lost_on=act.today,
        noticed_on=act.today,
        how="notice",
        grade=score.grade if score else None,
        currency=currency,
        margin_12m_minor=round_half_up(margins[customer.id]),
        p_alive=score.p_alive if score else None,
        before_break_even=customer.id in queries.before_break_even(act.session, [customer.id]),
    )
    act.session.add(loss)
    return loss


def say_not_lost(act: Act, *, creditor: Creditor, customer: Customer) -> Loss:
    """Takes a loss back: they are still a customer, whatever the silence said; not noticed again before they buy."""
    loss = queries.open_loss(act.session, customer.id)
    if loss is None:
        raise NotFound("not_lost", f"customer {customer.number} is not counted as lost")
    loss.returned_on = act.today
    act.session.flush()
    _end_exit_calls(act, creditor, [loss], act.actor)
    act.tell(
        Event(
            "customer_returned",
            f"Still a customer; was counted as lost since {day_words(loss.lost_on)}.",
            creditor_id=creditor.id,
            customer_id=customer.id,
            data={"loss": loss.id, "lost_on": loss.lost_on.isoformat()},
        )
    )
    return loss
