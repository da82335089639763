"""What foretells payments: chosen by the creditor's own past, from what was known on each day, kept with its proof."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from kulant.db import Act
from kulant.intake.service import import_file, read_mapping
from kulant.ledger.models import Entry, OpenItem
from kulant.ledger.posting import Allocation, allocate, reverse_allocation
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.relationship import behaviour_queries as queries
from kulant.relationship import present_queries, proof
from kulant.relationship.behaviour import history_curves, history_rate
from kulant.relationship.hazard import hazard_curves
from kulant.relationship.known import NEVER, Known
from kulant.relationship.models import Score
from kulant.relationship.models_view import PaymentModel
from kulant.relationship.payment_models import keep_payment_model, method, newest
from kulant.relationship.rolling import choose
from kulant.relationship.scoring import score_portfolio
from tests.conftest import Statements
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def on(act: Act, day: date) -> Act:
    return replace(act, today=day, events=[])


def history_of(act: Act, creditor: Creditor) -> dict[str, OpenItem]:
    """A prompt, a slow and a new customer; something paid, open, overdue, disputed, credited whole and in part."""
    prompt, slow, new = (create_customer(act, creditor, f"C{n}") for n in range(3))
    items = {}
    for n in range(8):
        due = act.today - timedelta(days=300 - 30 * n)
        for name, customer, late in (("prompt", prompt, -2), ("slow", slow, 4 + 5 * n)):
            item = items[f"{name}{n}"] = create_invoice(act, creditor, customer, due=due)
            create_payment(act, creditor, "1000.00", invoice=item, on=due + timedelta(days=late))
    items["overdue"] = create_invoice(act, creditor, slow, days_late=12)
    items["not due"] = create_invoice(act, creditor, prompt, due=act.today + timedelta(days=10))
    items["due today"] = create_invoice(act, creditor, prompt, due=act.today)
    items["disputed"] = create_invoice(act, creditor, prompt, days_late=30)
    open_dispute(act, item=items["disputed"], reason="wrong goods", source="clerk")
    for name, part in (("taken back", 100_000), ("partly credited", 40_000)):
        items[name] = create_invoice(act, creditor, new, days_late=25)
        credit = create_credit_note(act, creditor, new, "1000.00")
        allocate(act, [Allocation(credit, items[name], part, act.today)])
    act.session.flush()
    return items


def test_the_database_counts_what_the_columns_count(act: Act, creditor: Creditor) -> None:
    items = history_of(act, creditor)
    # The list and the backtest must never disagree about what is known of a customer, whatever the day.
    for back in (0, 20, 100, 150, 250):
        day = act.today - timedelta(days=back)
        book, now = queries.book(act.session, creditor.id, day), present_queries.present(act.session, creditor.id, day)
        known, places = Known(book, day.toordinal()), np.unique(book.customer)
        counted = known.everybody(day.toordinal())
        each = known.payers(places, np.full(len(places), day.toordinal()))
        # The database lists those without any invoice yet as well, last of all here.
        of_all = now.payers.of(places)
        for field in fields(counted):
            np.testing.assert_array_equal(getattr(counted, field.name), getattr(each, field.name), err_msg=field.name)
            np.testing.assert_array_equal(getattr(counted, field.name), getattr(of_all, field.name), err_msg=field.name)
        house = known.house(np.asarray([day.toordinal()]))
        np.testing.assert_allclose(house.late_rate, now.house.late_rate)
        np.testing.assert_allclose(house.recent_late_rate, now.house.recent_late_rate)
        np.testing.assert_allclose(known.pace(day.toordinal()).within, now.pace.within)
    assert items


def test_the_history_says_what_the_score_says(act: Act, creditor: Creditor) -> None:
    history_of(act, creditor)
    score_portfolio(act, creditor=creditor)
    now = present_queries.present(act.session, creditor.id, act.today)
    rates = history_rate(now.payers, now.house)
    for place, customer_id in enumerate(now.customers.tolist()):
        assert act.session.get_one(Score, customer_id).late_risk == pytest.approx(float(rates[place]), abs=1e-6)


def test_what_is_booked_later_does_not_change_an_earlier_day(act: Act, creditor: Creditor) -> None:
    items = history_of(act, creditor)
    day = act.today

    def seen() -> list[object]:
        now, book = present_queries.present(act.session, creditor.id, day), queries.book(act.session, creditor.id, day)
        lists = [getattr(now.payers, field.name).tolist() for field in fields(now.payers)]
        parts = present_queries.open_invoices(act.session, creditor.id, day)
        return [*lists, book.paid.tolist(), [(part.item_ids.tolist(), part.open_minor.tolist()) for part in parts]]

    before = seen()
    later = on(act, day + timedelta(days=9))
    create_payment(later, creditor, "1000.00", invoice=items["overdue"], on=later.today)
    create_payment(later, creditor, "300.00", invoice=items["not due"], on=later.today)
    paid = act.session.scalars(select(Entry).where(Entry.item_id == items["slow3"].id, Entry.kind == "allocate")).one()
    reverse_allocation(later, paid, on=later.today)
    create_invoice(later, creditor, create_customer(act, creditor), due=later.today + timedelta(days=40))
    act.session.flush()
    after = seen()
    assert after[-1] == before[-1]
    assert after[-2] == before[-2]
    # The customer who came later is listed, with nothing known of them.
    assert [one[:3] for one in after[:-2]] == before[:-2]  # type: ignore[index]


def test_a_model_is_chosen_once_a_month(act: Act, creditor: Creditor, statements: Statements) -> None:
    assert keep_payment_model(act, creditor) is None
    history_of(act, creditor)
    act.session.flush()
    kept = keep_payment_model(act, creditor)
    assert kept is not None
    assert (kept.chosen, kept.fitted_on) == ("history", act.today)
    assert kept.why.startswith("own history: not enough of the past to try a model on")
    act.session.flush()
    statements.clear()
    assert keep_payment_model(act, creditor) is None
    assert keep_payment_model(on(act, act.today + timedelta(days=7)), creditor) is None
    assert len(statements) == 2
    assert keep_payment_model(on(act, act.today + timedelta(days=8)), creditor) is not None
    assert act.session.scalar(select(func.count()).select_from(PaymentModel)) == 2
    # On an earlier day the later choice is not known yet.
    assert newest(act.session, creditor.id, act.today) is kept
    assert newest(act.session, creditor.id, act.today - timedelta(days=1)) is None
    assert method(act.session, creditor.id, act.today - timedelta(days=1)).name == "history"


def test_the_ibm_sample_is_foretold_as_its_protocol_asks(act: Act, creditor: Creditor, shared_data: Path) -> None:
    """Sorted by invoice date, learned from the first 70 %, tried on the rest, each as known on its own date.

    The choice between the two is the program's own, made on the first day of the part to try, from what was known then.
    """
    act.today = date(2014, 1, 1)
    mapping = read_mapping(EXAMPLES / "ibm_ar.yaml")
    import_file(act, creditor=creditor, source=shared_data / "ibm_ar" / "accounts_receivable.csv", mapping=mapping)
    act.session.flush()
    whole = queries.book(act.session, creditor.id, act.today)
    assert len(whole.customer) == 2466
    first = int(len(whole.customer) * 0.7)
    cut = date.fromordinal(int(whole.issued[first]))
    learned = queries.book(act.session, creditor.id, cut - timedelta(days=1))
    assert ((learned.paid == NEVER) | (learned.paid < cut.toordinal())).all()
    chosen = choose(learned, cut.toordinal() - 1)
    tried, known = np.arange(first, len(whole.customer)), Known(whole, act.today.toordinal())
    payers = known.payers(whole.customer[tried], whole.issued[tried])
    house, pace = known.house(whole.issued[tried]), known.pace(cut.toordinal() - 1)
    curves = history_curves(payers, house, pace)
    if chosen.model is not None:
        sizes, terms = whole.size[tried], whole.terms[tried]
        curves = hazard_curves(chosen.model, chosen.calibration, payers, house, size=sizes, terms=terms, pace=pace)
    measured = proof.measure(curves.late(), whole.late[tried])
    assert measured["count"] == 740
    assert measured["auc"] is not None
    assert measured["auc"] >= 0.873
    assert measured["brier"] <= 0.136
