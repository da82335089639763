"""Claims worked out by hand come out to the øre, and what is not known is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from kulant.core.errors import Refusal
from kulant.law import facts as facts_module
from kulant.law.book import Law, read_law
from kulant.law.claim import claim
from kulant.law.fees import collection_cost
from kulant.law.limitation import last_enforceable_day
from kulant.law.model import DayCount

OURS = Path(__file__).with_name("claims.yaml")
GIVEN = Path(__file__).resolve().parents[3] / "shared" / "acceptance" / "claim.yaml"


def worked() -> Iterator[Any]:
    """Our own claims, and those handed to us where they lie beside the project."""
    for file, key in ((OURS, "owed"), (GIVEN, "expect")):
        for case in yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader) if file.exists() else ():
            if "facts" in case:
                yield pytest.param(plain(case["facts"]), case[key], id=f"{file.parent.name}: {case['name']}")


def plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts read as text only, with the two answers that are yes or no made so again."""
    return facts | {"agreed": {key: value == "true" for key, value in facts["agreed"].items()}}


def one(**changes: Any) -> dict[str, Any]:
    """The answer to a claim on a Norwegian business, with changes."""
    facts: dict[str, Any] = {
        "country": "NO",
        "debtor": "business",
        "currency": "NOK",
        "as_of": "2026-08-13",
        "invoices": [{"number": "1", "principal": "10000.00", "due": "2026-05-15"}],
        "agreed": {"interest": True, "reminder_fee": True},
    }
    answer = claim(facts | changes)
    assert isinstance(answer, dict)
    return answer


def fee_reminders(*days: str) -> list[dict[str, str]]:
    return [{"document": "fee_reminder", "date": day} for day in days]


def charged(**changes: Any) -> list[str]:
    """The days of the letters that cost something."""
    return [fee["date"] for fee in one(**changes)["fees"]]


@pytest.mark.parametrize(("facts", "owed"), list(worked()))
def test_a_worked_claim_comes_out_to_the_smallest_unit(facts: dict[str, Any], owed: dict[str, str]) -> None:
    answer = claim(facts)
    assert isinstance(answer, dict)
    fees = sum((Decimal(fee["amount"]) for fee in answer["fees"]), Decimal("0.00"))
    assert {key: str(fees) if key == "fees_total" else answer[key] for key in owed} == owed


def test_the_answer_has_the_keys_of_the_contract() -> None:
    answer = one(steps_sent=fee_reminders("2026-06-02"), debtor="consumer")
    assert list(answer) == ["principal", "interest", "fees", "compensation", "total", "segments", "may", "sources"]
    assert set(answer["fees"][0]) == {"kind", "amount", "date", "rule"}
    assert set(answer["segments"][0]) == {"invoice", "from", "to", "days", "base", "rate", "amount"}
    assert set(answer["may"]) == {"fee_reminder", "formal_notice", "hand_over"}
    assert all(set(step) == {"allowed", "from", "max_fee", "rule"} for step in answer["may"].values())
    json.dumps(answer)


def test_an_array_is_answered_in_order_and_a_refusal_names_its_place() -> None:
    assert claim([]) == []
    good = {"country": "NO", "as_of": "2026-08-13"}
    assert claim([good, good]) == [claim(good), claim(good)]
    with pytest.raises(Refusal, match=r"^\[1\]: "):
        claim([good, {}])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"country": "FR"}, "FR"),
        ({"country": "UK"}, "write GB"),
        ({"country": None}, "country"),
        ({"as_of": "2027-01-01"}, "31 December 2026"),
        ({"as_of": "2017-12-31"}, "1 January 2018"),
        ({"as_of": "2026-02-30"}, "as_of"),
        ({"as_of": None}, "as_of"),
        ({"currency": "EUR"}, "NOK only"),
        ({"debtor": "company"}, "debtor"),
        ({"agreed": {"interest": "yes"}}, "agreed.interest"),
        ({"invoices": [{"principal": "1.00", "due": "2017-06-01"}]}, "first half of 2017"),
        ({"invoices": [{"principal": "1.00", "due": "2020-01-15"}]}, "compensation"),
        ({"invoices": [{"principal": "-1.00", "due": "2026-01-15"}]}, "invoices[0].principal"),
        ({"invoices": [{"principal": "1.00"}]}, "invoices[0].due"),
        ({"invoices": [{"principal": "1", "due": "2026-05-05", "payments": [{"amount": "1"}]}]}, "payments[0].date"),
        ({"invoices": {}}, "invoices"),
        ({"steps_sent": [{"date": "2026-06-01"}]}, "steps_sent[0].document"),
        ({"country": "NL", "currency": "EUR", "debtor": "consumer"}, "second half of 2026"),
        ({"country": "EU", "currency": "EUR", "debtor": "consumer"}, "consumer"),
    ],
)
def test_what_is_not_known_is_refused_and_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Refusal) as refused:
        one(**changes)
    assert named in refused.value.sentence


def test_what_is_not_agreed_is_not_claimed() -> None:
    steps = fee_reminders("2026-06-02", "2026-06-20")
    answer = one(agreed={"interest": False, "reminder_fee": False}, debtor="consumer", steps_sent=steps)
    assert (answer["interest"], answer["segments"], answer["fees"], answer["total"]) == ("0.00", [], [], "10000.00")
    assert not answer["may"]["fee_reminder"]["allowed"]


def test_in_sweden_the_demand_costs_what_the_law_says_whether_or_not_a_reminder_fee_was_agreed() -> None:
    steps = [{"document": "fee_reminder", "date": "2026-05-20"}, {"document": "formal_notice", "date": "2026-06-02"}]
    answer = one(
        country="SE",
        currency="SEK",
        debtor="consumer",
        agreed={"interest": True, "reminder_fee": False},
        steps_sent=steps,
    )
    assert [(fee["kind"], fee["amount"]) for fee in answer["fees"]] == [("notice_fee", "180.00")]
    assert not answer["may"]["fee_reminder"]["allowed"]


def test_a_norwegian_fee_waits_for_fourteen_days_and_for_a_missed_deadline() -> None:
    norway = {"debtor": "consumer"}
    assert charged(**norway, steps_sent=fee_reminders("2026-05-28")) == []
    assert charged(**norway, steps_sent=fee_reminders("2026-05-29")) == ["2026-05-29"]
    assert charged(**norway, steps_sent=fee_reminders("2026-05-29", "2026-06-12")) == ["2026-05-29"]
    assert charged(**norway, steps_sent=fee_reminders("2026-05-29", "2026-06-13")) == ["2026-05-29", "2026-06-13"]
    third = fee_reminders("2026-05-29", "2026-06-13", "2026-07-13")
    assert charged(**norway, steps_sent=third) == ["2026-05-29", "2026-06-13"]
    may = one(**norway, steps_sent=third)["may"]["fee_reminder"]
    assert (may["allowed"], may["from"], may["max_fee"]) == (False, "2026-12-13", "38.00")


def test_a_norwegian_count_begins_anew_after_six_months() -> None:
    old = [{"number": "1", "principal": "500.00", "due": "2026-01-02"}]
    days = ("2026-01-20", "2026-02-20", "2026-08-19", "2026-08-20")
    found = charged(debtor="consumer", invoices=old, as_of="2026-09-01", steps_sent=fee_reminders(*days))
    assert found == ["2026-01-20", "2026-02-20", "2026-08-20"]


def test_nobody_is_handed_over_before_the_last_day_of_a_notice_has_passed() -> None:
    assert one()["may"]["hand_over"] == {
        **{"allowed": False, "from": None, "max_fee": "0.00"},
        "rule": "inkassoloven 9 (14 days from sending)",
    }
    notice = [{"document": "formal_notice", "date": "2026-07-30"}]  # its last day is 13 August, a Thursday
    assert one(steps_sent=notice)["may"]["hand_over"]["from"] == "2026-08-14"
    assert not one(steps_sent=notice)["may"]["hand_over"]["allowed"]
    assert one(steps_sent=notice, as_of="2026-08-14")["may"]["hand_over"]["allowed"]


def test_a_notice_does_not_cover_what_fell_due_after_it() -> None:
    invoices = [{"number": str(n), "principal": "9.00", "due": f"2026-0{n}-15"} for n in (5, 6)]
    notice = [{"document": "formal_notice", "date": "2026-06-01"}]
    assert one(as_of="2026-06-16", invoices=invoices, steps_sent=notice)["may"]["hand_over"]["from"] is None
    assert one(as_of="2026-06-15", invoices=invoices, steps_sent=notice)["may"]["hand_over"]["from"] == "2026-06-16"
    again = [*notice, {"document": "formal_notice", "date": "2026-06-16"}]
    assert one(as_of="2026-06-16", invoices=invoices, steps_sent=again)["may"]["hand_over"]["from"] == "2026-07-01"


def test_without_a_known_notice_nothing_is_handed_over() -> None:
    euros = {"currency": "EUR", "invoices": [{"number": "1", "principal": "9.00", "due": "2026-05-15"}]}
    assert one(country="EU", **euros)["may"]["hand_over"]["from"] is None
    assert one(country="DE", **euros)["may"]["hand_over"]["from"] == "2026-05-16"


def test_a_wait_does_not_end_on_a_weekend() -> None:
    notice = [{"document": "formal_notice", "date": "2026-08-01"}]  # the 15th is a Saturday
    assert one(steps_sent=notice)["may"]["hand_over"]["from"] == "2026-08-18"


def test_a_finnish_consumer_is_reminded_before_a_demand() -> None:
    finland = {"country": "FI", "currency": "EUR", "debtor": "consumer"}
    assert one(**finland)["may"]["formal_notice"]["from"] is None
    reminded = one(**finland, steps_sent=[{"document": "reminder", "date": "2026-08-01"}])
    assert reminded["may"]["formal_notice"]["from"] == "2026-08-15"


def test_every_late_invoice_is_compensated_once_and_none_that_was_paid_in_time() -> None:
    invoices = [
        {"number": "1", "principal": "100.00", "due": "2025-06-10"},
        {"number": "2", "principal": "100.00", "due": "2025-06-11"},
        {"number": "3", "principal": "9.00", "due": "2025-06-12", "payments": [{"date": "2025-06-12", "amount": "9"}]},
        {"number": "4", "principal": "100.00", "due": "2026-09-01"},
    ]
    assert one(country="DK", currency="DKK", invoices=invoices)["compensation"] == "620.00"


@pytest.mark.parametrize(
    ("principal", "cost"), [("125", "40.00"), ("23000", "1005.00"), ("2500", "375.00"), ("2000000", "6775.00")]
)
def test_dutch_collection_costs_by_slices(principal: str, cost: str) -> None:
    [fee] = read_law("NL").file.fees
    assert fee.scale
    assert collection_cost(fee.scale, int(principal) * 100) == int(Decimal(cost) * 100)


def test_a_dutch_consumer_pays_collection_costs_only_after_the_fourteen_day_letter() -> None:
    dutch = {"country": "NL", "currency": "EUR", "debtor": "consumer", "as_of": "2026-06-30"}
    invoices = [{"number": "1", "principal": "1000.00", "due": "2026-05-01"}]
    handed = {"document": "hand_over", "date": "2026-06-25"}
    letter = {"document": "formal_notice", "date": "2026-06-01"}
    assert charged(**dutch, invoices=invoices, steps_sent=[handed]) == []
    assert one(**dutch, invoices=invoices, steps_sent=[letter, handed])["fees"][0]["amount"] == "150.00"


def test_thirty_days_to_the_month_where_the_file_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    file = read_law("DK").file
    counted = DayCount(value="30/360", source="DK-360", confidence="verified")
    changed = Law(replace(file, interest=replace(file.interest, day_count=counted), sources=_with_dk_360(file.sources)))
    monkeypatch.setattr(facts_module, "law_of", lambda *_: changed)
    invoices = [{"number": "1", "principal": "20000.00", "due": "2025-06-10"}]
    assert one(country="DK", currency="DKK", as_of="2025-09-08", invoices=invoices)["interest"] == "487.78"


def _with_dk_360(sources: dict[str, Any]) -> dict[str, Any]:
    return sources | {"DK-360": next(iter(sources.values()))}


def test_an_unsure_figure_is_marked() -> None:
    danish = one(country="DK", currency="DKK", as_of="2026-08-13", debtor="consumer")
    rates = {source["figure"]: source["confidence"] for source in danish["sources"] if "interest" in source["figure"]}
    assert rates == {
        "late interest in Denmark from 2026-01-01: 9.75 % a year": "verified",
        "late interest in Denmark from 2026-07-01: 10.00 % a year": "derived",
    }
    assert all(source["source"] and source["where"] and source["good_for"] for source in danish["sources"])


def test_when_a_claim_is_too_old() -> None:
    due, reminder = date(2020, 5, 1), date(2022, 5, 1)
    assert last_enforceable_day(read_law("NO"), "business", due, [reminder]) == date(2023, 5, 1)
    # In Sweden the last day moves from 1 May, a holiday.
    assert last_enforceable_day(read_law("SE"), "consumer", due, [reminder]) == date(2025, 5, 2)
    assert last_enforceable_day(read_law("SE"), "consumer", due, [date(2024, 1, 1)]) == date(2023, 5, 2)
    assert last_enforceable_day(read_law("SE"), "business", due) == date(2030, 5, 2)
    assert last_enforceable_day(read_law("DE"), "business", due) == date(2023, 12, 31)
    with pytest.raises(Refusal):
        last_enforceable_day(read_law("EU"), "business", due)
