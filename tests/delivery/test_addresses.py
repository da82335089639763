"""Addresses nobody can write to: the letter goes by post or a person is told; nothing is handed over, nothing waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kulant.delivery.mail_sealed import why_no_address
from kulant.delivery.models import RefusedAddress
from kulant.delivery.notes import new_note, queue
from kulant.ledger.models import Contact
from tests.delivery.conftest import Desk

# What has nothing to do with the kind of database is seen on one.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MALFORMED = [
    "kari", "kari@", "@c1.example", "kari kunde@c1.example", "kari@c1..example", "kari@c1.example, per@c1.example",
    "a@b@c1.example", "kari@c1.example\r\nBcc: all@c1.example", "<kari@c1.example", "kari@-c1.example", ".@c1.example",
]  # fmt: skip


def no_address(desk: Desk, email: str, address: str | None = "Testgata 2\n0002 Oslo") -> None:
    """Their e-mail is wrong, as another program may have written it."""
    with desk.doing() as act:
        contact = act.session.scalars(select(Contact)).one()
        contact.email, contact.address = email, address


@pytest.mark.parametrize("text", MALFORMED)
def test_what_nobody_can_write_to_is_known(text: str) -> None:
    assert why_no_address(text) is not None


def test_what_is_an_address_is_known() -> None:
    for text in ("kari@c1.example", "kåri@æøå.example", "a.b+c@xn--4dbcagdahymbxekheh6e0a7fei0b.example", "x@y"):
        assert why_no_address(text) is None


@ON_SQLITE
@pytest.mark.parametrize("email", ["kari@", "kari@c1.example\r\nBcc: all@c1.example"])
def test_what_is_no_address_is_not_handed_over_goes_by_post_and_a_person_is_told(desk: Desk, email: str) -> None:
    desk.owe()
    no_address(desk, email)
    desk.run()
    desk.approve()
    [line] = desk.deliver().failed
    assert "is not an e-mail address" in line["error"]
    assert (desk.delivery().handed_at, desk.delivery().attempts, desk.tasks()) == (None, 0, ["sending_failed"])
    assert [line["channel"] for line in desk.deliver().sent] == ["letter"]
    assert (desk.mail.senders, len(desk.steps()), desk.delivery().status) == ([], 1, "sent")
    with desk.doing() as act:
        [refused] = act.session.scalars(select(RefusedAddress))
        assert refused.address == email.lower()


@ON_SQLITE
def test_without_any_way_to_them_it_ends_and_a_person_is_told_once(desk: Desk) -> None:
    desk.owe()
    no_address(desk, "kari@", None)
    desk.run()
    desk.approve()
    for _ in range(3):
        desk.deliver(after=timedelta(hours=30))
    assert (desk.delivery().status, desk.tasks(), desk.steps()) == ("failed", ["sending_failed"], [])


@ON_SQLITE
def test_a_letter_without_an_address_is_not_printed_unnoticed(desk: Desk) -> None:
    desk.owe(email=None, address=None)
    desk.run()
    desk.approve()
    assert [line["channel"] for line in desk.deliver().sent] == ["letter"]
    assert desk.tasks() == ["no_address"]


@ON_SQLITE
def test_a_note_to_what_is_no_address_never_stays_queued(desk: Desk) -> None:
    desk.owe()
    no_address(desk, "kari@")
    with desk.doing() as act:
        note = new_note(
            act, customer=desk.customer(act), kind="fresh_link", key="link:1", recipient="kari@", context={"days": 30}
        )
        queue(act, note)
    for _ in range(3):
        desk.deliver(after=timedelta(hours=30))
    assert (desk.delivery().status, desk.mail.senders) == ("failed", [])
