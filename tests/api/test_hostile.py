"""What hostile or broken programs send is refused with a problem document, never with a fault."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.api.conftest import Program, problem

JSON = {"Content-Type": "application/json"}
NOTE = "/customers/K1/notes"

BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "two documents": b"{} {}",
    "another shape": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "not UTF-8": b'{"kind": "call", "text": "\xff"}',
    "UTF-16": '{"kind": "call", "text": "x"}'.encode("utf-16"),
    "half a character": b'{"kind": "call", "text": "\\ud800"}',
    "half a character as a name": b'{"kind": "call", "text": "x", "\\udfff": 1}',
    "NUL": b'{"kind": "call", "text": "a\\u0000b"}',
    "not a number": b'{"kind": "call", "text": "x", "more": NaN}',
    "an infinite number": b'{"kind": "call", "text": "x", "more": 1e999}',
    "a number of 5,000 digits": b'{"kind": "call", "text": "x", "more": ' + b"9" * 5000 + b"}",
    "a misspelt field": b'{"kind": "call", "txt": "x", "text": "x"}',
    "only blanks": b'{"kind": "call", "text": "   "}',
    "too long a text": b'{"kind": "call", "text": "' + b"x" * 4001 + b'"}',
    "arrays in arrays": b'{"kind": "call", "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects in objects": b'{"kind": "call", "text": ' + b'{"a":' * 30 + b"1" + b"}" * 30 + b"}",
}


def test_a_body_that_is_not_what_is_asked_for(program: Program) -> None:
    before = program.ok("GET", "/customers/K1/timeline")
    for what, body in BODIES.items():
        refused = program.refused("POST", NOTE, 422, content=body, headers=JSON)
        assert refused["code"] == "malformed" and refused["errors"], what
    assert program.ok("GET", "/customers/K1/timeline") == before


FACTS = {
    "/propose": [
        b'{"today": "2026-11-22", "country": "\\u0000"}',
        b'{"today": 20261122}',
        b'{"country": {"a": []}, "invoices": {}}',
        b'[{"today": "2026-11-22", "country": "NO", "currency": "NOK", "invoices": [{"amount": "1e400"}]}]',
    ],
    "/claim": [
        b'{"country": "NO", "debtor": "business", "currency": "NOK", "as_of": "9999-99-99", "invoices": []}',
        b'{"country": "NO", "debtor": "business", "currency": "NOK", "as_of": "0001-01-01", '
        b'"invoices": [{"number": "1", "principal": "99999999999999999999", "due": "0001-01-01"}]}',
        b"[1]",
        b"17",
    ],
}


def test_facts_that_are_none(program: Program) -> None:
    for path, bodies in FACTS.items():
        for body in bodies:
            answer = program("POST", path, content=body, headers=JSON)
            assert answer.status_code in (400, 422), (body, answer.text)
            problem(answer, answer.status_code)


def test_an_amount_finer_than_its_currency_is_refused(program: Program) -> None:
    wish = {"monthly": "100.001", "currency": "NOK"}
    assert program.refused("POST", "/customers/K1/plan-proposals", 422, json=wish)["code"] == "bad_amount"


def test_only_json_that_says_so_is_taken(program: Program) -> None:
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", ""):
        refused = program.refused("POST", NOTE, 415, content=b"{}", headers={"Content-Type": kind})
        assert refused["code"] == "wrong_content_type"
    program.ok(
        "POST", NOTE, content=b'{"kind":"call","text":"x"}', headers={"Content-Type": "application/json; charset=utf-8"}
    )


def test_a_body_of_nothing_but_brackets_is_not_unfolded(program: Program) -> None:
    body = b"[" + b"{}," * 1_000_001 + b"{}]"
    refused = program.refused("POST", "/propose", 422, content=body, headers=JSON)
    assert "divide it" in refused["detail"] + str(refused["errors"])


def test_countries_files_that_are_none(program: Program) -> None:
    for text in ("[" * 50_000, "a: &a [x]\nb: [*a, *a]", "x" * 100_001, "country: NO"):
        assert program.refused("POST", "/law/check", 400, json={"yaml": text})["code"] == "bad_law"
    program.refused("POST", "/law/check", 422, json={"yaml": 1})


def test_a_delivery_at_the_end_of_time(program: Program, admin: Program) -> None:
    admin.ok("POST", "/proposals/approve?creditor=NORD", json={"all": True})
    for now in ("9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:00"):
        answer = admin("POST", "/deliver?creditor=NORD", json={"now": now})
        assert answer.status_code < 500, (now, answer.text)


def test_a_body_larger_than_its_address_takes_is_not_read(program: Program, client: TestClient) -> None:
    large = b'{"kind":"call","text":"' + b"x" * (3 * 2**20) + b'"}'
    assert program.refused("POST", NOTE, 413, content=large, headers=JSON)["code"] == "too_large"
    pieces = (large[start : start + 65536] for start in range(0, len(large), 65536))
    program.refused("POST", NOTE, 413, content=pieces, headers=JSON)  # its length unsaid
    problem(client.post(f"/api/v1{NOTE}", content=large, headers=JSON), 401)


ODD = [
    "/customers/a%00b",
    "/customers?q=a%00b",
    "/customers?cursor=x",
    "/customers?cursor=" + "x" * 400,
    "/customers?limit=0",
    "/customers?limit=99999999999999999999999",
    "/customers?limit=x",
    "/plans/x",
    "/plans/999999999999999999999999",
    "/imports/-1",
    "/proposals/%F0%9F%92%A9",
    "/customers/K1/statement?from=yesterday",
    "/customers/K1/statement?to=2026-13-01",
    "/customers/K1/statement?currency=%27%3B--",
    "/customers/" + "x" * 5000,
    "/law/XX",
    "/books?from=2026-11-30&to=2026-11-01",
    "/reports/none",
    "/customers?creditor=" + "x" * 300,
]


def test_odd_addresses(program: Program) -> None:
    for path in ODD:
        answer = program("GET", path)
        assert answer.status_code in (400, 404, 422), (path, answer.status_code, answer.text)
        problem(answer, answer.status_code)


def test_a_cursor_opens_only_its_own_list(program: Program, admin: Program) -> None:
    following = program.ok("GET", "/customers?limit=1")["next"]
    assert following
    for path in ("/proposals", "/documents", "/customers/K1/timeline", "/worklist"):
        program.refused("GET", f"{path}?cursor={following}", 400)
    admin.refused("GET", f"/customers?creditor=SYD&cursor={following}", 400)


def test_wrong_methods_and_unknown_addresses(program: Program) -> None:
    answer = program("DELETE", "/creditors")
    assert problem(answer, 405)["code"] == "wrong_method" and "GET" in answer.headers["allow"]
    assert program.refused("GET", "/no/such", 404)["code"] == "no_such_address"
    program.refused("PATCH", "/customers/K1", 405)


def test_files_that_are_none(program: Program) -> None:
    for file in (b"", b"\x00" * 100, b"%PDF-1.4 nothing", b"PK\x03\x04" + b"x" * 50, b"a;b\n1;2\n"):
        answer = program("POST", "/imports?file_name=x.csv", content=file)
        assert answer.status_code in (400, 422), answer.text
        problem(answer, answer.status_code)
    assert program.ok("GET", "/imports")["data"] == []


def test_forms_that_are_none(program: Program) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--'):
        answer = program("POST", "/imports", content=body, headers=kind)
        assert answer.status_code in (400, 422), (answer.status_code, answer.text)
    program.refused("POST", "/imports", 400, content=b"x", headers={"Content-Type": "multipart/form-data"})
    program.refused("POST", "/imports", 415, data={"file": "x"})
    program.refused("POST", "/imports", 422, files={"other": ("a.csv", b"a,b")})


def test_a_key_that_cannot_be_kept_is_refused(program: Program) -> None:
    for key in ("", "x" * 201, "a b", "æ".encode()):
        answer = program("POST", NOTE, json={"kind": "call", "text": "x"}, headers={"Idempotency-Key": key})
        assert answer.status_code in (400, 422), key
        problem(answer, answer.status_code)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=st.characters(codec=None)),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=20,
)


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([NOTE, "/propose", "/claim", "/interactions", "/customers/K1/promises"]), body=ANYTHING)
def test_no_json_at_all_is_answered_with_a_fault(program: Program, path: str, body: object) -> None:
    answer = program("POST", path, content=json.dumps(body).encode(), headers=JSON)
    assert answer.status_code < 500, answer.text
