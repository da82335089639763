"""What every answer carries, and what no template may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kulant.paths import resource_dir
from tests.desk.conftest import Clerk, clerk, portfolio, settings, stranger  # noqa: F401

TEMPLATES = sorted(
    file for folder in ("desk", "components") for file in (resource_dir("templates") / folder).rglob("*.html")
)


@pytest.mark.parametrize("address", ["/login", "/nowhere", "/healthz", "/static/tokens.css", "/"])
def test_every_answer_has_the_security_headers(stranger: Clerk, address: str) -> None:  # noqa: F811
    headers = stranger.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_are_never_kept_and_hashed_files_always(stranger: Clerk) -> None:  # noqa: F811
    assert stranger.get("/login").headers["cache-control"] == "no-store"
    address = re.search(r'href="(/static/desk\.css\?v=\w+)"', stranger.get("/login").text)
    assert address
    assert "immutable" in stranger.get(address[1]).headers["cache-control"]


def test_a_fault_answers_without_details(stranger: Clerk) -> None:  # noqa: F811
    @stranger.app.get("/fault")  # type: ignore[attr-defined,untyped-decorator]
    def fault() -> None:
        raise RuntimeError("a secret detail")

    answer = stranger.get("/fault")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_the_database_being_ready_is_said(stranger: Clerk) -> None:  # noqa: F811
    assert stranger.get("/healthz").json() == {"status": "ok"}
    assert stranger.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_holds_a_style_or_script_of_its_own(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son\w+\s*=", text)
    assert not re.search(r"hx-on|\bjs:", text)
    assert "| safe" not in text


def test_more_than_any_form_holds_is_refused_before_it_is_read(stranger: Clerk) -> None:  # noqa: F811
    """Also from strangers, stated or not: a body is read before anybody asks who sends it."""
    stated = stranger.post("/login", content=b"x" * (2 * 1024 * 1024))
    unstated = stranger.post(
        "/login",
        content=(b"x" * 65536 for _ in range(40)),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert (stated.status_code, unstated.status_code) == (413, 413)
    assert "kulant import" in stated.text
    assert unstated.headers["content-security-policy"]


def test_a_file_to_import_may_be_larger_than_a_form(clerk: Clerk) -> None:  # noqa: F811
    file = b"invoice_number,customer_id,amount\n" + b"1,2,3\n" * 300_000
    answer = clerk.post("/import/look", data={"csrf": clerk.token()}, files={"file": ("large.csv", file)})
    assert answer.status_code != 413


@pytest.mark.parametrize("who", ["nobody", "a viewer", "a page of another site"])
def test_a_large_file_of_somebody_who_may_not_import_is_not_read(stranger: Clerk, who: str) -> None:  # noqa: F811
    if who != "nobody":
        stranger.log_in("looker" if who == "a viewer" else "clerk")
    headers = {"content-type": "multipart/form-data; boundary=b"}
    if who == "a page of another site":
        headers["sec-fetch-site"] = "cross-site"
    stated = stranger.post("/import/look", content=b"x" * (2 * 1024 * 1024), headers=headers)
    unstated = stranger.post("/import/look", content=(b"x" * 65536 for _ in range(40)), headers=headers)
    assert (stated.status_code, unstated.status_code) == (413, 413)


@pytest.mark.parametrize(
    ("method", "address", "form"),
    [
        ("get", "/documents/{}", {}),
        ("get", "/import/{}", {}),
        ("get", "/import/{}/rejected.csv", {}),
        ("get", "/proposals/{}/preview", {}),
        ("get", "/bulk?proposal={}", {}),
        ("post", "/tasks/{}/done", {}),
        ("post", "/proposals/{}/approve", {}),
        ("post", "/bulk", {"proposal": "{}"}),
        ("post", "/outbox/undo", {"proposal": "{}"}),
        ("post", "/outbox/look-again", {"delivery": "{}"}),
        ("post", "/outbox/settle", {"delivery": "{}", "arrived": "true"}),
    ],
)
def test_a_number_no_database_can_hold_is_nobodys_and_no_fault(
    clerk: Clerk,  # noqa: F811
    method: str,
    address: str,
    form: dict[str, str],
) -> None:
    number = "9" * 25
    data = {"csrf": clerk.token()} | {name: value.format(number) for name, value in form.items()}
    answer = clerk.get(address.format(number)) if method == "get" else clerk.post(address.format(number), data=data)
    assert answer.status_code in (404, 422)
