"""Following running plans: what the ledger says has been paid on them, which are complete, which run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.core.money import decimal_string
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger import queries as ledger
from kulant.ledger.adjustments import write_off
from kulant.ledger.charges import CHARGES
from kulant.ledger.matching_queries import charges_of
from kulant.ledger.models import OpenItem
from kulant.ledger.posting import Allocation, allocate, reverse_allocation
from kulant.ledger.rules import asked, spread
from kulant.ledger.service import disputed_minor
from kulant.people.models import Creditor
from kulant.plans import follow_queries, prices, queries, rules, settled_queries
from kulant.plans.changes import pay_all_minor
from kulant.plans.changing import running
from kulant.plans.costs import let_cost_go
from kulant.plans.models import Instalment, Plan
from kulant.plans.states import step


def follow_payments(act: Act, creditor: Creditor) -> list[Plan]:
    """Brings every running plan up to date with the ledger; returns those that are complete now.

    Money that lies unallocated on the customer's account goes to the plan first, and so does what was taken for fees
    and interest that rest meanwhile. What still rests of them when the plan is kept is let go. Only plans whose account
    has moved are opened, found by a few statements for all. Running it again changes nothing.
    """
    act.session.flush()
    completed = []
    for plan in _moved(act, creditor):
        queries.lock_account(act.session, plan.customer_id, plan.currency)
        if plan.status == "completed" and not _runs_again(act, plan):
            continue
        _take_back_from_charges(act, plan)
        _take_credits(act, plan)
        act.session.flush()
        pays_all = _pays_all(act, plan)
        instalments, received = _bring_up_to_date(act, plan)
        all_paid = all(part.paid_minor == part.amount_minor for part in instalments)
        if all_paid or _paid_early(act, plan, instalments, pays_all, received):
            _complete(act, creditor, plan, instalments)
            completed.append(plan)
    return completed


@dataclass(frozen=True, slots=True)
class _Since:
    """What became of one item since the plan was agreed, in minor units."""

    item_id: int
    share: int  # of the item, that the plan covers
    came: int  # money and credits for the share, and for what was taken back from before the plan
    reopened: int  # settled before the plan, and taken back since

    @property
    def pays(self) -> int:
        """What came for the item and may count for the plan; more pays what was left out of it."""
        return min(self.share + self.reopened, self.came)


def paid_minor(session: Session, plan: Plan) -> int:
    """How much of what the plan covers has been settled since it was agreed.

    A credit note first covers the part of an item that was left out of the plan (it was disputed then), and counts for
    the plan only beyond that; a payment always counts. Money taken back by the bank is open again. Where that money had
    come before the plan, what is paid now counts for the plan first, whichever invoice it settles.
    """
    since = _since_agreed(session, plan)
    return min(sum(one.share for one in since), sum(one.pays for one in since))


def reopened_minor(session: Session, plan: Plan) -> int:
    """What was settled before the plan, was taken back since and is open: owed beside what the plan covers."""
    since = _since_agreed(session, plan)
    paid_beyond = max(0, sum(one.pays - one.share for one in since))
    return sum(one.reopened for one in since) - paid_beyond


def _since_agreed(session: Session, plan: Plan) -> list[_Since]:
    shares = {part.item_id: part.amount_minor for part, _ in queries.items_of(session, plan.id)}
    mark = plan.ledger_mark or 0
    settled = settled_queries.settled_since(session, shares, mark)
    before = settled_queries.balance_at(session, shares, mark)
    since = []
    for item_id, share in shares.items():
        left_out = max(0, before.get(item_id, 0) - share)
        one = settled[item_id]
        came = one.payments + max(0, one.credits - left_out)
        since.append(_Since(item_id, share, came, one.reopened))
    return since


def disputed_in_plan(act: Act, plan: Plan) -> int:
    """How much of what is left of the plan the customer disputes, and need not pay for now."""
    paid = {one.item_id: min(one.share, one.came) for one in _since_agreed(act.session, plan)}
    disputes = ledger.open_disputes(act.session, [plan.customer_id])
    total = 0
    for part, item in queries.items_of(act.session, plan.id):
        undisputed = asked(item.open_minor, disputed_minor(disputes.get(item.id), item))
        total += max(0, part.amount_minor - paid[item.id] - undisputed)
    return total


def _moved(act: Act, creditor: Creditor) -> Sequence[Plan]:
    """The plans whose account has moved since they were looked at, oldest first."""
    ids = follow_queries.moved_plans(act.session, creditor.id, act.today)
    return queries.plans_by_ids(act.session, ids)


def _take_back_from_charges(act: Act, plan: Plan) -> None:
    """Frees what payments have paid on resting charges since the plan was agreed, as far as the plan is not paid yet.

    Where costs are paid first, an instalment would else go to the charges, and a plan that is kept would be broken.
    """
    items = {item.id: item for _, item in queries.items_of(act.session, plan.id)}
    room = sum(item.open_minor for item in items.values())
    for entry, charge, money in settled_queries.paid_on_charges(act.session, list(items), plan.ledger_mark or 0):
        if room <= 0:
            return
        paid, on = -entry.amount_minor, entry.on
        freed = min(room, paid)
        reverse_allocation(act, entry, on=act.today)
        if freed < paid:
            allocate(act, [Allocation(money, charge, paid - freed, on)])
        room -= freed
        act.session.flush()


def _take_credits(act: Act, plan: Plan) -> None:
    items = {item.id: item for _, item in queries.items_of(act.session, plan.id)}
    for credit in queries.claim(act.session, plan.customer_id, plan.currency, act.today).credits:
        room = [(item.id, item.open_minor) for item in items.values() if item.open_minor > 0]
        on = credit.issue_date or act.today
        parts = spread(-credit.open_minor, room)
        allocate(act, [Allocation(credit, items[item_id], amount, on) for item_id, amount in parts])


def _bring_up_to_date(act: Act, plan: Plan) -> tuple[list[Instalment], int]:
    """The instalments with what is paid of them by now, and how much has come since they were looked at."""
    instalments = list(queries.instalments_of(act.session, plan.id))
    paid = rules.progress([part.amount_minor for part in instalments], paid_minor(act.session, plan))
    received = sum(paid) - sum(part.paid_minor for part in instalments)
    for part, amount in zip(instalments, paid, strict=True):
        part.paid_minor = amount
    if received:
        _tell_progress(act, plan, received, sum(paid), sum(part.amount_minor for part in instalments))
    return instalments, received


def _tell_progress(act: Act, plan: Plan, received: int, paid: int, agreed: int) -> None:
    amount, done, total = (amount_words(n, plan.currency) for n in (abs(received), paid, agreed))
    kind, verb = ("plan_paid", "received on") if received > 0 else ("plan_payment_reversed", "taken back from")
    act.tell(
        Event(
            kind,
            f"{amount} {verb} payment plan {plan.id}; {done} of {total} is paid.",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id, "amount": decimal_string(abs(received), plan.currency)},
        )
    )


def _pays_all(act: Act, plan: Plan) -> int | None:
    """What would pay all of the plan on the day of the newest money, as it stood before that was counted; none where
    nothing can be spared."""
    agreed = queries.accepted_offer(act.session, plan)
    if agreed is None or agreed.rate == 0:
        return None
    day = follow_queries.newest_money(act.session, plan.id, plan.ledger_mark or 0)
    return pay_all_minor(running(act.session, plan, act.today), min(day or act.today, act.today))


def _paid_early(act: Act, plan: Plan, instalments: Sequence[Instalment], pays_all: int | None, received: int) -> bool:
    """Whether so much came that all is paid before its time, and what is left is interest of days that are spared.

    A rest below one whole unit counts as nothing.
    """
    left = sum(part.amount_minor - part.paid_minor for part in instalments)
    if pays_all is None or left > follow_queries.interest_to_spare(act.session, plan.id):
        return False
    return received + prices.unit_of(plan.currency) > pays_all


def _complete(act: Act, creditor: Creditor, plan: Plan, instalments: Sequence[Instalment]) -> None:
    _pay_claim_before_interest(act, plan, sum(part.amount_minor - part.paid_minor for part in instalments))
    spared = let_cost_go(act, plan, f"payment plan {plan.id} was paid early")
    if spared:
        for part in instalments:
            part.paid_minor = part.amount_minor
    step(
        act,
        plan,
        "completed",
        f"Payment plan {plan.id} is complete: everything agreed has been paid"
        + (f", {amount_words(spared, plan.currency)} of interest was spared." if spared else "."),
        reason="everything is paid",
    )
    _let_charges_go(act, creditor, plan)


def _pay_claim_before_interest(act: Act, plan: Plan, spared: int) -> None:
    """Where costs are paid first, the interest to be spared has been paid, and a rest of the claim has not: turns it
    round."""
    open_items = [item for _, item in queries.items_of(act.session, plan.id) if item.open_minor > 0]
    room = [item for item in open_items if item.kind not in CHARGES]
    unpaid = sum(item.open_minor for item in open_items if item.kind == "interest")
    left = min(spared - unpaid, sum(item.open_minor for item in room))
    for entry, money in follow_queries.paid_on_interest(act.session, plan.id):
        if left <= 0:
            return
        paid, on = -entry.amount_minor, entry.on
        interest = act.session.get_one(OpenItem, entry.item_id)
        reverse_allocation(act, entry, on=act.today)
        freed = min(left, paid)
        if freed < paid:
            allocate(act, [Allocation(money, interest, paid - freed, on)])
        open_now = [(item.id, item.open_minor) for item in room]
        by_id = {item.id: item for item in room}
        allocate(act, [Allocation(money, by_id[item_id], part, on) for item_id, part in spread(freed, open_now)])
        left -= freed
        act.session.flush()


def _let_charges_go(act: Act, creditor: Creditor, plan: Plan) -> None:
    """Whoever keeps a plan is not asked afterwards for what the letters before it have charged."""
    covered = [item.id for _, item in queries.items_of(act.session, plan.id)]
    charges = [charge for of_item in charges_of(act.session, covered).values() for charge in of_item]
    if charges:
        write_off(act, creditor=creditor, items=charges, reason=f"payment plan {plan.id} was kept", manager=True)


def _runs_again(act: Act, plan: Plan) -> bool:
    """A completed plan whose money the bank has taken back runs on, unless another plan runs by now."""
    if queries.active_plan(act.session, plan.customer_id, plan.currency) is not None:
        return False
    agreed = sum(part.amount_minor for part in queries.instalments_of(act.session, plan.id))
    if paid_minor(act.session, plan) >= agreed:
        return False
    step(act, plan, "active", f"Payment plan {plan.id} runs again: the bank has taken money back.")
    return True
