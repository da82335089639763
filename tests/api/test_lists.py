"""Lists are paged through without losing or repeating a row, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.api.conftest import Program
from tests.support import factories as make


def pages(program: Program, path: str, limit: int) -> Iterator[list[Any]]:
    """All pages of a list."""
    sign, cursor = "&" if "?" in path else "?", ""
    while True:
        page = program.ok("GET", f"{path}{sign}limit={limit}{cursor}")
        yield page["data"]
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


def rows(program: Program, path: str, limit: int = 2) -> list[Any]:
    """All rows of a list, read page by page."""
    found = list(pages(program, path, limit))
    assert all(len(page) == limit for page in found[:-1]) and len(found[-1]) <= limit
    return [row for page in found for row in page]


def test_every_list_gives_every_row_once_in_its_order(program: Program, portfolio: Settings) -> None:
    with doing(portfolio, actor="test") as act:
        nord = find_creditor(act.session, "NORD")
        for number in ("10", "2", "É3", "a4", "Z/5"):
            customer = make.create_customer(act, nord, number, name=f"Kunde {number}")
            make.create_invoice(act, nord, customer, "700.00", days_late=20)
    program.ok("POST", "/run", json={})
    for number in range(5):
        program.ok("POST", "/customers/K1/notes", json={"kind": "note", "text": f"note {number}"})
    program.ok("POST", "/proposals/approve", json={"all": True})
    program.ok("POST", "/deliver", json={})
    for path in ("/customers", "/customers/K1/timeline", "/worklist", "/proposals", "/documents", "/tasks"):
        at_once = program.ok("GET", f"{path}?limit=1000")
        assert at_once["next"] is None
        assert rows(program, path) == at_once["data"], path
        assert len(at_once["data"]) >= 5 or path == "/tasks", path
    assert program.ok("GET", "/customers/Z/5")["name"] == "Kunde Z/5"
    assert program.ok("GET", "/customers/Z%2F5/timeline")["data"]


def test_a_row_that_comes_in_between_moves_no_other(program: Program, portfolio: Settings) -> None:
    first = program.ok("GET", "/customers?limit=1")
    assert [row["customer"] for row in first["data"]] == ["K1"]
    with doing(portfolio, actor="test") as act:
        make.create_customer(act, find_creditor(act.session, "NORD"), "K0")
    second = program.ok("GET", f"/customers?limit=1&cursor={first['next']}")
    assert ([row["customer"] for row in second["data"]], second["next"]) == (["K2"], None)


def test_customers_are_found_by_number_or_name(program: Program) -> None:
    def found(words: str) -> list[str]:
        return [row["customer"] for row in program.ok("GET", "/customers", params={"q": words})["data"]]

    assert found("K1") == ["K1"]
    assert found("bygg") == ["K2"]
    assert found("%") == found("_") == []


def test_the_timeline_shows_only_what_is_asked_for(program: Program) -> None:
    for kind, text in (("call", "They will pay."), ("meeting", "At theirs."), ("complaint", "It was broken.")):
        program.ok("POST", "/customers/K1/notes", json={"kind": kind, "text": text})

    def kinds(query: str) -> list[str]:
        return [row["kind"] for row in program.ok("GET", f"/customers/K1/timeline?{query}")["data"]]

    assert kinds("kind=talks") == ["meeting", "call"]
    assert kinds("kind=concerns&kind=money") == ["complaint", "invoice"]
    assert kinds("text=theirs") == ["meeting"]
    assert kinds("text=nothing+like+it") == []
    following = program.ok("GET", "/customers/K1/timeline?kind=talks&limit=1")["next"]
    assert kinds(f"kind=talks&cursor={following}") == ["call"]
    program.refused("GET", f"/customers/K1/timeline?kind=money&cursor={following}", 400)
    program.refused("GET", "/customers/K1/timeline?kind=gossip", 422)


def test_what_has_not_changed_is_not_sent_again(program: Program) -> None:
    first = program("GET", "/customers/K1")
    again = program("GET", "/customers/K1", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    program.ok("POST", "/customers/K1/holds", json={"until": "2026-12-01", "reason": "wait"})
    changed = program("GET", "/customers/K1", headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    assert changed.status_code == 200 and changed.json()["holds"][0]["until"] == "2026-12-01"
    assert "no-store" not in changed.headers["cache-control"] and "private" in changed.headers["cache-control"]
