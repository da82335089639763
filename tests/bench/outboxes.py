"""Outboxes to measure with: so many late customers with one invoice each, proposals for all, on a fresh database."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.outbox import approve_all
from kulant.intake.service import import_file
from kulant.people.models import Creditor
from kulant.people.service import find_creditor, set_creditor
from kulant.schema import upgrade
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy
from kulant.treatment.service import propose_all

TODAY = date(2026, 11, 23)
LADDER = """
ladder: plain
relationship: off
steps:
  - {code: reminder, document: reminder, after: {days: 10, from: due_date}, channel: CHANNEL}
"""
COLUMNS = (
    "customer_id", "customer_name", "customer_kind", "country", "currency", "email", "address", "invoice_number",
    "issue_date", "due_date", "amount",
)  # fmt: skip


def settings_of(url: str, folder: Path, smtp_url: str = "file:outbox") -> Settings:
    """Settings with an archive and an outbox of their own, and a key for this process and those it starts."""
    os.environ.setdefault("KULANT_SECRET_KEY", "a key for benchmarks, long enough to sign with")
    plain = Settings(url, "https://kulant.example", smtp_url, f"file:{folder / 'documents'}", TODAY)
    return replace(plain, smtp_url=f"file:{folder / 'outbox'}") if smtp_url == "file:outbox" else plain


def fill(settings: Settings, folder: Path, *, letters: int, channel: str, creditors: tuple[str, ...] = ("B",)) -> None:
    """Creditors with so many proposals each that nobody has decided."""
    upgrade(settings.database_url)
    for code in creditors:
        file = _invoices(folder, code, letters)
        with doing(settings, actor="bench") as act:
            creditor = set_creditor(
                act, code=code, name="Benk AS", country="NO", bank_account="12345678903", email="post@benk.example",
                address="Prøveveien 1, 0001 Oslo",
            )  # fmt: skip
            apply_policy(act, creditor=creditor, text=LADDER.replace("CHANNEL", channel))
            import_file(act, creditor=creditor, source=file)
        with doing(settings, actor="bench") as act:
            propose_all(act, creditor=find_creditor(act.session, code))


def approve_everything(settings: Settings, code: str = "B") -> int:
    """Puts all that is proposed into the outbox; returns how much that was."""
    with doing(settings, actor="bench") as act:
        creditor = find_creditor(act.session, code)
        ids = proposed(act, creditor)
        return len(approve_all(act, creditor=creditor, proposal_ids=ids, undo_seconds=None).ids)


def proposed(act: Act, creditor: Creditor) -> list[int]:
    """The ids of what waits for a decision."""
    which = select(Proposal.id).where(Proposal.creditor_id == creditor.id, Proposal.status == "proposed")
    return list(act.session.scalars(which.order_by(Proposal.id)))


def _invoices(folder: Path, code: str, count: int) -> Path:
    file = folder / f"{code}.csv"
    due = TODAY - timedelta(days=20)
    with file.open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out).writerow
        write(COLUMNS)
        for n in range(count):
            write(
                [f"K{n}", f"Kunde {n}", "business", "NO", "NOK", f"faktura@k{n}.example", f"Testgata {n}, 0002 Oslo",
                 f"{code}{n}", due - timedelta(days=30), due, f"{900 + n % 977}.00"]
            )  # fmt: skip
    return file
