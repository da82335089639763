"""What docs/api.md says is there."""

from __future__ import annotations

import re
from pathlib import Path

from kulant.cli.main import COMMANDS
from kulant.cli.reports import report
from kulant.people.tokens import SCOPES
from tests.api.described import operations

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_every_operation_is_named_and_nothing_else() -> None:
    named = set()
    for methods, path in re.findall(r"`(GET|POST|PUT)(?:` and `POST)? (/[^`?]*)", TEXT):
        named.add((methods, path))
    for path in re.findall(r"`GET` and `POST (/[^`?]*)`", TEXT):
        named |= {("GET", path), ("POST", path)}
    for name in re.findall(r"`/(\w+)`", TEXT):
        named.add(("GET", f"/reports/{name}"))
    named -= {("GET", "/reports/metrics")}
    missing = set(operations()) - named
    assert missing == set()
    assert {one for one in named if one not in operations() and not one[1].startswith("/imports/{id}")} == set()


def test_every_command_is_offered_or_said_why_not() -> None:
    table = " ".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `"))
    assert {name for name in COMMANDS if not re.search(rf"`{name}\b", table)} == set()


def test_every_scope_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| ", TEXT, re.MULTILINE)) >= set(SCOPES)


def test_every_report_of_the_shell_is_offered() -> None:
    reports = {command.name for command in report.registered_commands}
    assert {f"/reports/{name}" for name in reports} <= {path for _, path in operations()}
