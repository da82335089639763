"""What dunning did to relationships: planted differences are found, none is made up, and small houses are told so."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from kulant.db import Act
from kulant.insight.churn_queries import names
from kulant.insight.effect import CAUSE, Stage, effect, effect_json, lateness_matched
from kulant.insight.effect_queries import Ledger
from kulant.people.models import Creditor
from kulant.treatment.models import Proposal, StepSent
from tests.support import factories as make

TODAY = date(2026, 11, 23)


def house(*, dunned_leave: float, other_leave: float, unlike: bool = False) -> Stage:
    """Monthly buyers for three years; each is once three weeks late, half of them are then dunned, some leave.

    ``unlike``: those who are dunned had more often been away for most of the year before.
    """
    chance = np.random.default_rng(5)
    rows, sent, item = [], {}, 0
    for customer in range(1, 6001):
        event = TODAY.toordinal() - 400 - int(chance.integers(0, 60))
        dunned = bool(chance.random() < 0.5)
        leaves = chance.random() < (dunned_leave if dunned else other_leave)
        away = unlike and chance.random() < (0.5 if dunned else 0.15)
        for day in range(event - 1100, TODAY.toordinal(), 30):
            if away and event - 380 < day < event - 60:
                continue
            if leaves and day > event:
                break
            late = event - 60 < day <= event - 30
            due = day + 14
            item += 1
            rows.append((item, customer, day, due, due + 40 if late else due - 2, 10_000))
            if late and dunned:
                sent[item] = date.fromordinal(due + 24)
    ledger = Ledger(*np.array(rows, dtype=np.int64).T)
    return lateness_matched(ledger, "reminder", sent, TODAY)


def test_a_difference_that_was_planted_is_found_and_one_that_was_not_is_not() -> None:
    found = house(dunned_leave=0.12, other_leave=0.06)
    assert found.verdict == "more" and found.placebo.verdict not in ("more", "less")
    assert found.found.ratio == pytest.approx(2.0, rel=0.25)
    assert found.found.matched_share is not None and found.found.matched_share > 0.99
    nothing = house(dunned_leave=0.1, other_leave=0.1)
    assert nothing.verdict == "no_difference" and "No difference was seen" in nothing.words


def test_groups_that_differed_a_year_before_say_nothing_about_dunning() -> None:
    found = house(dunned_leave=0.2, other_leave=0.05, unlike=True)
    assert found.placebo.verdict == "more"
    assert found.verdict == "not_alike" and "already differed" in found.words


def test_every_stretch_after_the_event_is_shown() -> None:
    found = house(dunned_leave=0.12, other_leave=0.06)
    assert [(one.after, one.until) for one in found.lags] == [(0, 90), (90, 180), (180, 365)]
    assert all(one.found.ratio is not None for one in found.lags)


def test_a_small_house_is_told_that_there_is_not_enough_data(act: Act, creditor: Creditor) -> None:
    for number in ("DUN", "NOT"):
        customer = make.create_customer(act, creditor, number)
        invoice = make.create_invoice(
            act, creditor, customer, due=act.today - timedelta(days=400), number=f"I-{number}"
        )
        make.create_payment(act, creditor, "1000.00", invoice=invoice, on=act.today - timedelta(days=360))
        if number == "DUN":
            proposal = Proposal(
                creditor_id=creditor.id, customer_id=customer.id, currency="NOK", on=act.today, treatment="reminder",
                document="reminder", channel="email", language="nb", firmness=1, demand_minor=1, reasons=[], options=[],
                break_evens=[], offers=[], facts={}, status="sent", created_at=act.now,
            )  # fmt: skip
            act.session.add(proposal)
            act.session.flush()
            act.session.add(
                StepSent(
                    item_id=invoice.id, proposal_id=proposal.id, step="friendly", document="reminder",
                    sent_on=act.today - timedelta(days=390),
                )
            )  # fmt: skip
    act.session.flush()
    report = effect(act.session, creditor, act.today)
    reminder, formal = report.stages
    assert (reminder.verdict, formal.verdict) == ("not_enough", "not_enough")
    assert "Not enough data: 1 customers dunned and 1 comparable" in reminder.words
    shown = effect_json(report, names(act.session, creditor.id, [one.customer_id for one in reminder.dunned]))
    [traced] = shown["stages"][0]["trace"]
    told = (traced["customer"], traced["weeks_late"], traced["bought_again"], traced["matched"])
    assert told == ("DUN", 1, False, True)
    assert shown["not_proof"] == CAUSE


def test_an_empty_ledger_is_no_fault(act: Act, creditor: Creditor) -> None:
    assert [one.verdict for one in effect(act.session, creditor, act.today).stages] == ["not_enough", "not_enough"]
