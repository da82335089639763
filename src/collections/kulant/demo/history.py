"""The replay: file by file and day by day, the history is done again through the services that do it every day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import groupby

from sqlalchemy import select

from kulant.core.errors import Refusal
from kulant.delivery.daily import run_day
from kulant.delivery.house import open_house
from kulant.delivery.imports import WAYS
from kulant.delivery.worker import deliver
from kulant.demo import bank, files
from kulant.demo.customers import Profile
from kulant.demo.invoices import Bill, Receipt
from kulant.demo.play import Stage
from kulant.demo.stage import is_customers, play
from kulant.demo.stories import Scene
from kulant.demo.talk import Contact
from kulant.intake.service import import_file
from kulant.ledger.models import OpenItem, PaymentDetail
from kulant.ledger.placing import park
from kulant.people.service import find_creditor
from kulant.transaction import doing

CLERK = "demo"
PROGRAM = "daily run"
FIRST_RUN = 98  # days before the business date
DAYS_BETWEEN_RUNS = 7

Cue = tuple[Profile, Scene]


@dataclass(frozen=True, slots=True)
class Script:
    """All that is going to happen: who is there, what is invoiced and paid, what is said and done."""

    profiles: Sequence[Profile]
    bills: Sequence[Bill]
    receipts: Sequence[Receipt]
    cues: Sequence[Cue]
    contacts: Sequence[Contact]


class Replay:
    """Plays a script up to the business date."""

    def __init__(self, stage: Stage, script: Script, creditor_code: str) -> None:
        self._stage = stage
        self._script = script
        self._code = creditor_code
        self._imported = date.min
        self._credited = 0

    def perform(self) -> None:
        """Everything, oldest first. The business date ends with a bank file that comes after the approvals."""
        first = self._day(FIRST_RUN)
        self._import(files.customers_csv(self._script.profiles, self._stage.today), "customers", first)
        self._import_books(first)
        self._import(files.interactions_csv(self._script.contacts, self._stage.today), "contacts", first)
        by_day = {days: list(cues) for days, cues in groupby(self._ordered(), key=lambda cue: cue[1].days_ago)}
        for days_ago in [*(days for days in by_day if days > FIRST_RUN), *range(FIRST_RUN, -1, -1)]:
            if days_ago <= FIRST_RUN and days_ago % DAYS_BETWEEN_RUNS == 0:
                self._run(days_ago)
            cues = by_day.get(days_ago, [])
            self._play([cue for cue in cues if cue[1].verb != "queue"], days_ago)
            if days_ago == 0:
                self._import_bank(self._stage.today, "late")
                self._import_statement()
            if days_ago <= FIRST_RUN:
                self._deliver(days_ago)
            self._play([cue for cue in cues if cue[1].verb == "queue"], days_ago)

    def _ordered(self) -> list[Cue]:
        return sorted(self._script.cues, key=lambda cue: -cue[1].days_ago)

    def _day(self, days_ago: int) -> date:
        return self._stage.today - timedelta(days=days_ago)

    def _run(self, days_ago: int) -> None:
        day = self._day(days_ago)
        self._import_books(day)
        with doing(self._stage.settings, actor=PROGRAM, today=day) as act:
            run_day(act, creditor=find_creditor(act.session, self._code))

    def _play(self, cues: Sequence[Cue], days_ago: int) -> None:
        for profile, scene in cues:
            actor = f"{profile.story.name} (portal)" if is_customers(scene) else CLERK
            with doing(self._stage.settings, actor=actor, today=self._day(days_ago)) as act:
                play(act, self._stage, find_creditor(act.session, self._code), profile, scene)

    def _deliver(self, days_ago: int) -> None:
        settings = replace(self._stage.settings, fixed_today=self._day(days_ago))
        with doing(settings, actor=PROGRAM) as act:
            creditor_id = find_creditor(act.session, self._code).id
        deliver(open_house(settings, actor=PROGRAM), creditor_id=creditor_id, now=datetime.now(UTC))

    def _import_books(self, day: date) -> None:
        """What was invoiced and paid since the last import."""
        bills = [bill for bill in self._script.bills if self._imported < bill.issued <= day]
        bills += self._stage.credit_notes[self._credited :]
        self._credited = len(self._stage.credit_notes)
        if bills:
            self._import(files.invoices_csv(bills), "invoices", day)
        self._import_bank(day)
        self._imported = day

    def _import_bank(self, day: date, part: str = "") -> None:
        stage = self._stage
        waiting = [receipt for receipt in self._script.receipts if self._imported < receipt.on <= day]
        arrived = [receipt for receipt in stage.bank if receipt.on <= day]
        stage.bank = [receipt for receipt in stage.bank if receipt.on > day]
        receipts = sorted((*waiting, *arrived), key=lambda receipt: (receipt.on, receipt.number))
        if receipts:
            self._import(files.payments_csv(receipts), f"payments-{part}" if part else "payments", day)

    def _import_statement(self) -> None:
        """The bank statement with what waits on the matching page; one payment is put aside already."""
        stage = self._stage
        firsts = {bill.profile.story.name: bill for bill in stage.bills.values() if bill.story == 1}
        self._import(bank.statement(firsts, stage.today), "statement", stage.today, ending="xml")
        with doing(stage.settings, actor=CLERK, today=stage.today) as act:
            creditor = find_creditor(act.session, self._code)
            details = select(PaymentDetail).where(PaymentDetail.message == bank.PARKED)
            unclear = act.session.get_one(OpenItem, act.session.scalars(details).one().item_id)
            park(act, creditor=creditor, payment=unclear, reason=bank.WHY_PARKED)

    def _import(self, source: BytesIO, what: str, day: date, *, ending: str = "csv") -> None:
        name = f"{what}-{day.isoformat()}.{ending}"
        with doing(self._stage.settings, actor=CLERK, today=day) as act:
            result = import_file(
                act, creditor=find_creditor(act.session, self._code), source=source, file_name=name, ways=WAYS
            )
        if result.as_json()["rejected"]:
            raise Refusal("demo_broken", f"{name} of the demo was not taken in whole: {result.sentence()}")
