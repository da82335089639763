"""Random facts for the laws of the decision.

``KULANT_LAW_EXAMPLES=20000`` tries many more of them than the usual few hundred a law.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kulant.relationship.why_late import CODES
from kulant.treatment.decision import propose
from kulant.treatment.priors import DOCUMENTS, GRADES, SOFT

TODAY = date(2026, 11, 23)
Json = dict[str, Any]

thoroughly = settings(
    max_examples=int(os.environ.get("KULANT_LAW_EXAMPLES", "200")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def money(minor: int) -> str:
    return f"{minor / 100:.2f}"


amounts = st.integers(1, 10_000_000).map(money) | st.integers(100_000, 5_000_000).map(money)
seldom = st.sampled_from([False, False, False, False, False, True])


@st.composite
def invoices(draw: st.DrawFn) -> Json:
    disputed = draw(amounts) if draw(seldom) else "0.00"
    return {"due": ago(draw(st.integers(-40, 200))), "open": draw(amounts), "disputed": disputed}


@st.composite
def payments(draw: st.DrawFn, least: int) -> Json:
    due = draw(st.integers(60, 700))
    return {"due": ago(due), "paid": ago(due - draw(st.integers(least, 60))), "amount": draw(amounts)}


# Letters firmer than a reminder mostly go to those who mostly pay late.
histories = st.lists(payments(-10), max_size=10) | st.lists(payments(5), min_size=4, max_size=10)


steps = st.fixed_dictionaries({"document": st.sampled_from((*DOCUMENTS, *SOFT)), "date": st.integers(0, 120).map(ago)})
# Most random sets of letters leave nothing to do; these are the stages a real case stands at.
stages = st.sampled_from(
    [
        [],
        [{"document": "reminder", "date": ago(30)}],
        [{"document": "reminder", "date": ago(60)}, {"document": "final_reminder", "date": ago(20)}],
        [{"document": "reminder", "date": ago(80)}, {"document": "formal_notice", "date": ago(40)}],
        [{"document": "reminder", "date": ago(60)}, {"document": "call", "date": ago(30)}],
        [{"document": "reminder", "date": ago(90)}, *({"document": soft, "date": ago(30)} for soft in SOFT)],
    ]
)
promises = st.fixed_dictionaries(
    {"amount": amounts, "due": st.integers(-20, 90).map(ago), "kept": st.sampled_from([None, True, False, False])}
)
plans = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["broken", "broken", "completed", "declined", "offered", "expired"]),
        "date": st.integers(0, 900).map(ago),
    }
)


@st.composite
def relationships(draw: st.DrawFn) -> Json:
    found: Json = {
        "value_12m": draw(st.integers(0, 20_000_000).map(money) | st.integers(0, 100_000).map(money)),
        "open_complaints": int(draw(seldom) and draw(seldom)),
        "strikes_24m": draw(st.sampled_from([0, 0, 0, 0, 0, 1, 2])),
        "unanswered_requests": int(draw(seldom)),
        "open_gap": draw(seldom),
        "hardship": draw(seldom) and draw(seldom),
        "insolvent": draw(seldom) and draw(seldom),
        "strategic": draw(seldom),
        "churn_risk": draw(st.sampled_from([0, 0.1, 0.2, 0.3, 0.49, 0.5])),
        "last_contact": ago(draw(st.integers(0, 95))),
        "contact_gap_days": draw(st.integers(0, 60)),
        "grade": draw(st.sampled_from(GRADES)),
        "concession_cap": draw(amounts),
    }
    return {key: value for key, value in found.items() if draw(st.integers(0, 9))}


@st.composite
def facts(draw: st.DrawFn) -> Json:
    return {
        "today": TODAY.isoformat(),
        "country": draw(st.sampled_from(["NO", "SE", "DK", "GB", "NL"])),
        "customer_kind": draw(st.sampled_from(["business", "business", "business", "consumer", None])),
        "late_reason": draw(st.sampled_from([None, None, None, *(code for code in CODES if code != "insolvency")])),
        "currency": draw(st.sampled_from(["NOK", "NOK", "SEK", "EUR"])),
        "invoices": draw(st.lists(invoices(), min_size=1, max_size=4)),
        "history": draw(histories),
        "relationship": draw(relationships()),
        "steps_sent": draw(stages | stages | stages | st.lists(steps, max_size=4)),
        "promises": draw(st.lists(promises, max_size=2)) if draw(seldom) else [],
        "plans": draw(st.lists(plans, max_size=3)) if draw(st.booleans()) else [],
        "unmatched_payments": draw(amounts) if draw(seldom) else "0.00",
        "fees": draw(amounts) if draw(seldom) else "0.00",
        "call_tried_recently": draw(seldom),
    }


def firmness(data: Json) -> int:
    answer = propose(data)
    assert isinstance(answer, dict)
    return int(answer["firmness"])


def never_firmer(before: Json, after: Json) -> None:
    assert firmness(after) <= firmness(before), (propose(before), propose(after))


CARE: dict[str, Any] = {
    "hardship": lambda known: True,
    "insolvent": lambda known: True,
    "strategic": lambda known: True,
    "open_complaints": lambda known: (known or 0) + 1,
    "strikes_24m": lambda known: (known or 0) + 1,
    "unanswered_requests": lambda known: (known or 0) + 1,
    "open_gap": lambda known: True,
    "churn_risk": lambda known: min(1, (known or 0) + 0.4),
    "last_contact": lambda known: ago(200),
    "contact_gap_days": lambda known: 0,
    "contact_gap_limit": lambda known: 1,
    "concession_cap": lambda known: "99999999.00",
}
