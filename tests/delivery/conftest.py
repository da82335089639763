"""A house whose letters really leave: committed data, an archive in a folder, and a mail server on a free port."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.house import open_house
from kulant.delivery.models import Delivery
from kulant.delivery.outbox import approve
from kulant.delivery.worker import House, Report, deliver
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.models import Task
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal, StepSent
from kulant.treatment.policies import apply_policy
from kulant.treatment.service import propose_all
from tests.support.factories import create_creditor, create_customer, create_invoice

TODAY = date(2026, 11, 23)
LADDER = """
ladder: plain
relationship: off
steps:
  - {code: reminder, document: reminder, after: {days: 10, from: due_date}}
  - {code: final, document: final_reminder, after: {days: 14, from: previous_step}}
"""


@dataclass
class MailServer:
    """What arrived at the mail server, and how it should answer the next messages."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # one for each message to come; then all is well
    senders: list[str] = field(default_factory=list)  # of each envelope, with its recipients
    recipients: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.answers and self.answers[0].startswith("RCPT "):
            return self.answers.pop(0).removeprefix("RCPT ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        self.senders.append(envelope.mail_from)
        self.recipients.append(envelope.rcpt_tos)
        if answer == "hang up":
            self.received.append(envelope.content)
            server.transport.close()
            return "250 nobody hears this"
        if answer.startswith("250"):
            self.received.append(envelope.content)
        return answer

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived, as messages."""
        return [message_from_bytes(raw, policy=default) for raw in self.received]  # type: ignore[misc]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server that keeps what it is given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = MailServer(port=probe.getsockname()[1])
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@dataclass
class Desk:
    """A creditor's desk on a database of its own: everything done here is committed, as a door would."""

    settings: Settings
    mail: MailServer
    creditor_id: int = 0

    def doing(self) -> Any:
        """A transaction of the clerk's."""
        return doing(self.settings, actor="test clerk")

    def on(self, day: date) -> Desk:
        """The same desk on another business date."""
        return replace(self, settings=replace(self.settings, fixed_today=day))

    def house(self) -> House:
        """What the worker needs."""
        return open_house(self.settings, actor="worker")

    def deliver(self, *, after: timedelta = timedelta()) -> Report:
        """Carries out the outbox, as if so much time had passed."""
        return deliver(self.house(), creditor_id=self.creditor_id, now=datetime.now(UTC) + after)

    def owe(self, *amounts: str, number: str = "C1", **fields: Any) -> None:
        """A customer twenty days late with invoices of these amounts, numbered F1, F2, …"""
        with self.doing() as act:
            customer = create_customer(act, self.creditor(act), number, **fields)
            for n, amount in enumerate(amounts or ("1000.00",), start=1):
                reference = f"{number[1:]}00{n}"
                create_invoice(
                    act, self.creditor(act), customer, amount, number=f"{number}-F{n}", payment_reference=reference
                )

    def run(self) -> None:
        """Proposes what is due."""
        with self.doing() as act:
            propose_all(act, creditor=self.creditor(act))

    def approve(self, *, undo_seconds: int | None = None) -> None:
        """Approves everything that waits."""
        with self.doing() as act:
            for proposal in act.session.scalars(select(Proposal).where(Proposal.status == "proposed")).all():
                approve(act, creditor=self.creditor(act), proposal=proposal, undo_seconds=undo_seconds)

    def creditor(self, act: Act) -> Creditor:
        return act.session.get_one(Creditor, self.creditor_id)

    def customer(self, act: Act, number: str = "C1") -> Customer:
        return act.session.scalars(select(Customer).where(Customer.number == number)).one()

    def invoice(self, act: Act, number: str = "C1-F1") -> OpenItem:
        return act.session.scalars(select(OpenItem).where(OpenItem.number == number)).one()

    def change(self, what: Callable[[Act], object]) -> None:
        """Does something in a transaction of its own."""
        with self.doing() as act:
            what(act)

    def deliveries(self) -> list[Delivery]:
        with self.doing() as act:
            return list(act.session.scalars(select(Delivery).order_by(Delivery.id)))

    def delivery(self) -> Delivery:
        [only] = self.deliveries()
        return only

    def proposal(self) -> Proposal:
        with self.doing() as act:
            return act.session.scalars(select(Proposal).order_by(Proposal.id.desc())).first()  # type: ignore[return-value]

    def tasks(self) -> list[str]:
        with self.doing() as act:
            return list(act.session.scalars(select(Task.kind).order_by(Task.id)))

    def steps(self) -> list[tuple[str, date]]:
        with self.doing() as act:
            return [(row.step, row.sent_on) for row in act.session.scalars(select(StepSent).order_by(StepSent.id))]

    def set_delivery(self, **values: Any) -> None:
        """Leaves the delivery as a program that died would have left it."""
        with self.doing() as act:
            for delivery in act.session.scalars(select(Delivery)):
                for name, value in values.items():
                    setattr(delivery, name, value)


@pytest.fixture
def desk(database_url: str, tmp_path: Path, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Nordlys Engros with a plain ladder and nothing in its ledger yet."""
    monkeypatch.setenv("KULANT_SECRET_KEY", "a key for tests, long enough to sign with")
    settings = Settings(
        database_url=database_url,
        base_url="https://kulant.example",
        smtp_url=f"smtp://127.0.0.1:{mail_server.port}",
        storage_url=f"file:{tmp_path / 'documents'}",
        fixed_today=TODAY,
    )
    with doing(settings, actor="seed") as act:
        creditor = create_creditor(act)
        apply_policy(act, creditor=creditor, text=LADDER)
    return Desk(settings, mail_server, creditor.id)
