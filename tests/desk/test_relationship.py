"""The relationship at the desk: on the customer's page, in the list's filters, on the save desk and in the rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.app import create_app
from kulant.db import engine_for
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.models import Score
from kulant.relationship.models_care import ExpectationCheck, SaveCase, Strike
from kulant.relationship.models_view import RuleBookVersion
from kulant.relationship.rulebook import RuleBook, rules_of, set_rules
from kulant.relationship.standings import keep_standings
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import TODAY, Clerk
from tests.support import factories as make


@pytest.fixture
def known(portfolio: Settings) -> Settings:
    """Fjordbakeriet has two strikes, was last spoken with long ago, cost 900 to win and is grade A; Brattli nothing."""
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        make.create_user(act, nord, name="boss", role="manager")
        customer = act.session.scalars(select(Customer).where(Customer.number == "K1")).one()
        customer.acquisition_cost_minor = 90_000_000
        score = act.session.get_one(Score, customer.id)
        score.grade = "A"
        for place in range(2):
            act.session.add(
                Strike(
                    creditor_id=nord.id, customer_id=customer.id, code="late_reply", on=TODAY - timedelta(days=9),
                    text="answered late", key=f"k{place}",
                )
            )  # fmt: skip
        set_rules(act, creditor=nord, rules=RuleBook(save_desk={"A": "Test Kari"}), why="somebody to call them")
        keep_standings(act, nord)
    return portfolio


@pytest.fixture
def clerk(known: Settings) -> Iterator[Clerk]:
    with Clerk(create_app(known), raise_server_exceptions=False) as client:
        yield client.log_in()


@pytest.fixture
def manager(known: Settings) -> Iterator[Clerk]:
    with Clerk(create_app(known), raise_server_exceptions=False) as client:
        yield client.log_in("boss")


def names(page: str) -> list[str]:
    return [name for name in ("Fjordbakeriet AS", "Brattli Bygg AS") if name in page]


def test_the_customers_page_shows_three_axes_side_by_side_and_what_to_mind(clerk: Clerk) -> None:
    page = clerk.get("/?customer=K1").text
    for words in ("Value", "Attachment", "Keepability", "Phase", "Danger zone", "Break-even", "Expectation check"):
        assert words in page
    assert "2 strikes against us" in page and "\u221220" in page, "the points are said"
    assert "2 in 24 months; nothing goes out by itself" in page
    assert "0.00 NOK of 900,000.00 NOK earned back" not in page, "its invoice left something"
    assert "3,125.00 NOK of 900,000.00 NOK earned back" in page
    assert "With Test Kari since 23 Nov 2026: 2 strikes against us: their trust is lost" in page


def test_what_a_plan_costs_us_is_said_beside_what_it_is_believed_to_keep(clerk: Clerk) -> None:
    page = clerk.get("/?customer=K2&do=plan").text
    assert "waiting about 85 days. It costs 411.10 NOK." in page, "120.00 of staff time and a tenth a year of 12,500.00"
    assert "It is believed to keep" in page and "prior, not measured" in page


def test_the_list_finds_those_whose_plan_would_cost_more_than_it_is_believed_to_keep(
    clerk: Clerk, known: Settings
) -> None:
    capped = names(clerk.get("/?care=capped").text)
    for number, name in (("K1", "Fjordbakeriet AS"), ("K2", "Brattli Bygg AS")):
        page = clerk.get(f"/?customer={number}&do=plan").text
        assert ("That is more than it is believed to keep" in page) == (name in capped), name
    with doing(known, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        rules = rules_of(act.session, nord.id).model_copy(update={"concession_cap": False})
        set_rules(act, creditor=nord, rules=rules, why="no cap any more")
    assert names(clerk.get("/?care=capped").text) == []


def test_the_list_is_narrowed_by_the_relationship_and_says_how_many_each_filter_leaves(clerk: Clerk) -> None:
    assert names(clerk.get("/").text) == ["Fjordbakeriet AS", "Brattli Bygg AS"]
    page = clerk.get("/?care=strikes.saving.before").text
    assert names(page) == ["Fjordbakeriet AS"]
    assert 'Strikes <span class="count">1</span>' in page
    assert "2 strikes" in page and "Save desk" in page
    assert names(clerk.get("/?care=danger").text) == []
    assert names(clerk.get("/?care=strikes&state=plans").text) == []
    assert names(clerk.get("/?care=nonsense").text) == ["Fjordbakeriet AS", "Brattli Bygg AS"]


def test_filters_are_chosen_and_left_by_their_links(clerk: Clerk) -> None:
    page = clerk.get("/?care=strikes").text
    assert 'href="/?care=strikes.saving"' in page, "another beside it"
    assert 'href="/" aria-current="true">Strikes' in page, "the same again leaves it"
    assert '<input type="hidden" name="care" value="strikes">' in page, "searching keeps it"


def test_the_list_is_narrowed_by_phase(clerk: Clerk) -> None:
    assert names(clerk.get("/?phase=buying").text) == ["Fjordbakeriet AS", "Brattli Bygg AS"]
    assert names(clerk.get("/?phase=getting_to_know").text) == []
    assert names(clerk.get("/?phase=no_such_phase").text) == ["Fjordbakeriet AS", "Brattli Bygg AS"]


def test_an_expectation_is_recorded_in_a_call_and_a_gap_is_closed_by_saying_what_was_done(
    clerk: Clerk, known: Settings
) -> None:
    said = clerk.submit("/customers/K2/check", expected="9", got="4", words="Nobody rang back.", back="/?customer=K2")
    assert "There is a gap" in said.text
    assert "Expected 9 and got 4 of 10" in said.text and "A gap is open" in said.text
    assert names(clerk.get("/?care=gap").text) == ["Brattli Bygg AS"], "the list knows at once"
    assert "put it right, and say what was done" in clerk.get("/tasks").text
    closed = clerk.submit("/customers/K2/check/close", why="Rang, and sent the missing parts.", back="/?customer=K2")
    assert "Put right on 23 November 2026: Rang, and sent the missing parts." in closed.text
    assert names(clerk.get("/?care=gap").text) == []
    with Session(engine_for(known.database_url)) as session:
        check = session.scalars(select(ExpectationCheck)).one()
        assert (check.expected, check.got, check.closed_on) == (9, 4, TODAY)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"got": "11"}, "from 0 to 10"),
        ({"got": ""}, "Say what they got"),
        ({"got": "5", "expected": "x"}, "from 0 to 10"),
    ],
)
def test_points_that_are_none_are_refused(clerk: Clerk, fields: dict[str, str], words: str) -> None:
    answer = clerk.submit("/customers/K2/check", **fields)
    assert answer.status_code == 400 and words in answer.text


def test_a_case_of_the_save_desk_is_closed_with_how_it_ended(clerk: Clerk, known: Settings) -> None:
    page = clerk.get("/save-desk").text
    assert "Fjordbakeriet AS" in page and "with</span>" not in page and "Test Kari" in page
    assert "Nobody is named for grade B" in page
    with Session(engine_for(known.database_url)) as session:
        case = session.scalars(select(SaveCase)).one()
    closed = clerk.submit(f"/save-desk/{case.id}/close", outcome="saved", words="Made a new agreement.")
    assert "Case closed: saved." in closed.text and "Made a new agreement." in closed.text
    assert "not enough data" in closed.text
    assert clerk.submit(f"/save-desk/{case.id}/close", outcome="lost", words="again").status_code == 409
    assert clerk.submit(f"/save-desk/{case.id + 9}/close", outcome="lost", words="none").status_code == 404


def test_who_only_looks_and_who_is_elsewhere_changes_nothing(known: Settings) -> None:
    with Clerk(create_app(known), raise_server_exceptions=False) as client:
        client.log_in("looker")
        assert "Record what they said" not in client.get("/?customer=K2").text
        assert client.submit("/customers/K2/check", got="5").status_code == 403
    with Session(engine_for(known.database_url)) as session:
        case = session.scalars(select(SaveCase)).one()
    with Clerk(create_app(known), raise_server_exceptions=False) as client:
        client.log_in("other")
        assert client.submit("/customers/K2/check", got="5").status_code == 404
        assert client.submit(f"/save-desk/{case.id}/close", outcome="lost", words="x").status_code == 404


def test_break_even_by_cohort_leads_to_the_customers_behind_it(clerk: Clerk) -> None:
    page = clerk.get("/reports/break-even").text
    assert ">2026</a>" in page
    behind = clerk.get("/reports/break-even?by=quarter&cohort=2026+Q4&state=not_yet").text
    assert "/?customer=K1" in behind and "900,000.00" in behind
    assert "Nobody" in clerk.get("/reports/break-even?by=quarter&cohort=2026+Q4&state=lost_before").text


def form_of(rules: RuleBook) -> dict[str, str]:
    """What a browser sends when nothing on the page is changed."""
    plain = rules.model_dump(mode="json")
    percent = {"keepability_high", "save_below", "lost_below", "financing_rate", "cost_to_serve_share"}
    form: dict[str, str] = {}
    for name, value in plain.items():
        if isinstance(value, bool):
            form |= {name: "yes"} if value else {}
        elif isinstance(value, int | float):
            form[name] = f"{100 * value:g}" if name in percent else f"{value:g}"
    for place, phase in enumerate(plain["phases"]):
        form |= {
            f"phase-{place}-code": phase["code"],
            f"phase-{place}-name": phase["name"],
            f"phase-{place}-purchases": str(phase["after_purchases"]),
            f"phase-{place}-paid": str(phase["after_paid_invoices"]),
            f"phase-{place}-active": f"{100 * phase['active_below']:g}" if phase["active_below"] else "",
            f"phase-{place}-kindness": f"{phase['kindness']:g}",
        }
    return form | {f"save-{grade}": person for grade, person in plain["save_desk"].items()}


def test_a_manager_changes_a_rule_and_the_old_version_stays(manager: Clerk, known: Settings) -> None:
    assert "so long without real contact a person calls" in manager.get("/settings/rules").text
    form = form_of(RuleBook(save_desk={"A": "Test Kari"})) | {"danger_gap_days": "60", "save-B": "Test Ola"}
    page = manager.submit("/settings/rules", **form, why="Sixty is long enough").text
    assert "Rules in force: version 2." in page
    assert "Longest silence: 90 days → 60 days" in page and "Sixty is long enough" in page
    assert "Who saves them: A: Test Kari → A: Test Kari, B: Test Ola" in page
    with Session(engine_for(known.database_url)) as session:
        nord = session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        assert rules_of(session, nord.id) == RuleBook(
            danger_gap_days=60, save_desk={"A": "Test Kari", "B": "Test Ola"}
        ), "and nothing else changed"
        assert [row.set_by for row in session.scalars(select(RuleBookVersion))] == ["seed", "boss"]


def test_phases_are_added_and_taken_away(manager: Clerk, known: Settings) -> None:
    form = form_of(RuleBook(save_desk={"A": "Test Kari"}))
    form |= {"phase-1-name": "", "phase-4-name": "Old friends", "phase-4-purchases": "20"}
    assert manager.submit("/settings/rules", **form, why="ours").status_code == 200
    with Session(engine_for(known.database_url)) as session:
        nord = session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        phases = rules_of(session, nord.id).phases
    assert [phase.code for phase in phases] == [
        "getting_to_know", "using_and_paying", "staying_or_leaving", "old_friends",
    ]  # fmt: skip
    assert phases[-1].after_purchases == 20


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"danger_gap_days": "0"}, "Longest silence: "),
        ({"danger_gap_days": "many"}, "is not a number"),
        ({"strikes_stop": "1.5"}, "whole number"),
        ({"save_below": "100"}, "About to leave below: "),
        ({"replacement_cost": "NOK x"}, "is no cost"),
        ({}, "in force already"),
        ({"danger_gap_days": "61", "why": " "}, "needs some words"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_word(manager: Clerk, change: dict[str, str], words: str) -> None:
    form = {"why": "try"} | form_of(RuleBook(save_desk={"A": "Test Kari"})) | change
    answer = manager.submit("/settings/rules", **form)
    assert answer.status_code == 400 and words in answer.text


def test_a_clerk_reads_the_rules_and_does_not_change_them(clerk: Clerk) -> None:
    page = clerk.get("/settings/rules").text
    assert "Longest silence" in page and "90 days" in page and "Put in force" not in page
    assert clerk.submit("/settings/rules", danger_gap_days="1", why="mine").status_code == 403
