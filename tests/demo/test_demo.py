"""The demo: loaded once, through the real services, on a fixed day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.db import Base, engine_for, reading
from kulant.delivery.models import Delivery
from kulant.demo.portfolio import Credentials, load, write_script
from kulant.insight.worklist import Row, worklist
from kulant.intake.models import ImportRun
from kulant.ledger.models import Contact, Customer, Dispute, ExchangeRate, OpenItem, PaymentDetail
from kulant.ledger.queries import imbalances
from kulant.ledger.suggestions import suggest
from kulant.letters.models import Document
from kulant.models import people
from kulant.people.models import Creditor, User
from kulant.people.service import verify_password
from kulant.plans.models import Instalment, Plan
from kulant.relationship.models import Concern, Hold, Promise, Score, Task, TimelineEvent
from kulant.settings import Settings
from kulant.treatment.models import Proposal
from kulant.treatment.replay import replay

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("demo")
    return Settings(
        database_url=f"sqlite:///{folder / 'kulant.db'}",
        base_url="http://127.0.0.1:8000",
        smtp_url=f"file:{folder / 'outbox'}",
        storage_url=f"file:{folder / 'documents'}",
        fixed_today=TODAY,
    )


@pytest.fixture(scope="module")
def credentials(settings: Settings) -> Iterator[Credentials]:
    assert people is not None
    Base.metadata.create_all(engine_for(settings.database_url))
    yield load(settings)
    engine_for(settings.database_url).dispose()


@pytest.fixture(scope="module")
def demo(settings: Settings, credentials: Credentials) -> Iterator[Session]:
    with reading(settings.database_url) as session:
        yield session


@pytest.fixture(scope="module")
def rows(demo: Session) -> list[Row]:
    return worklist(demo, demo.scalars(select(Creditor)).one(), TODAY)


def _counted(session: Session, column: object) -> dict[str, int]:
    return Counter(session.scalars(select(column)))  # type: ignore[call-overload]


def test_the_clerk_can_log_in_and_the_manager_too(demo: Session, credentials: Credentials) -> None:
    users = {user.name: user for user in demo.scalars(select(User))}
    assert users.keys() == {"demo", "manager"}
    assert verify_password(users[credentials.name], credentials.password)
    assert demo.scalars(select(Creditor.code)).one() == credentials.creditor


def test_every_figure_adds_up(demo: Session) -> None:
    assert imbalances(demo) == []


def test_the_same_day_always_tells_the_same_story(demo: Session) -> None:
    script = write_script(TODAY)
    assert script == write_script(TODAY)
    kinds = _counted(demo, OpenItem.kind)
    # Two credit notes are written while the stories are played.
    assert kinds["invoice"] + kinds["credit_note"] == sum(bill.issued <= TODAY for bill in script.bills) + 2
    assert len(script.profiles) == demo.scalar(select(func.count()).select_from(Customer)) == 120
    assert 2_500 <= kinds["invoice"] <= 4_000
    assert kinds["chargeback"] == 2


def test_the_overdue_list_is_worth_looking_at(rows: list[Row]) -> None:
    assert 35 <= len(rows) <= 50
    assert {row.grade for row in rows} == {"A", "B", "C", "D"}
    assert {row.currency for row in rows} >= {"NOK", "SEK", "DKK", "EUR", "GBP"}
    ages = [row.days_overdue for row in rows]
    assert min(ages) <= 12 and max(ages) > 90 and sum(30 < age <= 90 for age in ages) >= 8
    assert any(row.thin_data for row in rows)


def test_every_badge_is_there(rows: list[Row]) -> None:
    assert {row.plan for row in rows} >= {"Plan offered", "Plan active", "Plan broken"}
    assert any(row.hold for row in rows) and any(row.promise for row in rows) and any(row.dispute for row in rows)
    assert {row.proposal_status for row in rows} >= {"proposed", "approved", "blocked"}


def test_a_plan_is_proposed_to_a_valuable_customer_and_a_formal_notice_to_another(rows: list[Row]) -> None:
    by_name = {row.name: row for row in rows}
    hotel, builder = by_name["Stjernesund Hotell AS"], by_name["Brumlebakk Bygg AS"]
    assert (hotel.grade, hotel.overdue_minor, hotel.treatment) == ("A", 96_000_00, "payment_plan")
    assert (builder.grade, builder.treatment) == ("D", "formal_notice")


def test_proposals_of_every_kind_wait_and_have_been_decided(demo: Session) -> None:
    waiting = set(demo.scalars(select(Proposal.treatment).where(Proposal.status == "proposed")))
    assert waiting >= {"reminder", "final_reminder", "formal_notice", "hand_over", "payment_plan", "call", "hold"}
    assert _counted(demo, Proposal.status).keys() >= {"approved", "blocked", "dismissed", "sent", "superseded"}


def test_plans_are_in_every_state(demo: Session) -> None:
    assert _counted(demo, Plan.status).keys() >= {"offered", "active", "late", "broken", "completed", "cancelled"}
    assert _counted(demo, Delivery.kind)["thank_you"] == 2
    late = demo.scalars(
        select(Instalment)
        .join(Plan, Plan.id == Instalment.plan_id)
        .where(Plan.status == "active", Instalment.due < TODAY, Instalment.paid_minor < Instalment.amount_minor)
    ).all()
    assert [(TODAY - part.due).days <= 5 for part in late] == [True], "one plan is late but within its grace"


def test_letters_have_left_wait_and_are_held_back_with_reasons(demo: Session) -> None:
    assert _counted(demo, Delivery.status).keys() >= {"sent", "approved", "blocked"}
    blocked = demo.scalars(select(Delivery).where(Delivery.status == "blocked"))
    assert {each.blocked[0]["code"] for each in blocked} == {"promise", "unmatched_money", "disputed"}
    assert {each.channel for each in demo.scalars(select(Delivery))} == {"email", "letter", "task"}
    documents = demo.scalars(select(Document)).all()
    assert {document.language for document in documents} >= {"nb", "sv", "da"}
    assert len(documents) <= 45


def test_people_talk_promise_complain_and_use_the_portal(demo: Session) -> None:
    said = _counted(demo, TimelineEvent.kind)
    assert all(said[kind] for kind in ("call", "meeting", "email", "note", "complaint", "request", "letter_sent"))
    assert _counted(demo, Promise.status).keys() == {"open", "kept", "broken"}
    assert _counted(demo, Hold.code).keys() == {"clerk", "says_paid", "hardship"}
    assert _counted(demo, Task.kind).keys() >= {
        "dispute",
        "hardship",
        "says_paid",
        "answer_due",
        "plan_late",
        "call",
    }
    assert _counted(demo, Dispute.source).keys() == {"clerk", "portal"}
    assert demo.scalars(select(Concern).where(Concern.answered_on.is_(None))).first() is not None


def test_there_are_customers_of_every_sort(demo: Session) -> None:
    customers = demo.scalars(select(Customer)).all()
    assert {customer.kind for customer in customers} == {"business", "consumer"}
    assert sum(customer.strategic for customer in customers) == 1
    assert sum(customer.no_dunning for customer in customers) == 1
    assert demo.scalars(select(Contact).where(Contact.email.is_(None))).one().address
    assert demo.scalars(select(Score).where(Score.p_alive < 0.5)).first() is not None


def test_files_were_imported_and_some_money_nobody_can_place(demo: Session) -> None:
    assert len(demo.scalars(select(ImportRun)).all()) > 20
    nobodys = select(OpenItem).where(OpenItem.customer_id.is_(None), OpenItem.open_minor < 0)
    assert len(demo.scalars(nobodys).all()) == 12
    assert demo.scalars(select(PaymentDetail).where(PaymentDetail.parked_on.is_not(None))).one().parked_reason


def test_a_suggestion_of_each_kind_waits_on_the_matching_page(demo: Session) -> None:
    waiting = demo.scalars(select(OpenItem).where(OpenItem.series == "payment", OpenItem.open_minor != 0))
    creditor = demo.scalars(select(Creditor)).one()
    codes = {
        suggestion.code
        for payment in waiting
        for suggestion in suggest(demo, creditor=creditor, payment=payment, today=TODAY)
    }
    assert codes >= {"number", "sum", "bank_fee", "oldest", "amount_of_anybody", "paid_already", "return"}


def test_interest_a_fee_and_compensation_are_charged_and_rates_are_known(demo: Session) -> None:
    charged = _counted(demo, OpenItem.kind)
    assert all(charged[kind] for kind in ("interest", "fee", "compensation"))
    assert set(demo.scalars(select(ExchangeRate.currency))) == {"SEK", "DKK", "EUR", "GBP"}


def test_nobody_real_is_meant(demo: Session, settings: Settings) -> None:
    mails = [mail for mail in demo.scalars(select(Contact.email)) if mail]
    creditor = demo.scalars(select(Creditor)).one()
    assert all(mail.endswith(".example") for mail in (*mails, str(creditor.email), str(creditor.contact_email)))
    assert len(set(mails)) == len(mails)
    assert all(str(phone).split()[1].startswith("00") for phone in demo.scalars(select(Contact.phone)))
    managers = {name for name in demo.scalars(select(Customer.account_manager)) if name}
    assert all(name.startswith("Demo: ") for name in managers)
    written = list(Path(settings.smtp_url.removeprefix("file:")).glob("*.eml"))
    assert written and all(b".example" in mail.read_bytes() for mail in written)


def test_every_decision_of_the_demo_comes_out_the_same_when_it_is_reckoned_again(demo: Session) -> None:
    proposals = demo.scalars(select(Proposal)).all()
    assert len(proposals) > 50
    assert [(one.id, found.why) for one in proposals if not (found := replay(one)).same] == []
