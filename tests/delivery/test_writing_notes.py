"""A delivery that belongs to no proposal is written from its kind and its context, and again in the same words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.plan_events import follow_plans
from kulant.delivery.writing import draw, write
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans.links import find_link
from kulant.plans.models import Plan, PortalLink
from kulant.plans.queries import items_of
from kulant.plans.service import accept_offer, make_offers
from tests.support.factories import create_charge, create_customer, create_invoice, create_payment

BASE, SECRET = "https://pay.nordlys.example", "a secret that only tests know"


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "C1", customer_since=date(2019, 5, 1))


def queued(act: Act, customer: Customer, kind: str, context: dict[str, Any]) -> Delivery:
    """A delivery of that kind, taken for work."""
    delivery = Delivery(
        creditor_id=customer.creditor_id, customer_id=customer.id, key=f"test:{kind}", kind=kind, channel="email",
        recipient="x@example.com", status="rendering", context=context, not_before=act.now, approved_on=act.today,
        lease_until=act.now + timedelta(minutes=5), created_at=act.now,
    )  # fmt: skip
    act.session.add(delivery)
    act.session.flush()
    return delivery


def agreed(act: Act, creditor: Creditor, customer: Customer) -> Plan:
    create_invoice(act, creditor, customer, "9000.00", days_late=20)
    plan = make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    return accept_offer(act, plan=plan, offer=2, name="Kari")


def test_every_kind_is_written_from_what_its_occasion_names(act: Act, creditor: Creditor, customer: Customer) -> None:
    plan = agreed(act, creditor, customer)
    contexts: dict[str, dict[str, Any]] = {
        "plan_accepted": {"plan": plan.id},
        "thank_you": {"plan": plan.id},
        "instalment_reminder": {
            "plan": plan.id, "number": 1, "count": 3, "due": "2026-12-01", "amount_minor": 300_000,
            "left_after_minor": 600_000, "currency": "NOK", "reference": plan.reference,
        },
        "apology": {
            "what": "crossed", "currency": "NOK", "letter_on": "2026-11-16", "invoices": ["10001"],
            "taken_back": [{"kind": "fee", "amount_minor": 3800}],
        },
        "receipt": {"what": "says_paid", "reference": "R-1", "day": "2026-11-20", "quiet_until": "2026-11-30"},
        "fresh_link": {"days": 30, "language": "en"},
        "statement": {"currency": "NOK", "first": "2026-10-01", "last": act.today.isoformat()},
    }  # fmt: skip
    for kind, context in contexts.items():
        delivery = queued(act, customer, kind, context)
        written = write(act, delivery=delivery, base_url=BASE, secret=SECRET)
        again = write(act, delivery=delivery, base_url=BASE, secret=SECRET)
        assert (written.content, written.mail) == (again.content, again.mail), kind
        assert written.mail.subject and written.mail.text and written.mail.html
        assert written.content["short"]["text"].startswith("Nordlys Engros AS: ")
        assert written.attached == (kind not in ("instalment_reminder", "fresh_link"))
        assert draw(written).pages == 1
    # One link each for the instalment, the receipt and the new link; written again, it is the same one.
    assert act.session.scalar(select(func.count()).select_from(PortalLink)) == 3


def test_the_thank_you_tells_what_was_dropped_of_earlier_letters(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    plan = agreed(act, creditor, customer)
    [(_, invoice)] = items_of(act.session, plan.id)
    create_charge(act, creditor, invoice, "38.00")
    create_payment(act, creditor, "9000.00", reference=plan.reference)
    follow_plans(act, creditor)
    thanks = act.session.scalars(select(Delivery).where(Delivery.kind == "thank_you")).one()
    thanks.lease_until = act.now
    said = write(act, delivery=thanks, base_url=BASE, secret=SECRET).content
    assert any("kr\u00a038,00" in sentence for sentence in said["paragraphs"])
    assert [value for _, value in said["summary"]["rows"]] == ["kr\u00a09\u00a0000,00", "3", invoice.number]


def test_a_new_link_opens_the_page_as_long_as_it_says(act: Act, customer: Customer) -> None:
    delivery = queued(act, customer, "fresh_link", {"days": 30, "language": "en"})
    written = write(act, delivery=delivery, base_url=BASE, secret=SECRET)
    token = written.content["offer"]["url"].removeprefix(f"{BASE}/p/")
    found = find_link(act.session, token, act.today + timedelta(days=30))
    assert found is not None and (found.state, found.link.customer_id) == ("open", customer.id)
    after = find_link(act.session, token, act.today + timedelta(days=31))
    assert after is not None and after.state == "expired"
    assert "23\u00a0December\u00a02026" in written.mail.text


def test_a_kind_that_nobody_can_write_is_refused(act: Act, customer: Customer) -> None:
    delivery = queued(act, customer, "poem", {})
    with pytest.raises(Refusal, match="poem"):
        write(act, delivery=delivery, base_url=BASE, secret=SECRET)
