"""A dispute that was promised an answer: the clerk's clock runs, and a day that passes counts against us once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from kulant.db import Act
from kulant.ledger.models import Dispute
from kulant.people.models import Creditor
from kulant.relationship.concerns import settle_dispute
from kulant.relationship.from_customer import Complaint, complain
from kulant.relationship.models import Task
from kulant.relationship.models_care import Strike
from kulant.relationship.service_clock import keep_clock
from tests.support.factories import create_customer, create_invoice


def test_a_promised_answer_that_is_late_is_a_strike_and_one_in_time_ends_the_task(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor, account_manager="Kari Nordmann")
    first, second = (create_invoice(act, creditor, customer, "900.00", number=number) for number in ("1", "2"))
    told = Complaint([(first, 10_000), (second, None)], "Price or amount is wrong")
    in_time, late = complain(act, creditor=creditor, customer=customer, complaint=told)
    assert {(one.owner, one.answer_by) for one in (in_time, late)} == {("Kari Nordmann", in_time.answer_by)}
    assert complain(act, creditor=creditor, customer=customer, complaint=told) == []
    act.session.flush()

    def tasks() -> dict[str | None, bool]:
        rows = act.session.scalars(select(Task).where(Task.kind == "dispute"))
        return {task.key: task.done_on is None for task in rows}

    assert tasks() == {f"dispute:{in_time.id}": True, f"dispute:{late.id}": True}
    assert keep_clock(act, creditor) == 0
    settle_dispute(act, dispute=in_time, outcome="credited")
    assert tasks() == {f"dispute:{in_time.id}": False, f"dispute:{late.id}": True}
    assert late.answer_by is not None
    act.today = late.answer_by + timedelta(days=1)
    assert keep_clock(act, creditor) == 1
    assert keep_clock(act, creditor) == 0
    [strike] = act.session.scalars(select(Strike))
    assert (strike.code, strike.on, strike.key) == ("late_reply", act.today, f"dispute:{late.id}:late")
    assert act.session.get_one(Dispute, late.id).resolved_on is None
