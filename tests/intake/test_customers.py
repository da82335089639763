"""Customer files into the ledger."""

from __future__ import annotations

from datetime import date

from kulant.db import Act
from kulant.ledger import queries
from kulant.people.models import Creditor
from tests.intake.files import counts, take

FULL = (
    "customer_id;name;kind;country;language;email;phone;address;customer_since;account_manager;segment;"
    "acquisition_cost;credit_limit;strategic;contact_opt_out;no_dunning\n"
    "K1;Kunde En AS;business;NO;nb;post@en.example;+47 22 00 00 00;Prøveveien 1, 0001 Oslo;2019-02-01;Selger A;small;"
    "1 500,00;100.000,00;ja;nei;no\n"
)


def test_everything_a_file_says_of_a_customer_is_kept(act: Act, creditor: Creditor) -> None:
    assert counts(take(act, creditor, FULL)) == (1, 0, 0, 0)
    customer = queries.customer_by_number(act.session, creditor.id, "K1")
    contact = queries.primary_contacts(act.session, [customer.id])[customer.id]
    assert (customer.name, customer.customer_since, customer.segment) == ("Kunde En AS", date(2019, 2, 1), "small")
    assert (customer.acquisition_cost_minor, customer.credit_limit_minor) == (150000, 10000000)
    assert (customer.strategic, customer.contact_opt_out, customer.no_dunning) == (True, False, False)
    assert contact.address == "Prøveveien 1\n0001 Oslo"
    assert counts(take(act, creditor, FULL)) == (0, 0, 1, 0)


def test_a_customer_is_brought_up_to_date_and_nothing_is_blanked(act: Act, creditor: Creditor) -> None:
    take(act, creditor, FULL)
    assert counts(take(act, creditor, "customer_id,name,no_dunning,email\nK1,Kunde En ASA,yes,\n")) == (0, 1, 0, 0)
    customer = queries.customer_by_number(act.session, creditor.id, "K1")
    assert (customer.name, customer.no_dunning, customer.strategic) == ("Kunde En ASA", True, True)
    assert queries.primary_contacts(act.session, [customer.id])[customer.id].email == "post@en.example"


def test_one_customer_twice_in_a_file(act: Act, creditor: Creditor) -> None:
    result = take(act, creditor, "customer_id,name\nK1,En\nK1,En\nK1,To\n")
    assert counts(result) == (1, 0, 1, 1)
    assert "row 2" in result["rejected"][0]["error"]


def test_wrong_details_reject_the_row(act: Act, creditor: Creditor) -> None:
    text = (
        "customer_id,name,kind,country,language,email,credit_limit,strategic\n"
        "K1,En,firm,,,,,\nK2,En,,Norge,,,,\nK3,En,,,xx,,,\nK4,En,,,,nobody,,\nK5,En,,,,,-5,\nK6,En,,,,,,maybe\nK7,,,,,,,\n"
        f"K8,{'x' * 201},,,,,,\n"
    )
    result = take(act, creditor, text)
    fields = [one["field"] for one in result["rejected"]]
    assert fields == ["kind", "country", "language", "email", "credit_limit", "strategic", "name", "name"]
