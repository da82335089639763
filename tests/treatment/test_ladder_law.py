"""A ladder that asks for what the law forbids is refused when it is applied, with the rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.law.entries import enter, set_regime
from kulant.people.models import Creditor
from kulant.treatment.policies import apply_policy
from tests.support.factories import create_creditor, create_customer, create_invoice
from tests.support.proposals import ladder, leave, on, proposed, run, why

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def steps(*rows: str, **top: str) -> str:
    """A ladder of these steps, each ``document days more``: a row counts from the one before it."""
    head = [f"{key}: {value}" for key, value in top.items()]
    lines = []
    for n, row in enumerate(rows):
        document, days, *more = row.split(" ", 2)
        rest = f", {more[0]}" if more else ""
        lines.append(f"  - {{code: s{n}, document: {document}, after: {{days: {days}}}{rest}}}")
    return "\n".join(["ladder: tried", *head, "steps:", *lines])


def refused(act: Act, creditor: Creditor, text: str) -> str:
    with pytest.raises(Refusal) as refusal:
        apply_policy(act, creditor=creditor, text=text)
    return refusal.value.sentence


def country(act: Act, code: str, **fields: object) -> Creditor:
    return create_creditor(act, f"IN{code}", country=code, **fields)


@pytest.mark.parametrize("code", ["NO", "DK", "SE", "FI", "DE", "NL", "GB"])
def test_the_ladder_that_comes_for_a_country_is_lawful_there(act: Act, code: str) -> None:
    text = (EXAMPLES / f"{code.lower()}.yaml").read_text(encoding="utf-8")
    ladder = apply_policy(act, creditor=country(act, code), text=text)
    assert (ladder.name, ladder.active) == (code.lower(), True)


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("NO", steps("fee_reminder 13 fee: statutory"), "steps[0].fee: a fee reminder to a business in Norway may"),
        ("NO", steps("fee_reminder 13 fee: statutory"), "inkassoforskriften 1-2"),
        ("NO", steps('fee_reminder 14 fee: "38.01"'), "38.00 NOK at most"),
        ("NO", steps("reminder 14 fee: statutory"), "steps[0].fee: a reminder to a business in Norway may not cost"),
        ("NO", steps("fee_reminder 14 fee: statutory", "formal_notice 13 fee: statutory"), "after a missed deadline"),
        ("NO", steps("reminder 10", "formal_notice 14", "hand_over 13"), "steps[2] (s2): handing over waits at"),
        ("NO", steps("reminder 10", "hand_over 30"), "steps[1] (s1): the inkassovarsel must come before"),
        ("NO", steps("reminder 10", "hand_over 30"), "inkassoloven 9"),
        ("IS", steps("reminder 10", "hand_over 30"), "hand_over must come after a formal_notice"),
        ("DK", steps('fee_reminder 10 fee: "101.00"'), "100.00 DKK at most"),
        ("DK", steps("fee_reminder 5 fee: statutory", "fee_reminder 9 fee: statutory"), "at least 10 days apart"),
        ("DK", steps(*["fee_reminder 16 fee: statutory"] * 4), "steps[3].fee: "),
        ("DK", steps("reminder 10", "formal_notice 10", "hand_over 9"), "inkassoloven 10 (10 days from sending)"),
        ("DK", steps("final_reminder 20 fee: statutory"), "steps[0].fee: a final reminder to a business in Denmark"),
        ("SE", steps("fee_reminder 10 fee: statutory"), "kulant creditor set INSE --fee-agreed"),
        ("FI", steps("formal_notice 30"), "a reminder must come before a maksuvaatimus"),
        ("FI", steps("reminder 10", "formal_notice 13"), "waits at least 14 days after the reminder"),
        ("FI", steps("fee_reminder 13 fee: statutory", applies_to="{kinds: [consumer]}"), "perintälaki 10 a"),
        ("DE", steps('fee_reminder 14 fee: "2.50"'), "the law knows no such fee"),
        ("DE", steps("fee_reminder 14 fee: statutory", applies_to="{kinds: [consumer]}"), "the law knows no such fee"),
        ("GB", steps("reminder 10", interest="statutory", applies_to="{kinds: [consumer]}"), "write interest: none"),
        ("IS", steps("fee_reminder 14 fee: statutory"), "the law of IS is not known"),
        ("IS", steps("reminder 14", interest="statutory"), "the law of IS is not known"),
    ],
)
def test_what_the_law_forbids_is_refused_with_the_rule(act: Act, code: str, text: str, said: str) -> None:
    assert said in refused(act, country(act, code), text)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NO", steps("fee_reminder 14 fee: statutory", 'formal_notice 14 fee: "38.00"', "hand_over 14")),
        ("NO", steps("reminder 3", interest="statutory")),
        ("FI", steps("fee_reminder 10 fee: statutory")),  # from a business; from a consumer nothing is asked so early
        ("FI", steps('fee_reminder 14 fee: "12.00"')),  # from a consumer 5 at most is asked, whatever the ladder says
        ("GB", steps("reminder 10", interest="statutory")),
        ("IS", steps("reminder 10", "final_reminder 10")),
    ],
)
def test_what_is_lawful_for_some_of_the_customers_is_accepted(act: Act, code: str, text: str) -> None:
    assert apply_policy(act, creditor=country(act, code), text=text).active


def test_a_reminder_fee_in_sweden_is_accepted_once_the_terms_of_sale_know_it(act: Act) -> None:
    creditor = country(act, "SE", fee_agreed=True)
    assert apply_policy(act, creditor=creditor, text=steps("fee_reminder 10 fee: statutory")).active


def new_law(act: Act) -> None:
    """The new inkassolov begins on 1 January 2027, and the rate of that half-year is known."""
    set_regime(act, country="NO", since=date(2027, 1, 1), source="Norsk Lovtidend")
    enter(act, country="NO", what="rate:everyone", since=date(2027, 1, 1), value="12.00", source="Norsk Lovtidend")
    act.session.flush()


def test_from_the_first_day_of_the_new_norwegian_law_a_ladder_has_no_notice(act: Act, creditor: Creditor) -> None:
    with_notice = steps("reminder 10", "final_reminder 14", "formal_notice 14", "hand_over 21")
    without = steps("reminder 10", "final_reminder 14", "hand_over 21")
    assert "inkassovarsel" in refused(act, creditor, without)
    new_law(act)
    later = on(act, date(2027, 1, 4))
    assert "only licensed agencies" in refused(later, creditor, with_notice)
    assert apply_policy(later, creditor=creditor, text=without).active


def test_a_notice_waiting_when_the_new_law_begins_is_never_sent(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=ladder(first=""))
    customer = create_customer(act, creditor, "C1")
    invoice = create_invoice(act, creditor, customer, "5000.00", due=date(2026, 11, 20))
    for day in (date(2026, 11, 30), date(2026, 12, 15)):
        leave(act, proposed(on(act, day), creditor, customer), day)
    new_law(act)
    assert run(on(act, date(2027, 1, 5)), creditor).created == []
    assert "law_regime" in why(on(act, date(2027, 1, 5)), creditor, customer, invoice)


def test_a_step_switched_off_asks_for_nothing(act: Act, creditor: Creditor) -> None:
    text = steps("reminder 7", 'fee_reminder 5 fee: "99.00", approval: off', "final_reminder 14")
    assert apply_policy(act, creditor=creditor, text=text).active


def test_the_ladder_in_force_stays_when_a_new_one_is_refused(act: Act, creditor: Creditor) -> None:
    kept = apply_policy(act, creditor=creditor, text=steps("reminder 7"))
    refused(act, creditor, steps('fee_reminder 14 fee: "99.00"'))
    assert (kept.active, kept.version) == (True, 1)
