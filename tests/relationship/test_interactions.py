"""Contacts that another program knows of: each on the timeline once, a complaint with its answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.imports import WAYS
from kulant.intake.records import InteractionRecord
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship import queries
from kulant.relationship.expectations import PUT_RIGHT, check_of, close_check, is_open_gap
from kulant.relationship.interactions import record_interactions
from kulant.relationship.models import Concern, Task, TimelineEvent
from kulant.relationship.rulebook import rules_of
from kulant.transaction import keep_events
from tests.conftest import Statements
from tests.intake import files
from tests.intake.workbooks import xlsx
from tests.support.factories import create_creditor, create_customer

HEADER = "interaction_id;customer_id;date;kind;direction;text;by;answered_date;outcome;expected;got\n"
CALL = InteractionRecord(1, "crm-1", "K1", date(2026, 11, 2), "call", "out", "Will pay on Friday.", "Kari")
COMPLAINT = InteractionRecord(2, "crm-2", "K1", date(2026, 11, 9), "complaint", text="Two boxes were missing.")


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "K1", account_manager="Selger A")


def take(act: Act, creditor: Creditor, rows: str, **more: Any) -> dict[str, Any]:
    result = files.take(act, creditor, HEADER + rows, ways=WAYS, **more)
    keep_events(act)
    return result


def moments(act: Act, customer: Customer) -> list[TimelineEvent]:
    return list(act.session.scalars(select(TimelineEvent).where(TimelineEvent.customer_id == customer.id)))


def concern(act: Act) -> Concern:
    return act.session.scalars(select(Concern)).one()


def test_a_contact_stands_on_the_timeline_on_its_day_with_who_had_it(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    result = take(act, creditor, "17;K1;2.11.2026;Call;out;Will pay on Friday.;Kari;;;;\n")
    assert (result["format"], files.counts(result)) == ("interactions-csv", (1, 0, 0, 0))
    [moment] = moments(act, customer)
    assert (moment.kind, moment.on, moment.direction) == ("call", date(2026, 11, 2), "out")
    assert (moment.text, moment.actor) == ("Will pay on Friday.", "Kari")
    assert queries.last_contacts(act.session, [customer.id]) == {customer.id: date(2026, 11, 2)}


def test_nobody_is_named_where_the_file_names_nobody(act: Act, creditor: Creditor, customer: Customer) -> None:
    take(act, creditor, "17;K1;2.11.2026;note;;Closed in July.;;;;;\n")
    assert [(one.actor, one.direction) for one in moments(act, customer)] == [("", None)]


def test_a_file_imported_again_changes_nothing(act: Act, creditor: Creditor, customer: Customer) -> None:
    rows = "1;K1;2.11.2026;call;out;Busy.;;;;;\n2;K1;3.11.2026;complaint;;Late again.;;6.11.2026;put_right;;\n"
    assert files.counts(take(act, creditor, rows)) == (2, 0, 0, 0)
    before = len(moments(act, customer))
    assert files.counts(take(act, creditor, rows)) == (0, 0, 2, 0)
    assert len(moments(act, customer)) == before == 3


def test_a_row_that_says_something_else_now_is_rejected(act: Act, creditor: Creditor, customer: Customer) -> None:
    take(act, creditor, "1;K1;2.11.2026;call;out;Busy.;;;;;\n")
    result = take(act, creditor, "1;K1;2.11.2026;call;out;Not busy.;;;;;\n")
    assert [one["field"] for one in result["rejected"]] == ["interaction_id"]
    assert "timeline is not changed" in result["rejected"][0]["error"]
    assert [one.text for one in moments(act, customer)] == ["Busy."]


def test_an_unknown_customer_is_rejected_with_its_row_and_the_others_go_in(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    create_customer(act, create_creditor(act, "SYD", name="Sydlys AS"), "S1")
    result = take(act, creditor, "1;S1;2.11.2026;call;;Hello.;;;;;\n2;K1;2.11.2026;call;;Hello.;;;;;\n")
    assert files.counts(result) == (1, 0, 0, 1)
    assert (result["rejected"][0]["row"], result["rejected"][0]["field"]) == (2, "customer_id")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("1;K1;24.11.2026;call;;Tomorrow.;;;;;", "date"),
        ("1;K1;2.11.2026;fax;;Hello.;;;;;", "kind"),
        ("1;K1;2.11.2026;call;both;Hello.;;;;;", "direction"),
        ("1;K1;2.11.2026;call;;Hello.;;3.11.2026;;;", "answered_date"),
        ("1;K1;2.11.2026;complaint;;Hello.;;1.11.2026;;;", "answered_date"),
        ("1;K1;2.11.2026;complaint;;Hello.;;24.11.2026;;;", "answered_date"),
        ("1;K1;2.11.2026;complaint;;Hello.;;3.11.2026;won;;", "outcome"),
        ("1;K1;2.11.2026;complaint;;Hello.;;;rejected;;", "outcome"),
        ("1;K1;2.11.2026;survey;;Hello.;;;;11;", "expected"),
        ("1;K1;2.11.2026;call;;Hello.;;;;;4", "got"),
        (";K1;2.11.2026;call;;Hello.;;;;;", "interaction_id"),
        (f"1;K1;2.11.2026;call;;{'x' * 4001};;;;;", "text"),
    ],
)
def test_what_contradicts_itself_is_rejected(
    act: Act, creditor: Creditor, customer: Customer, row: str, field: str
) -> None:
    result = take(act, creditor, row + "\n")
    assert [one["field"] for one in result["rejected"]] == [field]
    assert moments(act, customer) == []


def test_a_complaint_without_an_answer_waits_with_an_owner_and_a_day(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    take(act, creditor, "1;K1;9.11.2026;complaint;;Two boxes were missing.;;;;;\n")
    [waiting] = queries.open_concerns(act.session, [customer.id])
    assert (waiting.owner, waiting.opened_on, waiting.answer_by) == (
        "Selger A",
        date(2026, 11, 9),
        date(2026, 11, 16),
    )
    assert [one.direction for one in moments(act, customer)] == ["in"]


def test_the_answer_may_come_with_a_later_file(act: Act, creditor: Creditor, customer: Customer) -> None:
    take(act, creditor, "1;K1;9.11.2026;complaint;;Boxes were missing.;;;;;\n")
    row = "1;K1;9.11.2026;complaint;;Boxes were missing.;;12.11.2026;Put right;;\n"
    assert files.counts(take(act, creditor, row)) == (0, 1, 0, 0)
    assert (concern(act).answered_on, concern(act).outcome) == (date(2026, 11, 12), "put_right")
    assert ("complaint_answered", date(2026, 11, 12)) in [(one.kind, one.on) for one in moments(act, customer)]
    assert files.counts(take(act, creditor, row)) == (0, 0, 1, 0)


def test_an_older_file_does_not_open_it_again_and_another_answer_is_rejected(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    take(act, creditor, "1;K1;9.11.2026;complaint;;Boxes were missing.;;12.11.2026;explained;;\n")
    result = take(act, creditor, "1;K1;9.11.2026;complaint;;Boxes were missing.;;;;;\n")
    assert files.counts(result) == (0, 0, 1, 0)
    result = take(act, creditor, "1;K1;9.11.2026;complaint;;Boxes were missing.;;13.11.2026;explained;;\n")
    assert [one["field"] for one in result["rejected"]] == ["answered_date"]
    assert concern(act).answered_on == date(2026, 11, 12)


def test_the_same_number_twice_in_one_file(act: Act, creditor: Creditor, customer: Customer) -> None:
    call = "1;K1;2.11.2026;call;out;Busy.;;;;;\n"
    waiting = "2;K1;9.11.2026;complaint;;Missing.;;;;;\n"
    answered = "2;K1;9.11.2026;complaint;;Missing.;;12.11.2026;explained;;\n"
    result = take(act, creditor, call * 1500 + call.replace("Busy", "Free") + waiting + answered)
    assert (result["created"], result["updated"], result["unchanged"]) == (2, 1, 1499)
    assert [one["field"] for one in result["rejected"]] == ["interaction_id"]
    assert concern(act).outcome == "explained"


def test_the_points_of_a_survey_are_kept_for_programs_and_people(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    take(act, creditor, "1;K1;9.11.2026;survey;;Slow delivery.;;;;8;4\n")
    [moment] = moments(act, customer)
    assert moment.data == {"interaction": "1", "expected": 8, "got": 4}
    assert moment.text == "Slow delivery. Expected 8 of 10. Got 4 of 10."


def test_a_survey_that_tells_of_a_gap_holds_letters_at_once_and_asks_for_a_call(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    take(act, creditor, "1;K1;9.11.2026;survey;;Slow delivery.;;;;8;4\n")
    check = check_of(act.session, customer.id)
    assert check is not None and is_open_gap(check, rules_of(act.session, creditor.id))
    [task] = act.session.scalars(select(Task).where(Task.kind == PUT_RIGHT)).all()
    assert "expected 8 and got 4 of 10" in task.text
    take(act, creditor, "1;K1;9.11.2026;survey;;Slow delivery.;;;;8;4\n")  # again
    assert len(act.session.scalars(select(Task)).all()) == 1
    close_check(act, customer=customer, why="Rang them")
    take(act, creditor, "2;K1;10.11.2026;survey;;Still slow.;;;;8;3\n")
    assert check.closed_on is not None  # somebody has put it right since


def test_a_survey_of_somebody_content_asks_nothing_of_anybody(act: Act, creditor: Creditor, customer: Customer) -> None:
    take(act, creditor, "1;K1;9.11.2026;survey;;All well.;;;;8;9\n")
    assert check_of(act.session, customer.id) is None
    assert act.session.scalars(select(Task)).all() == []


def test_a_dry_run_leaves_nothing(act: Act, creditor: Creditor, customer: Customer) -> None:
    result = take(act, creditor, "1;K1;9.11.2026;complaint;;Missing.;;;;;\n", dry_run=True)
    assert files.counts(result) == (1, 0, 0, 0)
    assert moments(act, customer) == []
    assert act.session.scalars(select(Concern)).all() == []


def test_any_delimiter_and_a_mapping_will_do(act: Act, creditor: Creditor, customer: Customer) -> None:
    mapping = (
        "format: interactions-csv\ncolumns: {Sak: interaction_id, Kundenr: customer_id, Dato: date, Notat: text}\n"
        "constants: {kind: call}\n"
    )
    text = "Sak\tKundenr\tDato\tNotat\n9\tK1\t2026-11-02\tRingte.\n"
    result = files.take(act, creditor, text, mapping=mapping, ways=WAYS)
    assert (result["target"], files.counts(result)) == ("interactions-csv", (1, 0, 0, 0))


def test_a_workbook_will_do_too(act: Act, creditor: Creditor, customer: Customer) -> None:
    columns = HEADER.strip().split(";")
    row = [17, "K1", date(2026, 11, 2), "call", "out", "Will pay on Friday.", "Kari", "", "", "", ""]
    result = files.take(act, creditor, xlsx({"Kontakter": [columns, row]}), ways=WAYS)
    keep_events(act)
    assert files.counts(result) == (1, 0, 0, 0)
    assert [(one.on, one.actor) for one in moments(act, customer)] == [(date(2026, 11, 2), "Kari")]


def test_a_formula_refuses_the_file_whole(act: Act, creditor: Creditor, customer: Customer) -> None:
    with pytest.raises(Refusal, match="formula"):
        take(act, creditor, "1;K1;2.11.2026;call;;Hello.;;;;;\n2;K1;2.11.2026;call;;=cmd|' /C calc'!A0;;;;;\n")
    assert moments(act, customer) == []


def test_a_program_records_them_the_same_way(act: Act, creditor: Creditor, customer: Customer) -> None:
    strange = replace(CALL, row=3, number="crm-3", kind="fax")
    future = replace(CALL, row=4, number="crm-4", on=date(2026, 12, 1))
    result = record_interactions(act, creditor, [CALL, COMPLAINT, strange, future])
    assert (result.created, result.updated, result.unchanged) == (2, 0, 0)
    assert [(one.row, one.field) for one in result.rejected] == [(3, "kind"), (4, "date")]
    assert record_interactions(act, creditor, [CALL, COMPLAINT]).unchanged == 2


def test_ten_times_the_contacts_are_no_more_statements(
    act: Act, creditor: Creditor, customer: Customer, statements: Statements
) -> None:
    def sent(first: int, count: int) -> int:
        calls = [replace(CALL, row=n, number=f"n{n}") for n in range(first, first + count)]
        statements.clear()
        record_interactions(act, creditor, calls)
        keep_events(act)
        return len(statements)

    sent(0, 2)
    assert sent(10, 20) == sent(100, 200)
