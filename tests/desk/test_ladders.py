"""The ladders at the desk: told, edited, tried on today's ledger, put in force with a reason, compared, taken back."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import func, select

from kulant.app import create_app
from kulant.people.models import AuditEntry
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Ladder, Proposal
from kulant.treatment.models_record import Verdict
from tests.desk.conftest import Clerk
from tests.support import factories as make
from tests.support.proposals import ladder


@pytest.fixture
def manager(portfolio: Settings) -> Clerk:
    """The manager of Nordlys Engros."""
    with doing(portfolio, actor="seed") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="boss", role="manager")
    return Clerk(create_app(portfolio), raise_server_exceptions=False).log_in("boss")


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def in_force(settings: Settings) -> list[tuple[str, int, str | None]]:
    with doing(settings, actor="look") as act:
        rows = act.session.scalars(select(Ladder).where(Ladder.active).order_by(Ladder.name))
        return [(row.name, row.version, row.why) for row in rows]


def apply(manager: Clerk, text: str, why: str = "because") -> str:
    return plain(manager.submit("/ladder/apply", yaml=text, why=why).text)


def test_the_page_says_what_happens_to_whom_and_how_consumers_are_treated(clerk: Clerk) -> None:
    page = plain(clerk.get("/ladder").text)
    assert "The ladder that comes with Kulant; none of your own is in force." in page
    assert "For every customer without a ladder of their own. 2 customers today." in page
    assert "nothing firmer than a reminder leaves without a person having decided it" in page
    assert "New ladder" not in page


def test_each_ladder_says_how_many_customers_it_is_for(manager: Clerk) -> None:
    apply(manager, ladder("everyone"))
    apply(manager, ladder("one of them", applies_to="{customers: [K1]}"))
    page = plain(manager.get("/ladder").text)
    assert "For every customer without a ladder of their own. 1 customer today." in page
    assert "For customers K1. 1 customer today." in page


def test_customers_without_a_ladder_are_counted(manager: Clerk) -> None:
    apply(manager, ladder(applies_to="{segments: [nobody]}"))
    assert "No ladder applies to 2 customers; nothing is proposed for them." in plain(manager.get("/ladder").text)


@pytest.mark.parametrize("address", ["/ladder/edit", "/ladder/edit?version=1"])
def test_a_clerk_may_look_at_ladders_but_not_change_them(clerk: Clerk, address: str) -> None:
    assert clerk.get(address).status_code == 403
    forms: list[tuple[str, dict[str, object]]] = [
        ("/ladder/apply", {"yaml": ladder(), "why": "x"}),
        ("/ladder/check", {"yaml": ladder()}),
        ("/ladder/off", {"name": "plain", "why": "x"}),
        ("/ladder/back", {"version": 1, "why": "x"}),
    ]
    for form, fields in forms:
        assert clerk.submit(form, **fields).status_code == 403, form


def test_every_mistake_is_told_in_one_sentence_with_its_place(manager: Clerk) -> None:
    wrong = ladder().replace("document: reminder", "document: pigeon").replace("days: 10", "days: ten")
    page = plain(manager.submit("/ladder/check", yaml=wrong + "\ncolour: red").text)
    assert "3 things are wrong" in page
    assert "colour: this key is not known" in page
    assert "steps[0].document: is 'pigeon'; known are" in page
    assert "steps[0].after.days: is 'ten'; write a whole number" in page


def test_what_the_law_forbids_is_refused_with_the_rule(manager: Clerk, portfolio: Settings) -> None:
    unlawful = ladder(first=", fee: statutory")
    page = plain(manager.submit("/ladder/check", yaml=unlawful).text)
    assert "1 thing is wrong steps[0].fee: a reminder to a business in Norway may not cost" in page
    assert "write fee: none" in page
    assert "wrong" in apply(manager, unlawful)
    assert in_force(portfolio) == []


def test_markup_in_a_ladder_is_shown_as_text(manager: Clerk) -> None:
    page = manager.submit("/ladder/check", yaml="ladder: <b>bold</b>\n</textarea><script>").text
    assert "<b>bold" not in page
    assert "<script>" not in page.partition("<main")[2]


def test_trying_a_ladder_shows_whose_step_changes_and_stores_nothing(manager: Clerk, portfolio: Settings) -> None:
    def rows() -> list[int]:
        with doing(portfolio, actor="look") as act:
            tables = (Ladder, Proposal, Verdict, AuditEntry)
            return [act.session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]

    apply(manager, ladder())
    later = ladder("patient", applies_to="{customers: [K1]}").replace("days: 10", "days: 30")
    before = rows()
    answer = manager.submit("/ladder/try", yaml=later)
    page = plain(answer.text)
    assert "for 1 that is another step than now" in page
    assert "of 2 customers with something to judge." in page
    assert "Fjordbakeriet AS Friendly reminder, step reminder" in page
    assert "12,500.00 NOK Nothing" in page
    assert "Brattli Bygg AS" not in page
    assert 'href="/?customer=K1"' in answer.text
    assert rows() == before


def test_a_ladder_is_put_in_force_with_a_reason_and_without_one_it_is_not(manager: Clerk, portfolio: Settings) -> None:
    assert "Give a reason" in apply(manager, ladder(), why=" ")
    assert in_force(portfolio) == []
    assert "Ladder plain version 1 is in force." in apply(manager, ladder(), why="agreed with sales")
    assert in_force(portfolio) == [("plain", 1, "agreed with sales")]
    assert "applied by boss. Why: agreed with sales" in plain(manager.get("/ladder").text)
    with doing(portfolio, actor="look") as act:
        [line] = act.session.scalars(select(AuditEntry).where(AuditEntry.action == "ladder_applied"))
        assert line.actor == "boss"


def test_versions_are_compared_line_by_line_and_an_older_one_comes_back(manager: Clerk, portfolio: Settings) -> None:
    apply(manager, ladder())
    apply(manager, ladder().replace("days: 10", "days: 12"), why="two days more")
    answer = manager.get("/ladder/versions?name=plain")
    assert "<del>" in answer.text
    page = plain(answer.text)
    assert "Version 1 beside version 2" in page
    assert "days: 10, from: due_date" in page
    assert "days: 12, from: due_date" in page
    with doing(portfolio, actor="look") as act:
        first = act.session.scalars(select(Ladder.id).where(Ladder.version == 1)).one()
    assert "Give a reason" in plain(manager.submit("/ladder/back", version=first, why="").text).replace("give", "Give")
    page = plain(manager.submit("/ladder/back", version=first, why="it was too slow").text)
    assert "Version 1 is in force again, as version 3." in page
    assert in_force(portfolio) == [("plain", 3, "it was too slow (as version 1)")]


def test_a_ladder_is_switched_off_and_its_versions_are_kept(manager: Clerk, portfolio: Settings) -> None:
    apply(manager, ladder())
    page = plain(manager.submit("/ladder/off", name="plain", why="one ladder is enough").text)
    assert "Ladder plain is switched off." in page
    assert "The ladder that comes with Kulant" in page
    assert "plain , since 23 Nov 2026, by boss: one ladder is enough" in page
    assert in_force(portfolio) == []
    assert "until 23 Nov 2026, ended by boss" in plain(manager.get("/ladder/versions?name=plain").text)


def test_steps_of_the_form_are_written_into_the_text(manager: Clerk) -> None:
    fields = {
        "code": ["first", "second", ""], "document": ["reminder", "final_reminder", "reminder"],
        "days": ["9", "14", ""], "origin": ["due_date", "previous_step", "previous_step"],
        "channel": ["email", "letter", "email"], "fee": ["none", "none", "none"],
        "approval": ["ask", "ask", "ask"], "minimum": ["NOK 100.00", "", ""], "month_end": ["1"],
    }  # fmt: skip
    answer = manager.submit("/ladder/steps", yaml=ladder(minimum_days_between="9"), **fields)
    text = html.unescape(answer.text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    assert "minimum_days_between: 9" in text
    assert "- {code: first, document: reminder, after: {days: 9, from: due_date}" in text
    assert 'minimum_amount: {"NOK": "100.00"}' in text
    assert "after: {days: 14, from: previous_step, month_end: true}, channel: letter" in text
    assert "Nothing is wrong with it" in plain(answer.text)


def test_a_new_ladder_begins_under_a_name_that_is_not_taken(manager: Clerk) -> None:
    assert "ladder: standard" in manager.get("/ladder/edit").text
    apply(manager, ladder("standard"))
    assert "ladder: new" in manager.get("/ladder/edit").text


def test_nobody_sees_another_creditors_ladders(manager: Clerk, portfolio: Settings) -> None:
    from kulant.treatment.policies import apply_policy

    with doing(portfolio, actor="seed") as act:
        theirs = apply_policy(act, creditor=find_creditor(act.session, "SYD"), text=ladder("secret"))
    assert manager.get("/ladder/versions?name=secret").status_code == 404
    assert manager.get(f"/ladder/edit?version={theirs.id}").status_code == 404
    assert manager.submit("/ladder/back", version=theirs.id, why="x").status_code == 404
    assert "secret" not in manager.get("/ladder").text
