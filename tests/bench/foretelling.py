"""How long value, the payment model and the cash forecast take, and how right they are on the sample ledger."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from kulant.db import Act, Base, engine_for
from kulant.intake.service import import_file, read_mapping
from kulant.people.service import set_creditor
from kulant.relationship import behaviour_queries, proof, value
from kulant.relationship.behaviour import history_curves
from kulant.relationship.hazard import hazard_curves
from kulant.relationship.known import NEVER, Book, Known
from kulant.relationship.lateness import Ints
from kulant.relationship.rolling import choose
from tests.bench.matching import act_on
from tests.conftest import SHARED_DATA

VALUED = 50_000
LEARNED = behaviour_queries.MOST_INVOICES
_DAYS = 730


@dataclass(frozen=True, slots=True)
class Measured:
    """What was done, how long it took, and what came of it."""

    what: str
    seconds: float
    rate: str


def fit_value() -> Measured:
    """The buying pattern of so many customers, drawn from the model itself."""
    random = np.random.default_rng(1)
    rate, leaves = random.gamma(1.2, 1 / 40, VALUED), random.beta(1.5, 9, VALUED)
    age = random.integers(30, 1500, VALUED).astype(np.float64)
    x, tx, here = np.zeros(VALUED), np.zeros(VALUED), random.random(VALUED) > leaves
    while here.any():
        then = tx + random.exponential(1 / rate)
        here &= then < age
        x, tx = np.where(here, x + 1, x), np.where(here, np.floor(then), tx)
        here &= random.random(VALUED) > leaves
    started = time.perf_counter()
    found = value.fit(x, tx, age)
    value.expected_purchases(found, x, tx, age)
    seconds = time.perf_counter() - started
    return Measured(f"fit value to {VALUED:,} customers", seconds, f"{VALUED / seconds:,.0f} customers/s")


def choose_model() -> Measured:
    """The rolling backtest over as many invoices as are ever looked at."""
    random = np.random.default_rng(2)
    customers = LEARNED // 10
    first = 738_000
    issued = np.sort(random.integers(first, first + _DAYS, LEARNED))
    customer = random.integers(0, customers, LEARNED)
    late = random.random(LEARNED) < random.beta(1, 2, customers)[customer]
    lateness = np.where(late, random.geometric(0.07, LEARNED), -random.integers(0, 20, LEARNED))
    paid, nothing = issued + 30 + lateness, np.zeros(0, np.int64)
    everywhere: Ints = np.full(LEARNED, NEVER)
    book = Book(
        customer=customer, issued=issued, due=issued + 30, paid=np.where(paid < first + _DAYS, paid, NEVER),
        pays=np.ones(LEARNED, np.bool_), dropped=everywhere, size=random.lognormal(0, 1, LEARNED), usual={},
        dispute_of=nothing, dispute_on=nothing, letter_of=nothing, letter_on=nothing,
    )  # fmt: skip
    started = time.perf_counter()
    choose(book, first + _DAYS - 1)
    seconds = time.perf_counter() - started
    return Measured(f"choose a payment model on {LEARNED:,} invoices", seconds, f"{LEARNED / seconds:,.0f} invoices/s")


def forecast(url: str, *, items: int) -> Measured:
    """The whole forecast as a program asks for it, from a database with so many open invoices."""
    command = [sys.executable, "-m", "kulant", "report", "forecast", "--creditor", "B", "--json"]
    environment = os.environ | {"KULANT_DATABASE_URL": url, "KULANT_TODAY": "2026-11-23"}
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        size = 0
        while piece := process.stdout.read(1 << 20):
            size += len(piece)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError("the forecast failed")
    rate = f"{items / seconds:,.0f} invoices/s, {size / 1e6:,.0f} MB of JSON, {usage.ru_maxrss / 1e3:,.0f} MB of memory"
    return Measured(f"forecast the cash of {items:,} open invoices", seconds, rate)


def sample(folder: Path) -> list[Measured]:
    """The sample ledger by its protocol: first 70 % learned from, the rest foretold; both, and which was chosen."""
    file = SHARED_DATA / "ibm_ar" / "accounts_receivable.csv"
    if not file.is_file():
        return []
    engine = engine_for(f"sqlite:///{folder / 'sample.db'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        act = act_on(session)
        creditor = set_creditor(act, code="SAMPLE", name="Benk AS", country="NO")
        mapping = read_mapping(Path(__file__).resolve().parents[2] / "examples" / "ibm_ar.yaml")
        import_file(act, creditor=creditor, source=file, mapping=mapping)
        session.flush()
        return _tried(act, creditor.id)


def _tried(act: Act, creditor_id: int) -> list[Measured]:
    whole = behaviour_queries.book(act.session, creditor_id, act.today)
    first = int(len(whole.customer) * 0.7)
    eve = int(whole.issued[first]) - 1
    day = act.today - timedelta(days=act.today.toordinal() - eve)
    learned = behaviour_queries.book(act.session, creditor_id, day)
    started = time.perf_counter()
    chosen = choose(learned, eve)
    seconds = time.perf_counter() - started
    tried, known = np.arange(first, len(whole.customer)), Known(whole, act.today.toordinal())
    payers = known.payers(whole.customer[tried], whole.issued[tried])
    house, pace = known.house(whole.issued[tried]), known.pace(eve)
    came = whole.late[tried]
    model = chosen.fitted
    found = {"own history": history_curves(payers, house, pace).late()}
    if model is not None:
        sizes, terms = whole.size[tried], whole.terms[tried]
        curves = hazard_curves(model, chosen.calibration, payers, house, size=sizes, terms=terms, pace=pace)
        found["weekly hazard"] = curves.late()
    used = "own history" if chosen.model is None else "weekly hazard"
    lines = []
    for name, late in found.items():
        measured = proof.measure(late, came)
        mark = ", in use" if name == used else ""
        lines.append(
            Measured(
                f"sample ledger, {len(tried)} invoices foretold: {name}{mark}",
                seconds,
                f"AUC {measured['auc']:.3f}, Brier {measured['brier']:.3f}, log loss {measured['log_loss']:.3f}",
            )
        )
    return lines
