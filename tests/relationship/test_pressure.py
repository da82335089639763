"""How much a customer has heard from us lately, whatever the channel."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.pressure import MONTH, WEEK, Contacted, free_again, pressure
from kulant.relationship.pressure_queries import contacts
from kulant.relationship.timeline import write_timeline
from tests.conftest import TODAY
from tests.support.factories import create_customer


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def happened(act: Act, customer: Customer, what: str, day: date, **more: object) -> None:
    """A line on the customer's timeline of that day."""
    direction = str(more.pop("direction")) if "direction" in more else None
    act.tell(
        Event(
            what, what, creditor_id=customer.creditor_id, customer_id=customer.id, on=day, direction=direction,
            data=dict(more),
        )
    )  # fmt: skip
    write_timeline(act)
    act.events.clear()


def heard(act: Act, customer: Customer, days: int = MONTH) -> set[tuple[str, str | None]]:
    found = contacts(act.session, [customer.id], act.today, days).get(customer.id, [])
    return {(one.channel, one.document) for one in found}


def test_calls_letters_and_e_mails_all_count(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    happened(act, customer, "call", ago(1))
    happened(act, customer, "email", ago(2))
    happened(act, customer, "letter_sent", ago(3), proposal=1, kind="reminder", channel="email")
    happened(act, customer, "letter_sent", ago(4), proposal=2, kind="final_reminder", channel="letter")
    assert heard(act, customer) == {
        ("call", None),
        ("email", None),
        ("email", "reminder"),
        ("letter", "final_reminder"),
    }


def test_what_the_customer_began_and_what_only_answers_them_does_not_count(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    happened(act, customer, "call", ago(1), direction="in")
    happened(act, customer, "letter_sent", ago(1), proposal=None, kind="plan_accepted", channel="email")
    happened(act, customer, "note", ago(1))
    happened(act, customer, "call", ago(31))
    assert heard(act, customer) == set()


def test_a_call_weighs_more_than_a_letter_and_a_firm_letter_more_than_a_friendly_one() -> None:
    said = [
        Contacted(ago(1), "call"),
        Contacted(ago(2), "email", "reminder"),
        Contacted(ago(20), "letter", "final_reminder"),
    ]
    week, month = (pressure(said, TODAY, days) for days in (WEEK, MONTH))
    assert (week.weight, week.level) == (3, "noticeable")
    assert (month.weight, month.level) == (5, "noticeable")
    assert pressure([], TODAY, WEEK).level == "none"
    assert pressure([*said, *said], TODAY, WEEK).level == "heavy"


days_heard = st.lists(st.integers(0, 40).map(ago), max_size=8)


@given(days_heard, st.integers(1, 4), st.integers(1, 30))
def test_a_contact_on_the_day_named_never_exceeds_the_cap(heard: list[date], count: int, days: int) -> None:
    free = free_again(heard, count=count, days=days, today=TODAY)
    on = free or TODAY
    since = on - timedelta(days=days)
    assert sum(since < day <= on for day in heard) < count
    if free is not None:
        before = free - timedelta(days=1)
        assert sum(before - timedelta(days=days) < day <= before for day in heard) >= count
