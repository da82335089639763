"""What the clerk does with a payment that waits: suggestions, placing, splitting, parking, undoing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.matching_queries import count_waiting, matched_lately, waiting_payments
from kulant.ledger.models import Customer, KnownPayer, OpenItem
from kulant.ledger.placing import (
    keep_as_credit,
    park,
    pay_out_of_credit,
    payment_to_place,
    place,
    return_payment,
    unmatch,
    unpark,
)
from kulant.ledger.suggestions import Suggestion, suggest
from kulant.people.models import Creditor
from tests.support.factories import (
    create_bank_payment,
    create_charge,
    create_creditor,
    create_customer,
    create_invoice,
    create_payment,
)

TODAY = date(2026, 11, 23)


@pytest.fixture
def bakery(act: Act, creditor: Creditor) -> Customer:
    """A customer who owes 1,000, 600 and 400."""
    customer = create_customer(act, creditor, "K1", name="Fjordbakeriet AS")
    for number, amount, late in (("1001", "1000.00", 30), ("1002", "600.00", 20), ("1003", "400.00", 10)):
        create_invoice(act, creditor, customer, amount, number=number, days_late=late)
    return customer


@pytest.fixture
def builder(act: Act, creditor: Creditor) -> Customer:
    """Another customer, who owes 1,000 too."""
    customer = create_customer(act, creditor, "K2", name="Brattli Bygg AS")
    create_invoice(act, creditor, customer, "1000.00", number="2001")
    return customer


def item(act: Act, creditor: Creditor, number: str) -> OpenItem:
    return queries.document_by_number(act.session, creditor.id, number)


def guesses(act: Act, creditor: Creditor, payment: OpenItem) -> list[Suggestion]:
    act.session.flush()
    return suggest(act.session, creditor=creditor, payment=payment, today=TODAY)


def shown(suggestion: Suggestion) -> tuple[str, list[tuple[str, int]]]:
    return suggestion.code, [(item.number, amount) for item, amount in suggestion.parts]


def told(act: Act) -> list[str]:
    return [event.kind for event in act.events if event.kind != "creditor_created"]


# Suggestions


def test_two_invoices_of_the_amount_are_both_suggested_the_oldest_first(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    create_invoice(act, creditor, bakery, "1000.00", number="1004", days_late=1)
    payment = create_payment(act, creditor, "1000.00", customer=bakery)
    first, second, *_ = guesses(act, creditor, payment)
    assert (shown(first), shown(second)) == (("amount", [("1001", 100000)]), ("amount", [("1004", 100000)]))
    assert "one of 2" in first.reason


def test_a_sum_only_one_set_of_invoices_has_is_suggested(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_payment(act, creditor, "1600.00", customer=bakery)
    best = guesses(act, creditor, payment)[0]
    assert shown(best) == ("sum", [("1001", 100000), ("1002", 60000)])
    assert payment.open_minor == -160000


def test_a_sum_that_two_sets_have_is_not(act: Act, creditor: Creditor, bakery: Customer) -> None:
    create_invoice(act, creditor, bakery, "600.00", number="1005")
    payment = create_payment(act, creditor, "1600.00", customer=bakery)
    assert "sum" not in [one.code for one in guesses(act, creditor, payment)]


def test_an_unknown_payers_amount_that_one_customer_owes_is_suggested_with_who_it_would_be(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "600.00", payer_name="Anna Eier")
    best = guesses(act, creditor, payment)[0]
    assert (best.code, best.customer.id) == ("amount_of_anybody", bakery.id)
    assert "Fjordbakeriet AS owes exactly this, and nobody else does" in best.reason


def test_a_number_of_two_customers_suggests_both(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "2000.00", message="faktura 1001 og 2001")
    assert [(one.code, one.customer.id) for one in guesses(act, creditor, payment)[:2]] == [
        ("number", bakery.id),
        ("number", builder.id),
    ]


def test_a_number_that_may_be_a_date_is_suggested_with_the_doubt(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    create_invoice(act, creditor, bakery, "50.00", number="201126")
    payment = create_bank_payment(act, creditor, "50.00", message="betalt 201126")
    assert payment.open_minor == -5000
    assert "number" in [one.code for one in guesses(act, creditor, payment)]


def test_a_name_like_a_customers_is_suggested(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_bank_payment(act, creditor, "77.00", payer_name="Fjordbakeriet Bergen AS")
    best = guesses(act, creditor, payment)[0]
    assert shown(best) == ("oldest", [("1001", 7700)])
    assert best.short_minor == 92300


def test_a_rest_a_bank_may_have_kept_is_suggested_as_such(act: Act, creditor: Creditor, bakery: Customer) -> None:
    creditor.bank_fee_tolerance = {"NOK": 3000}
    payment = create_payment(act, creditor, "575.00", customer=bakery)
    best = guesses(act, creditor, payment)[0]
    assert (shown(best), best.tolerated, best.short_minor) == (("bank_fee", [("1002", 57500)]), True, 2500)


def test_no_suggestion_takes_more_than_there_is(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    for amount in ("5.00", "1000.00", "1600.00", "9000.00"):
        payment = create_bank_payment(act, creditor, amount, message="1001 2001", payer_name="Fjordbakeriet AS")
        for one in guesses(act, creditor, payment):
            assert sum(part for _, part in one.parts) + one.rest_minor == -payment.open_minor
            assert all(0 < part <= debt.open_minor for debt, part in one.parts)


# Placing


def test_accepting_places_the_money_and_remembers_the_payer(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_bank_payment(act, creditor, "600.00", payer_name="Anna Eier")
    place(act, creditor=creditor, payment=payment, invoices=[item(act, creditor, "1002")])
    assert item(act, creditor, "1002").open_minor == payment.open_minor == 0
    assert payment.customer_id == bakery.id
    assert told(act) == ["payment_matched"]
    again = create_bank_payment(act, creditor, "400.00", payer_name="ANNA EIER")
    assert again.open_minor == item(act, creditor, "1003").open_minor == 0
    assert [one.id for one in matched_lately(act.session, creditor.id, limit=5)] == [again.id, payment.id]


def test_a_split_gives_each_invoice_its_part_and_keeps_the_rest_as_credit(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "1000.00")
    split = [(item(act, creditor, "1001"), 30000), (item(act, creditor, "1003"), 40000)]
    place(act, creditor=creditor, payment=payment, split=split)
    assert [item(act, creditor, n).open_minor for n in ("1001", "1002", "1003")] == [70000, 60000, 0]
    assert payment.open_minor == -30000
    with pytest.raises(Refusal):
        place(act, creditor=creditor, payment=payment, split=[(item(act, creditor, "1001"), 30001)])


def test_invoices_of_two_customers_are_not_paid_at_once(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "2000.00")
    both = [(item(act, creditor, "1001"), 100000), (item(act, creditor, "2001"), 100000)]
    with pytest.raises(Refusal, match="several customers"):
        place(act, creditor=creditor, payment=payment, split=both)
    assert payment.open_minor == -200000


def test_a_rest_the_clerk_lets_go_is_deducted(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_bank_payment(act, creditor, "590.00")
    owed = item(act, creditor, "1002")
    place(act, creditor=creditor, payment=payment, invoices=[owed], settle_rest=True)
    assert owed.open_minor == 0
    assert told(act) == ["deduction_made", "payment_matched"]


def test_money_the_file_gave_to_another_is_moved_with_its_history(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    payment = create_payment(act, creditor, "600.00", customer=builder)
    place(act, creditor=creditor, payment=payment, invoices=[item(act, creditor, "1002")])
    assert (payment.open_minor, payment.customer_id) == (0, builder.id)
    assert item(act, creditor, "1002").open_minor == 0
    kinds = act.session.scalars(select(OpenItem.kind).where(OpenItem.kind == "transfer")).all()
    assert len(kinds) == 2
    assert queries.imbalances(act.session) == []


# Undoing


def test_undo_leaves_everything_as_it_was(act: Act, creditor: Creditor, bakery: Customer) -> None:
    creditor.bank_fee_tolerance = {"NOK": 5000}
    owed = item(act, creditor, "1001")
    fee = create_charge(act, creditor, owed, "38.00")
    payment = create_bank_payment(act, creditor, "1030.00", message="faktura 1001", payer_name="Anna Eier")
    assert owed.open_minor == fee.open_minor == payment.open_minor == 0
    assert unmatch(act, creditor=creditor, payment=payment) == 103000
    assert (owed.open_minor, fee.open_minor, payment.open_minor) == (100000, 3800, -103000)
    assert payment.customer_id is None
    assert act.session.scalars(select(KnownPayer)).all() == []
    assert queries.imbalances(act.session) == []
    total = sum(one.open_minor for one in queries.open_items(act.session, bakery.id, today=TODAY))
    assert total == 203800
    with pytest.raises(Conflict):
        unmatch(act, creditor=creditor, payment=payment)
    place(act, creditor=creditor, payment=payment, invoices=[owed], settle_rest=True)
    unmatch(act, creditor=creditor, payment=payment)
    assert (owed.open_minor, fee.open_minor, payment.open_minor) == (100000, 3800, -103000)


def test_a_customer_the_file_named_is_still_theirs_after_undo(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_payment(act, creditor, "600.00", customer=bakery)
    assert payment.open_minor == 0
    unmatch(act, creditor=creditor, payment=payment)
    assert (payment.customer_id, payment.open_minor) == (bakery.id, -60000)


def test_keeping_money_as_credit_can_be_undone_too(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_bank_payment(act, creditor, "77.00")
    keep_as_credit(act, creditor=creditor, payment=payment, customer=bakery)
    assert payment.customer_id == bakery.id
    unmatch(act, creditor=creditor, payment=payment)
    assert payment.customer_id is None


# Parking


def test_a_parked_payment_stands_apart_with_its_reason(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_bank_payment(act, creditor, "77.00", message="?")
    with pytest.raises(Refusal, match="say why"):
        park(act, creditor=creditor, payment=payment, reason=" ")
    park(act, creditor=creditor, payment=payment, reason="asked the bank")
    assert waiting_payments(act.session, creditor.id) == []
    assert list(waiting_payments(act.session, creditor.id, parked=True)) == [payment]
    assert act.session.scalar(count_waiting(creditor.id, parked=True)) == 1
    unpark(act, creditor=creditor, payment=payment)
    assert list(waiting_payments(act.session, creditor.id)) == [payment]
    assert told(act) == ["payment_parked", "payment_unparked"]


# Money that went back


def test_a_return_without_a_word_is_suggested_for_the_payment_it_takes_back(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    paid = create_bank_payment(act, creditor, "600.00", message="faktura 1002", payer_account="12345678903")
    returned = create_bank_payment(act, creditor, "-600.00", payer_account="12345678903")
    assert returned.open_minor == 60000 and item(act, creditor, "1002").open_minor == 0
    best = guesses(act, creditor, returned)[0]
    assert best.returns is not None and best.returns.id == paid.id
    return_payment(act, creditor=creditor, returned=returned, payment=paid)
    assert (item(act, creditor, "1002").open_minor, returned.open_minor, paid.open_minor) == (60000, 0, 0)
    assert returned.customer_id == bakery.id
    assert "payment_charged_back" in told(act)
    assert queries.imbalances(act.session) == []


def test_a_return_of_a_payment_that_came_short_opens_the_whole_invoice(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    creditor.bank_fee_tolerance = {"NOK": 5000}
    paid = create_bank_payment(act, creditor, "580.00", message="faktura 1002", payer_account="12345678903")
    returned = create_bank_payment(act, creditor, "-580.00", payer_account="12345678903")
    return_payment(act, creditor=creditor, returned=returned, payment=paid)
    assert item(act, creditor, "1002").open_minor == 60000


def test_money_paid_back_is_suggested_out_of_the_credit(act: Act, creditor: Creditor, builder: Customer) -> None:
    create_payment(act, creditor, "1300.00", invoice=item(act, creditor, "2001"))
    returned = create_bank_payment(act, creditor, "-300.00", payer_name="Brattli Bygg AS")
    [best] = guesses(act, creditor, returned)
    assert (best.code, best.customer.id) == ("paid_back", builder.id)
    pay_out_of_credit(act, creditor=creditor, returned=returned, customer=builder)
    assert returned.open_minor == 0


def test_money_paid_back_to_one_customer_cannot_be_paid_back_to_another_too(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    create_payment(act, creditor, "1300.00", invoice=item(act, creditor, "2001"))
    returned = create_bank_payment(act, creditor, "-900.00", payer_name="Brattli Bygg AS")
    pay_out_of_credit(act, creditor=creditor, returned=returned, customer=builder)
    left = returned.open_minor
    assert left > 0
    create_payment(act, creditor, "5000.00", customer=bakery, reference="nothing we know")
    with pytest.raises(Refusal, match="another customer"):
        pay_out_of_credit(act, creditor=creditor, returned=returned, customer=bakery)
    assert (returned.customer_id, returned.open_minor) == (builder.id, left)


def test_another_creditors_payment_is_not_found(act: Act, creditor: Creditor) -> None:
    other = create_creditor(act, "SYD", name="Sydlys AS")
    payment = create_bank_payment(act, other, "77.00")
    with pytest.raises(NotFound):
        payment_to_place(act, creditor=creditor, payment_id=payment.id)
    assert payment_to_place(act, creditor=other, payment_id=payment.id) is payment
