"""The gate, at the moment of sending: what has come up since the approval holds a letter back until it is settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.ledger.models import Dispute
from kulant.ledger.service import open_dispute, resolve_dispute
from kulant.relationship.concerns import answer_concern
from kulant.relationship.models import Concern, Promise, TimelineEvent
from kulant.relationship.models_care import Strike
from kulant.relationship.service import add_note, make_promise, place_hold, release_holds
from kulant.relationship.strikes import add_strike, withdraw_strike
from tests.delivery.conftest import TODAY, Desk
from tests.delivery.outbox_helpers import approved, codes, pdf_of, words
from tests.support.factories import create_payment


def has_paid(desk: Desk, act: Act) -> None:
    create_payment(act, desk.creditor(act), "1000.00", invoice=desk.invoice(act))


def has_paid_a_part(desk: Desk, act: Act) -> None:
    create_payment(act, desk.creditor(act), "400.00", invoice=desk.invoice(act))


@pytest.mark.parametrize(("what", "code"), [(has_paid, "paid"), (has_paid_a_part, "amount_changed")])
def test_a_payment_after_the_approval_holds_the_letter_back_and_the_next_run_knows_better(
    desk: Desk, what: Callable[[Desk, Act], None], code: str
) -> None:
    approved(desk, "1000.00")
    desk.change(lambda act: what(desk, act))
    [line] = desk.deliver().blocked
    assert [reason["code"] for reason in line["blocked"]] == [code]
    assert (desk.proposal().status, codes(desk), desk.mail.received) == ("blocked", [code], [])
    desk.run()
    assert desk.deliver().sent == []
    desk.approve()
    desk.deliver()
    assert len(desk.mail.received) == (1 if code == "amount_changed" else 0)
    if code == "amount_changed":
        assert "600,00" in words(pdf_of(desk.mail.messages[0]))


def test_money_of_the_customer_that_is_not_matched_holds_it_back(desk: Desk) -> None:
    approved(desk, "1000.00")
    desk.change(lambda act: create_payment(act, desk.creditor(act), "5.00", customer=desk.customer(act), reference="?"))
    assert len(desk.deliver().blocked) == 1
    assert codes(desk) == ["unmatched_money"]


def test_money_of_nobody_that_fits_the_debt_holds_it_back(desk: Desk) -> None:
    approved(desk, "1000.00")
    desk.change(lambda act: create_payment(act, desk.creditor(act), "1000.00", reference="?"))
    assert len(desk.deliver().blocked) == 1
    assert codes(desk) == ["unmatched_money"]


def promises(desk: Desk, act: Act) -> None:
    make_promise(act, customer=desk.customer(act), currency="NOK", amount_minor=100, due=TODAY + timedelta(days=2))


def breaks_it(_desk: Desk, act: Act) -> None:
    act.session.scalars(select(Promise)).one().status = "broken"


def disputes(desk: Desk, act: Act) -> None:
    open_dispute(act, item=desk.invoice(act), amount_minor=100, reason="a box was missing")


def settles(_desk: Desk, act: Act) -> None:
    resolve_dispute(act, dispute=act.session.scalars(select(Dispute)).one(), outcome="found it")


def holds(desk: Desk, act: Act) -> None:
    place_hold(act, customer=desk.customer(act), until=TODAY + timedelta(days=9), reason="moving house")


def holds_the_invoice(desk: Desk, act: Act) -> None:
    place_hold(act, customer=desk.customer(act), until=TODAY, reason="copy asked for", item=desk.invoice(act))


def releases(desk: Desk, act: Act) -> None:
    release_holds(act, customer=desk.customer(act))


def complains(desk: Desk, act: Act) -> None:
    add_note(act, customer=desk.customer(act), kind="complaint", text="half of it was broken")


def is_answered(_desk: Desk, act: Act) -> None:
    answer_concern(act, concern=act.session.scalars(select(Concern)).one(), answer="A new one is on its way.")


def is_struck_twice(desk: Desk, act: Act) -> None:
    for text in ("The price was wrong.", "So was the next one."):
        add_strike(act, customer=desk.customer(act), text=text)


def was_counted_wrongly(_desk: Desk, act: Act) -> None:
    withdraw_strike(act, strike=act.session.scalars(select(Strike)).first(), reason="the second price was right")


def must_not_be_reminded(desk: Desk, act: Act) -> None:
    desk.customer(act).no_dunning = True


def may_be_reminded(desk: Desk, act: Act) -> None:
    desk.customer(act).no_dunning = False


@pytest.mark.parametrize(
    ("stops", "code", "goes_on"),
    [
        (promises, "promise", breaks_it),
        (disputes, "disputed", settles),
        (holds, "hold", releases),
        (holds_the_invoice, "hold", releases),
        (complains, "complaint", is_answered),
        (is_struck_twice, "strikes", was_counted_wrongly),
        (must_not_be_reminded, "no_dunning", may_be_reminded),
    ],
)
def test_what_has_come_up_since_holds_the_letter_back_and_it_leaves_when_that_is_settled(
    desk: Desk, stops: Callable[[Desk, Act], None], code: str, goes_on: Callable[[Desk, Act], None]
) -> None:
    approved(desk, "1000.00")
    desk.change(lambda act: stops(desk, act))
    for _ in range(2):
        assert len(desk.deliver().blocked) == 1
    assert (codes(desk), desk.proposal().status, desk.mail.received) == ([code], "blocked", [])
    with desk.doing() as act:
        kinds = act.session.scalars(select(TimelineEvent.kind)).all()
        assert kinds.count("sending_blocked") == 1
    desk.change(lambda act: goes_on(desk, act))
    desk.deliver()
    desk.deliver()
    assert (len(desk.mail.received), desk.proposal().status, codes(desk)) == (1, "sent", [])
