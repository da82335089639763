"""Fills an empty database with the demo portfolio: the same figures every time for the same business date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from kulant.core.money import to_minor
from kulant.demo import bank, history, invoices
from kulant.demo.customers import profiles
from kulant.demo.invoices import Receipt
from kulant.demo.play import Stage
from kulant.demo.talk import contact_book, small_talk
from kulant.ledger.exchange import set_rates
from kulant.people.service import add_user, set_creditor
from kulant.relationship.rulebook import RuleBook, set_rules
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.ladder import standard_text
from kulant.treatment.policies import apply_policy

SEED = "kulant demo"
CREDITOR = "FJORDLYS"
CLERK, MANAGER = "demo", "manager"
PASSWORD = "kulant-demo-2026"  # noqa: S105 - printed for everybody to log in to a fictional portfolio

# Money nobody can place: days ago, kroner, what the payer wrote.
_LOOSE = ((61, "4120.00", "thanks"), (26, "1875.50", "invoice november"), (11, "7300.00", ""), (5, "990.00", "deposit"))

# For those whom the house charges what the law allows; everybody else is only asked.
_CHARGING = """\
ladder: with costs
country: NO
applies_to: {{customers: [{customers}]}}
relationship: off
minimum_balance: {{NOK: "50.00"}}
minimum_days_between: 7
climb: one_step_per_run
interest: statutory
steps:
  - {{code: reminder, document: reminder, after: {{days: 10, from: due_date}}}}
  - {{code: fee_reminder, document: fee_reminder, after: {{days: 14, from: previous_step}}, fee: statutory}}
  - {{code: formal_notice, document: formal_notice, after: {{days: 14, from: previous_step}}, fee: statutory}}
"""

# How much and how firmly the house writes: no hours, for the replay's letters must leave at whatever time it is loaded.
_PRESSURE = """\
contact: {max_contacts: {count: 3, days: 7}}
tone_ceiling: {grades: {A: final_reminder}}
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to log in to the demo."""

    name: str
    password: str
    creditor: str


def load(settings: Settings) -> Credentials:
    """Fills the empty, migrated database of these settings."""
    today = settings.today("NO")
    script = write_script(today)
    _found(settings, script, today)
    stage = Stage(settings, today, {(bill.profile.number, bill.story): bill for bill in script.bills if bill.story})
    history.Replay(stage, script, CREDITOR).perform()
    return Credentials(CLERK, PASSWORD, CREDITOR)


def write_script(today: date) -> history.Script:
    """Everything that will be replayed for a business date; nothing but the date decides it."""
    rng = invoices.dice(SEED)
    everybody = profiles(rng)
    bills = invoices.all_bills(everybody, today, SEED)
    cues = [(profile, scene) for profile in everybody for scene in profile.story.scenes]
    return history.Script(
        profiles=everybody,
        bills=bills,
        receipts=_numbered([*invoices.receipts(bills, rng), *_loose_receipts(today)]),
        cues=[*cues, *small_talk(everybody, rng)],
        contacts=contact_book(everybody, invoices.dice(f"{SEED}, contacts")),
    )


def _loose_receipts(today: date) -> list[Receipt]:
    return [
        Receipt(today - timedelta(days=days), to_minor(kroner, "NOK"), "NOK", reference=text)
        for days, kroner, text in _LOOSE
    ]


def _numbered(receipts: list[Receipt]) -> list[Receipt]:
    ordered = sorted(receipts, key=lambda receipt: (receipt.on, receipt.reference, receipt.invoice))
    return [replace(receipt, number=f"PAY{place:06d}") for place, receipt in enumerate(ordered, start=1)]


def _found(settings: Settings, script: history.Script, today: date) -> None:
    """The house itself: the creditor, its people, its ladders and the exchange rates it uses."""
    with doing(settings, actor="demo", today=today - timedelta(days=history.FIRST_RUN)) as act:
        creditor = set_creditor(
            act,
            code=CREDITOR,
            name="Fjordlys Engros AS (demo)",
            country="NO",
            organisation_number="000 000 000",
            address="Eksempelkaia 1\n0000 Fjordlysvik",
            email="regnskap@fjordlys-engros.example",
            phone="+47 00 00 00 00",
            website="fjordlys-engros.example",
            bank_account="0000 00 00000",
            contact_name="Demo: Ingrid",
            contact_phone="+47 00 00 00 01",
            contact_email="ingrid@fjordlys-engros.example",
            bank_fee_tolerance={"NOK": 75_00, "EUR": 10_00},
        )
        act.session.flush()
        people = ((CLERK, "clerk", "Demo: clerk"), (MANAGER, "manager", "Demo: manager"))
        for name, role, shown in people:
            add_user(act, name=name, role=role, password=PASSWORD, creditors=[creditor], display_name=shown)
        apply_policy(act, creditor=creditor, text=standard_text() + _PRESSURE)
        charged = [profile.number for profile in script.profiles if profile.story.charged]
        apply_policy(act, creditor=creditor, text=_CHARGING.format(customers=", ".join(charged)))
        set_rates(act, creditor=creditor, rates=bank.rates(today))
        rules = RuleBook(save_desk={"A": "Demo: Ingrid", "B": "Demo: clerk"}, replacement_cost={"NOK": 15_000_00})
        set_rules(act, creditor=creditor, rules=rules, why="The house names who keeps those who want to leave")
