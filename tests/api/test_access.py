"""Who is let in, as whom, and what they may: nobody without a good token, and nobody to other people's books."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi.testclient import TestClient
from sqlalchemy import select

from kulant.api.app import create_api
from kulant.api.limits import RateLimit
from kulant.people.models import ApiToken, AuditEntry, User
from kulant.settings import Settings
from kulant.transaction import doing
from tests.api.conftest import Program, as_user, problem


def test_nobody_is_let_in_without_a_token(client: TestClient, program: Program) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}):
        answer = client.get("/api/v1/customers", headers=headers)
        problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    # Also at addresses that do not exist, and before anything is read.
    problem(client.post("/api/v1/nowhere", content=b"{" * 1000), 401)


def test_a_desk_log_in_opens_nothing_here(client: TestClient) -> None:
    client.post("/login", data={"name": "clerk", "password": "a long test password"})
    assert client.get("/").status_code == 200
    problem(client.get("/api/v1/customers"), 401)


def test_a_token_in_the_address_is_refused_even_when_it_is_good(client: TestClient, program: Program) -> None:
    for name in ("token", "access_token", "Api_Key"):
        refused = problem(client.get("/api/v1/customers", params={name: program.secret}), 400)
        assert refused["code"] == "token_in_address"
        assert program.secret not in str(refused)
        program.refused("GET", f"/customers?{name}=x", 400)


def test_an_expired_or_revoked_token_and_a_deactivated_person_are_not_let_in(
    client: TestClient, program: Program, portfolio: Settings
) -> None:
    def change(**values: object) -> None:
        with doing(portfolio, actor="test") as act:
            token = act.session.scalars(select(ApiToken)).one()
            for name, value in values.items():
                setattr(token, name, value)

    program.ok("GET", "/customers")
    change(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert program.refused("GET", "/customers", 401)["code"] == "bad_token"
    change(expires_at=None, revoked_at=datetime(2026, 1, 1, tzinfo=UTC))
    program.refused("GET", "/customers", 401)
    change(revoked_at=None)
    program.ok("GET", "/customers")
    with doing(portfolio, actor="test") as act:
        act.session.scalars(select(User).where(User.name == "clerk")).one().active = False
    program.refused("GET", "/customers", 401)


def test_another_creditors_books_are_as_if_they_were_not_there(client: TestClient, program: Program) -> None:
    for where in ({"params": {"creditor": "SYD"}}, {"headers": {"Kulant-Creditor": "SYD"}}):
        there = program.refused("GET", "/customers", 404, **where)
        nowhere = program.refused("GET", "/customers", 404, params={"creditor": "NONE"})
        assert there["code"] == nowhere["code"] == "no_creditor"
    program.refused("GET", "/customers/S1", 404)
    program.refused("GET", "/customers/S1/timeline", 404)
    program.refused("GET", "/items/INV-S1/trace", 404)
    program.refused("GET", "/customers/S1/explain", 404)
    program.refused("POST", "/customers/S1/notes", 404, json={"kind": "call", "text": "hello"})
    program.refused("POST", "/invoices/INV-S1/disputes", 404, json={"reason": "mine"})
    theirs = "3"  # the first proposals are Nordlys', the third is Sydlys'
    program.refused("GET", f"/proposals/{theirs}", 404)
    program.refused("POST", f"/proposals/{theirs}/dismiss", 404, json={"reason": "no"})
    program.refused("POST", "/proposals/approve", 404, json={"ids": ["1", theirs]})
    assert program.ok("GET", "/proposals/1")["status"] == "proposed"  # all or nothing
    assert "S1" not in str(program.ok("GET", "/customers")) + str(program.ok("GET", "/worklist"))


def test_who_sees_several_creditors_says_which(admin: Program) -> None:
    refused = admin.refused("GET", "/customers", 400)
    assert refused["code"] == "which_creditor" and "NORD, SYD" in refused["detail"]
    assert [one["customer"] for one in admin.ok("GET", "/customers?creditor=SYD")["data"]] == ["S1"]
    same = admin.ok("GET", "/customers", headers={"Kulant-Creditor": "SYD"})
    assert [one["customer"] for one in same["data"]] == ["S1"]
    admin.refused("GET", "/customers?creditor=SYD", 400, headers={"Kulant-Creditor": "NORD"})


def test_a_token_may_only_what_it_was_made_for(client: TestClient, portfolio: Settings) -> None:
    reader = as_user(client, portfolio, "clerk", "read")
    reader.ok("GET", "/customers")
    reader.ok("POST", "/propose", json=[])  # pure: it changes nothing
    for method, path, body in (
        ("POST", "/customers/K1/notes", {"kind": "call", "text": "x"}),
        ("POST", "/interactions", {"interactions": [_interaction()]}),
        ("POST", "/proposals/approve", {"all": True}),
        ("POST", "/run", {}),
        ("PUT", "/creditors/NORD", {"name": "Mine"}),
        ("GET", "/tokens", None),
    ):
        refused = reader.refused(method, path, 403, json=body)
        assert refused["code"] == "no_scope" and "it has: read" in refused["detail"]
    importer = as_user(client, portfolio, "clerk", "import")
    importer.ok("POST", "/interactions", json={"interactions": [_interaction()]})
    importer.refused("GET", "/customers", 403)


def _interaction(number: str = "i-1") -> dict[str, str]:
    return {"interaction_id": number, "customer": "K1", "date": "2026-11-20", "kind": "call", "text": "They called."}


def test_a_viewers_token_changes_nothing_whatever_it_was_given(client: TestClient, portfolio: Settings) -> None:
    program = as_user(client, portfolio, "clerk", "read", "act")
    with doing(portfolio, actor="test") as act:
        act.session.scalars(select(User).where(User.name == "clerk")).one().role = "viewer"
    program.ok("GET", "/customers")
    program.refused("POST", "/customers/K1/notes", 403, json={"kind": "call", "text": "x"})


def test_what_a_program_does_stands_in_the_audit_trail_with_its_person(program: Program, portfolio: Settings) -> None:
    program.ok("POST", "/customers/K1/notes", json={"kind": "call", "text": "They will pay."})
    with doing(portfolio, actor="test") as act:
        line = act.session.scalars(select(AuditEntry).where(AuditEntry.action == "call")).one()
    assert (line.actor, line.text) == ("clerk via test", "They will pay.")
    assert program.ok("GET", "/customers/K1/timeline")["data"][0]["by"] == "clerk via test"


def test_use_is_remembered(program: Program, portfolio: Settings) -> None:
    program.ok("GET", "/customers")
    with doing(portfolio, actor="test") as act:
        assert act.session.scalars(select(ApiToken.last_used_at)).one() is not None


def test_who_calls_too_often_waits(program: Program, portfolio: Settings) -> None:
    now = [100.0]
    limit = RateLimit(burst=2, per_second=0.5, clock=lambda: now[0])
    with TestClient(create_api(portfolio, limit), raise_server_exceptions=False, root_path="/api/v1") as client:
        headers = {"Authorization": f"Bearer {program.secret}"}

        def status() -> int:
            return client.get("/creditors", headers=headers).status_code

        assert [status() for _ in range(3)] == [200, 200, 429]
        refused = client.get("/creditors", headers=headers)
        assert problem(refused, 429)["code"] == "too_many_calls"
        assert refused.headers["retry-after"] == "2"
        now[0] += 2
        assert [status(), status()] == [200, 429]


def test_managers_see_their_own_tokens_and_administrators_all(
    client: TestClient, portfolio: Settings, admin: Program, program: Program
) -> None:
    names = {one["user"]: one["id"] for one in admin.ok("GET", "/tokens")}
    assert set(names) == {"boss", "clerk"}
    with doing(portfolio, actor="test") as act:
        act.session.scalars(select(User).where(User.name == "looker")).one().role = "manager"
    manager = as_user(client, portfolio, "looker", "admin")
    assert [one["user"] for one in manager.ok("GET", "/tokens")] == ["looker"]
    manager.refused("POST", f"/tokens/{names['clerk']}/revoke", 404)
    assert admin.ok("POST", f"/tokens/{names['clerk']}/revoke")["status"] == "revoked"
    program.refused("GET", "/customers", 401)
    manager.refused("POST", "/users", 403, json={"name": "x", "role": "admin", "password": "long enough"})
    manager.refused("PUT", "/creditors/SYD", 404, json={"name": "Mine"})
