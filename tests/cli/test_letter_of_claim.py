"""A British consumer's letter of claim leaves with its forms, by e-mail and to the printer."""

from __future__ import annotations

import csv
from email import message_from_bytes
from email.policy import default
from io import BytesIO

from pypdf import PdfReader

from tests.cli.conftest import COLUMNS
from tests.support.shell import Shell

LADDER = """
ladder: british
country: GB
relationship: off
minimum_days_between: 0
steps:
  - {code: friendly, document: reminder, after: {days: 10}, channel: email, approval: ask}
  - {code: claim, document: formal_notice, after: {days: 20, from: previous_step}, channel: email, approval: ask}
"""
ROWS = (
    'P1,Alex Example,consumer,GB,en,GBP,alex@example.org,"2 Example Street, Hull, HU1 2AB",'
    "1001,invoice,2026-07-01,2026-08-01,480.00,120.00,,\n"
)


def test_a_person_gets_the_forms_with_the_letter(empty: Shell) -> None:
    empty.ok(
        *("creditor", "set", "NORD", "--name", "Harbour Wholesale Ltd", "--country", "GB", "--currency", "GBP"),
        *("--language", "en", "--address", "1 Example Quay, Hull, HU1 1AA", "--bank-account", "12-34-56 12345678"),
        *("--iban", "GB29NWBK60161331926819"),
    )
    empty.ok("import", empty.write("ledger.csv", COLUMNS + ROWS))
    empty.ok("policy", "apply", empty.write("ladder.yaml", LADDER))
    for today in ("2026-08-20", "2026-09-21"):
        empty.ok("run", KULANT_TODAY=today)
        empty.ok("approve", "--all", KULANT_TODAY=today)
        sent = empty.json("deliver", KULANT_TODAY=today)["sent"]
        assert len(sent) == 1
    mails = [message_from_bytes(file.read_bytes(), policy=default) for file in (empty.folder / "outbox").glob("*.eml")]
    [claim] = [mail for mail in mails if "Letter of Claim" in mail["Subject"]]
    [pdf] = [part.get_content() for part in claim.iter_attachments()]
    body = claim.get_body(("plain",))
    assert body is not None and "Enclosed: Information sheet; Reply form;" in " ".join(body.get_content().split())
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) == 6 and "21 October 2026" in " ".join(pages[0].split())  # thirty days
    assert "Alex Example (P1)" in pages[2] and "1 Example Quay" in pages[2]
    empty.ok("letters", "--out", empty.folder / "supplier", "--hand-off")
    with (empty.folder / "supplier" / "index.csv").open(encoding="utf-8") as file:
        forms = [row["enclosures"] for row in csv.DictReader(file, delimiter=";") if row["kind"] == "formal_notice"]
    assert forms == ["information_sheet reply_form financial_statement"]
