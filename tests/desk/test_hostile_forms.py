"""Every form of the desk, sent by hand: nothing without the right to it, no fault, and the day's work goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from kulant.app import create_app
from kulant.delivery.daily import run_day
from kulant.desk.routes import router
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make
from tests.support.proposals import ladder

# What anybody who is logged in may do: leave, and look at another creditor of their own.
FOR_EVERYBODY = ("/logout", "/creditor")
# What changes who is logged in, and forms with a file, which have tests of their own.
LEFT_OUT = ("/login", "/logout", "/import/look", "/import")

USUAL = {
    "amount": "10.00", "approval": "ask", "channel": "email", "code": "other", "country": "NO", "currency": "NOK",
    "days": "10", "decision": "approve", "document": "reminder", "due": "2026-12-01", "fee": "none",
    "invoice": "INV-K1", "kind": "complaint", "language": "nb", "name": "plain", "on": "2026-11-01",
    "origin": "due_date", "owner": "Kari",
    "promised_by": "2026-12-01", "answer_by": "2026-12-01", "got": "4", "expected": "8", "reason": "forgot",
    "since": "2027-01-01", "treatment": "call", "until": "2026-12-01", "value": "12.00", "why": "because",
    "yaml": ladder(), "outcome": "put_right", "replacement_cost": "NOK 10.00", "danger_gap_days": "90",
    "financing_rate": "10", "phase-0-code": "a", "phase-0-name": "A", "phase-0-active": "50", "phase-0-kindness": "1",
}  # fmt: skip
ODD = ["\x00", "9999-12-31", "inf", "1e400", "9" * 40, "'\"<b>"]
# Fields that only the page names, not the route.
BY_HAND = {
    "/settings/rules": [
        "why", "danger_gap_days", "financing_rate", "replacement_cost", "save-A", "phase-0-code", "phase-0-name",
        "phase-0-purchases", "phase-0-active", "phase-0-kindness",
    ]
}  # fmt: skip


@pytest.fixture
def manager(portfolio: Settings) -> Clerk:
    """The manager of Nordlys Engros."""
    with doing(portfolio, actor="seed") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="boss", role="manager")
    return Clerk(create_app(portfolio), raise_server_exceptions=False).log_in("boss")


def forms() -> dict[str, list[str]]:
    """Every address of the desk that takes a form, with the names of what it takes."""
    found = {
        str(one.path): [*dict.fromkeys(_names(one.original_route.dependant)), *BY_HAND.get(str(one.path), [])]
        for one in iter_route_contexts(router.routes)
        if isinstance(one.original_route, APIRoute) and "POST" in (one.methods or ())
    }
    assert len(found) > 40
    return found


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.body_params)
    for below in dependant.dependencies:
        yield from _names(below)


def address(path: str) -> str:
    """The address about the first customer, or the first row of whatever it is about."""
    return re.sub(r"{\w+}", "1", path.replace("{number:path}", "K1"))


def test_no_form_is_taken_without_the_token_of_this_log_in_or_from_another_site(clerk: Clerk) -> None:
    token = clerk.token()
    for path, takes in forms().items():
        if path == "/login":
            continue
        where, form = address(path), {name: USUAL.get(name, "1") for name in takes if name != "csrf"}
        assert clerk.post(where, data=form).status_code == 403, where
        elsewhere = clerk.post(where, data=form | {"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})
        assert elsewhere.status_code == 403, where


def test_who_only_looks_can_send_no_form(stranger: Clerk) -> None:
    looker = stranger.log_in("looker")
    token = looker.token()
    for path in forms():
        if path not in ("/login", *FOR_EVERYBODY):
            assert looker.post(address(path), data={"csrf": token}).status_code == 403, path


def test_odd_forms_are_answered_without_a_fault_and_the_days_work_goes_on(manager: Clerk, portfolio: Settings) -> None:
    token = manager.token()
    faults = []
    for path, takes in forms().items():
        if path in LEFT_OUT:
            continue
        names = [name for name in takes if name != "csrf"]
        for odd in ODD:
            for wrong in names:
                form = {name: USUAL.get(name, "1") for name in names} | {"csrf": token, wrong: odd}
                answer = manager.post(address(path), data=form, follow_redirects=False)
                if answer.status_code >= 500:
                    faults.append((path, wrong, odd[:20]))
    assert not faults
    with doing(portfolio, actor="run") as act:
        run_day(act, creditor=find_creditor(act.session, "NORD"))
    for page in ("/", "/?customer=K1", "/customers/K1/why", "/outbox", "/tasks", "/settings/rules", "/ladder"):
        assert manager.get(page).status_code == 200, page


@pytest.mark.parametrize(("form", "field"), [("hold", "until"), ("promise", "due")])
def test_no_hold_or_promise_lasts_until_the_end_of_time(clerk: Clerk, form: str, field: str) -> None:
    said = {"reason": "x", "amount": "10.00", "currency": "NOK"}
    for day in ("9999-12-31", "2200-01-01", "0001-01-01", "1e9"):
        assert clerk.submit(f"/customers/K1/{form}", **said, **{field: day}).status_code == 400, day
    assert "K1" in clerk.submit(f"/customers/K1/{form}", **said, **{field: "2199-12-31"}, back="/?customer=K1").text


def test_who_never_changed_a_rule_sees_the_rules(clerk: Clerk) -> None:
    assert "Rules of care" in clerk.get("/settings/rules").text


def test_a_rule_is_a_number_that_exists(manager: Clerk) -> None:
    for odd in ("inf", "-inf", "nan", "1e400", "1e30"):
        answer = manager.submit("/settings/rules", danger_gap_days=odd, why="x")
        assert answer.status_code == 400, odd


def test_what_if_takes_no_share_beyond_all_numbers(clerk: Clerk) -> None:
    for odd in ("1e99999999", "inf", "nan", "-1", "1e999999"):
        assert clerk.get("/proposals/1/decision", params={"treatment": "call", "recovery": odd}).status_code == 400, odd


def test_no_month_lies_at_the_end_of_time(clerk: Clerk) -> None:
    for which in ("lost", "new"):
        for month in ("9999-12", "0001-01", "2026-13"):
            answer = clerk.get("/reports/churn/customers", params={"which": which, "month": month})
            assert answer.status_code == 400, month


def test_halves_of_characters_are_refused_however_the_form_is_written(manager: Clerk) -> None:
    parts = {"csrf": manager.token(), "danger_gap_days": "91", "why": "half a character: +2AA-"}
    head = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(head.format(name, value) for name, value in parts.items()) + "--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x; charset=utf-7"}
    answer = manager.post("/settings/rules", content=body.encode(), headers=headers)
    assert answer.status_code == 400
    assert "not plain text" in answer.text


def test_what_is_said_after_a_form_fits_the_headers_whatever_was_written(clerk: Clerk) -> None:
    long = "".join(chr(0x4E00 + n % 20_000) for n in range(0, 4000 * 7, 7))
    clerk.submit("/customers/K1/note", kind="call", text="x", promised=long, promised_by="2026-12-01")
    back = "/?q=" + "x" * 100_000
    answer = clerk.post("/commitments/1/kept", data={"csrf": clerk.token(), "back": back}, follow_redirects=False)
    assert answer.status_code == 303
    assert sum(len(name) + len(value) for name, value in answer.headers.items()) < 4000
    assert "Kept." in clerk.get("/").text
