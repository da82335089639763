"""The API's description is true: every operation does what it says, and no call gets an answer it does not describe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from kulant.app import create_app
from kulant.db import Base, engine_for
from kulant.people.tokens import SCOPES
from kulant.relationship.scoring import score_portfolio
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.service import propose_all
from tests.api.conftest import TODAY, token_of
from tests.api.described import check, document, operations
from tests.support import factories as make


def test_every_operation_says_what_it_does_what_it_needs_and_how_it_refuses() -> None:
    assert len(operations()) > 60
    names = set()
    for path, found in document()["paths"].items():
        for method, operation in found.items():
            where = f"{method} {path}"
            assert len(operation["summary"]) > 10 and operation["tags"], where
            assert "Scope: `" in operation["description"], where
            [scope] = [one for need in operation["security"] for one in need["token"]]
            assert scope in SCOPES, where
            assert {"400", "401", "403", "404", "422", "429", "500"} <= set(operation["responses"]), where
            keys = [one["name"] for one in operation.get("parameters", []) if one["name"] == "idempotency-key"]
            assert bool(keys) == (method == "post"), where
            names.add(operation["operationId"])
    assert len(names) == len(operations())


def test_a_way_to_change_something_needs_more_than_looking() -> None:
    pure = {"/propose", "/claim", "/law/check", "/policies/try"}
    closed = {"/tokens", "/doctor", "/customers/{customer}/personal-data", "/customers/{customer}/erasure"}
    for path, found in document()["paths"].items():
        for method, operation in found.items():
            [scope] = [one for need in operation["security"] for one in need["token"]]
            assert (scope == "read") == ((method == "get" and path not in closed) or path in pure), path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Any]]:
    """A house of its own for all these examples, and its description; what one of them changes the next finds."""
    folder: Path = tmp_path_factory.mktemp("house")
    url = f"sqlite:///{folder / 'kulant.db'}"
    settings = Settings(url, "http://testserver", f"file:{folder / 'outbox'}", f"file:{folder / 'documents'}", TODAY)
    Base.metadata.create_all(engine_for(url))
    with patch.dict(os.environ, {"KULANT_SECRET_KEY": "a key for tests, long enough to sign with"}):
        with doing(settings, actor="seed") as act:
            nord = make.create_creditor(act)
            make.create_user(act, nord, name="boss", role="admin")
            for number in ("K1", "K2", "K3"):
                customer = make.create_customer(act, nord, number)
                make.create_invoice(act, nord, customer, "12500.00", days_late=20, number=f"INV-{number}")
            make.create_payment(act, nord, "500.00", number="P1")
            score_portfolio(act, creditor=nord)
            propose_all(act, creditor=nord)
        yield settings, schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(settings))
    engine_for(url).dispose()


KNOWN = {"customer": "K1", "invoice": "INV-K1", "payment": "P1", "item": "INV-K1", "country": "NO", "code": "NORD"}


@pytest.mark.parametrize(("method", "path"), operations(), ids=lambda part: part)
def test_no_call_gets_an_answer_that_is_not_described(house: tuple[Settings, Any], method: str, path: str) -> None:
    settings, schema = house
    secret = token_of(settings, "boss", *(scope for scope in SCOPES if scope != "metrics"))
    headers = {"Authorization": f"Bearer {secret}", "Kulant-Creditor": "NORD"}

    @examples(
        max_examples=4,
        derandomize=True,  # the same calls in every run: what fails here fails again
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(), known=st.booleans())
    def call(case: Any, known: bool) -> None:
        case.query.pop("creditor", None)
        case.headers.pop("kulant-creditor", None)
        if known:  # half of them about something that is there
            case.path_parameters = {name: KNOWN.get(name, "1") for name in case.path_parameters or {}}
        answer = case.call(headers=headers)
        assert answer.status_code < 500, answer.text
        assert answer.status_code != 401, answer.text
        check(_as_httpx(answer), (method, path))

    call()


def _as_httpx(answer: Any) -> Any:
    """The parts of schemathesis' answer that are looked at, named as those of the other tests."""

    class Seen:
        status_code = answer.status_code
        headers = {name: values[0] for name, values in answer.headers.items()}
        content = answer.content

        def json(self) -> Any:
            return answer.json()

    return Seen()
