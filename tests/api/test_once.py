"""The same call sent again has its effect once, also when both are under way at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from kulant.people.models import IdempotentAnswer
from kulant.people.repeated import KEPT_FOR
from kulant.plans.models import Plan
from kulant.relationship.models import Promise, TimelineEvent
from kulant.settings import Settings
from kulant.transaction import doing
from tests.api.conftest import Program, as_user

PROMISE = {"amount": "100.00", "date": "2026-12-01"}


def keyed(key: str = "k-1") -> dict[str, Any]:
    """The header of a key."""
    return {"headers": {"Idempotency-Key": key}}


def promises(settings: Settings) -> int:
    """How many promises there are."""
    with doing(settings, actor="test") as act:
        return act.session.scalar(select(func.count()).select_from(Promise)) or 0


def test_sent_again_it_gets_the_first_answer(program: Program, portfolio: Settings) -> None:
    first = program("POST", "/customers/K1/promises", json=PROMISE, **keyed())
    again = program("POST", "/customers/K1/promises", json=PROMISE, **keyed())
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert promises(portfolio) == 1
    program.ok("POST", "/customers/K1/promises", json=PROMISE, **keyed("k-2"))
    program.ok("POST", "/customers/K1/promises", json=PROMISE)  # without a key each is one of its own
    assert promises(portfolio) == 3


def test_another_call_with_the_same_key_is_refused(program: Program, portfolio: Settings) -> None:
    program.ok("POST", "/customers/K1/promises", json=PROMISE, **keyed())
    for path, body in (
        ("/customers/K1/promises", PROMISE | {"amount": "200.00"}),
        ("/customers/K2/promises", PROMISE),
        ("/customers/K1/promises?creditor=NORD", PROMISE),
        ("/propose", []),
    ):
        assert program.refused("POST", path, 422, json=body, **keyed())["code"] == "idempotency_key_reused"
    assert promises(portfolio) == 1


def test_two_programs_do_not_share_keys(client: TestClient, program: Program, portfolio: Settings) -> None:
    other = as_user(client, portfolio, "other", "act")
    program.ok("POST", "/customers/K1/promises", json=PROMISE, **keyed())
    other.ok("POST", "/customers/S1/promises", json=PROMISE, **keyed())
    assert promises(portfolio) == 2


def test_a_refusal_uses_no_key_up(program: Program) -> None:
    past = {"amount": "100.00", "date": "2026-11-01"}
    assert program.refused("POST", "/customers/K1/promises", 400, json=past, **keyed())["code"] == "promise_in_the_past"
    program.ok("POST", "/customers/K1/promises", json=PROMISE, **keyed())


def test_a_key_is_forgotten_after_a_day(client: TestClient, program: Program, portfolio: Settings) -> None:
    program.ok("POST", "/customers/K1/promises", json=PROMISE, **keyed())
    as_user(client, portfolio, "other", "act").ok("POST", "/customers/S1/promises", json=PROMISE, **keyed())
    with doing(portfolio, actor="test") as act:
        act.session.execute(update(IdempotentAnswer).values(created_at=act.now - KEPT_FOR - timedelta(seconds=1)))
    program.ok("POST", "/customers/K1/promises", json=PROMISE | {"amount": "7.00"}, **keyed())
    assert promises(portfolio) == 3
    with doing(portfolio, actor="test") as act:  # the other program's is gone too, although it never came back
        assert act.session.scalar(select(func.count()).select_from(IdempotentAnswer)) == 1


def test_ten_at_the_same_time_have_one_effect(program: Program, portfolio: Settings) -> None:
    def send(_: int) -> tuple[int, bytes]:
        answer = program("POST", "/customers/K1/promises", json=PROMISE, **keyed())
        return answer.status_code, answer.content

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(send, range(10)))
    assert [status for status, _ in answers] == [201]
    assert promises(portfolio) == 1


def test_the_link_of_an_offer_is_told_again_and_never_kept(program: Program, portfolio: Settings) -> None:
    first = program.ok("POST", "/customers/K1/plans", json={}, **keyed())
    assert program.ok("POST", "/customers/K1/plans", json={}, **keyed()) == first
    token = first["link"].rpartition("/")[2]
    assert program.client.get(f"/p/{token}").status_code == 200
    with doing(portfolio, actor="test") as act:
        assert act.session.scalar(select(func.count()).select_from(Plan)) == 1
        assert token not in act.session.scalars(select(IdempotentAnswer.body)).one()


def test_a_run_and_a_delivery_sent_again(program: Program) -> None:
    program.ok("POST", "/proposals/approve", json={"all": True}, **keyed("approve"))
    sent = program.ok("POST", "/deliver", json={}, **keyed("deliver"))
    assert len(sent["sent"]) == 2
    assert program.ok("POST", "/deliver", json={}, **keyed("deliver")) == sent
    assert program.ok("POST", "/deliver", json={}, **keyed("deliver-2"))["sent"] == []
    first = program.ok("POST", "/run", json={}, **keyed("run"))
    assert program.ok("POST", "/run", json={}, **keyed("run")) == first
    dry = program.ok("POST", "/run", json={"dry_run": True}, **keyed("dry"))
    assert dry["dry_run"] is True
    assert program.ok("POST", "/run", json={"dry_run": True}, **keyed("dry")) == dry


def test_a_file_sent_again_is_imported_once(program: Program) -> None:
    file = b"customer_id,invoice_number,due_date,amount,currency\nK1,X1,2026-10-01,100.00,NOK\n"

    def send(content: bytes, name: str = "a.csv") -> Any:
        return program("POST", f"/imports?file_name={name}", content=content, **keyed("file"))

    first = send(file)
    assert (first.status_code, send(file).json()) == (201, first.json())
    form = program("POST", "/imports", files={"file": ("a.csv", file)}, **keyed("form"))
    assert form.status_code == 201 and form.json()["result"]["unchanged"] == 1
    assert program("POST", "/imports", files={"file": ("a.csv", file)}, **keyed("form")).json() == form.json()
    assert send(file + b"K1,X2,2026-10-01,100.00,NOK\n").status_code == 422
    assert send(file, "b.csv").status_code == 422
    assert len(program.ok("GET", "/imports")["data"]) == 2


def test_a_note_sent_again_stands_once_on_the_timeline(program: Program, portfolio: Settings) -> None:
    for _ in range(2):
        program.ok("POST", "/customers/K1/notes", json={"kind": "call", "text": "Spoke with them."}, **keyed())
    with doing(portfolio, actor="test") as act:
        notes = select(func.count()).select_from(TimelineEvent).where(TimelineEvent.kind == "call")
        assert act.session.scalar(notes) == 1
