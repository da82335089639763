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
