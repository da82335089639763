"""How a creditor sends: usual rules until somebody sets others, and what is no rule is refused by name."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.sending_rules import SendingRules, keep_sending_rules, read_sending_rules, sending_rules
from kulant.people.models import Creditor


def test_the_usual_rules_hold_until_somebody_sets_others_and_says_why(act: Act, creditor: Creditor) -> None:
    assert sending_rules(act.session, creditor.id) == SendingRules()
    rules = read_sending_rules({"bank_data_max_age_days": 3, "opens": "08:00", "closes": "20:00"}, SendingRules())
    assert keep_sending_rules(act, creditor=creditor, rules=rules, why="the bank file comes daily").version == 1
    found = sending_rules(act.session, creditor.id)
    assert (found.bank_data_max_age_days, found.opens, found.closes) == (3, time(8), time(20))
    with pytest.raises(Refusal, match="in force already"):
        keep_sending_rules(act, creditor=creditor, rules=rules, why="once more")
    with pytest.raises(Refusal, match="needs some words"):
        keep_sending_rules(act, creditor=creditor, rules=SendingRules(), why=" ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bank_data_max_age_days": -1}, "Age: "),
        ({"mail_per_host_per_minute": 0}, "mail_per_host_per_minute: "),
        ({"opens": "08:00"}, "both an opening and a closing"),
        ({"opens": "20:00", "closes": "08:00"}, "before the closing"),
        ({"quiet_days": ["soon"]}, "quiet_days.0: "),
        ({"send_faster": True}, "no rule called .send_faster."),
        (["bank"], "names and values"),
    ],
)
def test_what_is_no_rule_is_refused_by_name(given: Any, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_sending_rules(given, SendingRules(), {"bank_data_max_age_days": "Age"})


def test_quiet_days_are_kept_once_and_in_order() -> None:
    days = ["2026-12-31", "2026-12-24", "2026-12-31"]
    assert read_sending_rules({"quiet_days": days}, SendingRules()).quiet_days == (
        date(2026, 12, 24), date(2026, 12, 31),
    )  # fmt: skip
