"""No operation of the API is open to a token that was not made for it, nor to a person who may not do it."""

from __future__ import annotations

import re

from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from kulant.api.app import create_api
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.api.conftest import EVERYTHING, Program, as_user, problem
from tests.api.described import NOWHERE
from tests.support import factories as make

# What only reckons may be asked for with ``read``, though it is a POST.
PURE = ("/propose", "/claim", "/law/check", "/policies/try")
OPEN = ("/openapi.json",)


def operations() -> list[tuple[str, str]]:
    """Every address there is, whether it is described or not, with a number in the place of each name."""
    found = [
        (method, re.sub(r"{\w+(:path)?}", "1", str(one.path)))
        for one in iter_route_contexts(create_api(NOWHERE).routes)
        if isinstance(one.original_route, APIRoute) and one.path not in OPEN
        for method in sorted(one.methods or ())
    ]
    assert len(found) > 80
    return found


def refused(program: Program, method: str, path: str) -> str:
    """The code with which the call is refused."""
    body = {} if method == "GET" else {"json": {}}
    return str(problem(program(method, path, **body), 403)["code"])


def test_a_token_for_the_figures_opens_nothing_else(client: TestClient, portfolio: Settings) -> None:
    program = as_user(client, portfolio, "clerk", "metrics")
    for method, path in operations():
        assert refused(program, method, path) == "no_scope", path


def test_a_token_that_reads_changes_nothing(client: TestClient, portfolio: Settings) -> None:
    program = as_user(client, portfolio, "clerk", "read")
    for method, path in operations():
        if method != "GET" and path not in PURE:
            assert refused(program, method, path) == "no_scope", path


def test_a_clerks_token_administers_nothing(client: TestClient, portfolio: Settings) -> None:
    program = as_user(client, portfolio, "clerk", *EVERYTHING)
    for method, path in operations():
        if path in ("/tokens", "/doctor", "/users", "/policies", "/rules", "/rates") and method != "GET":
            assert refused(program, method, path) == "no_scope", path
    for path in ("/creditors/NORD", "/policies/1/back", "/policies/1/off", "/law/NO/figures/1", "/law/NO/regime"):
        assert refused(program, "PUT" if "creditors" in path else "POST", path) == "no_scope", path


def test_a_manager_of_one_creditor_does_not_look_at_the_whole_house(client: TestClient, portfolio: Settings) -> None:
    with doing(portfolio, actor="test") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="head", role="manager")
    assert refused(as_user(client, portfolio, "head", "read", "admin"), "GET", "/doctor") == "only_admins"
