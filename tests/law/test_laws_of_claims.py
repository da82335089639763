"""What holds for every claim, whatever its numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, reject
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.law.book import COUNTRIES, read_law
from kulant.law.claim import claim

FIRST, LAST = date(2022, 7, 1), date(2026, 12, 31)
CENT = Decimal("0.01")
Facts = dict[str, Any]

days = st.dates(FIRST, LAST)
amounts = st.integers(0, 5_000_000).map(lambda minor: f"{minor / 100:.2f}")
payments = st.lists(st.fixed_dictionaries({"date": days.map(str), "amount": amounts}), max_size=3)
invoices = st.lists(
    st.fixed_dictionaries({"number": st.just("1"), "principal": amounts, "due": days.map(str), "payments": payments}),
    min_size=1,
    max_size=3,
)
documents = st.sampled_from(["reminder", "fee_reminder", "fee_reminder", "formal_notice", "hand_over"])
steps = st.lists(st.fixed_dictionaries({"document": documents, "date": days.map(str)}), max_size=10)


@st.composite
def claims(draw: Callable[[st.SearchStrategy[Any]], Any], debtor: str | None = None) -> Facts:
    country = draw(st.sampled_from(COUNTRIES))
    return {
        "country": country,
        "debtor": debtor or draw(st.sampled_from(["business", "consumer"])),
        "currency": read_law(country).file.currency,
        "as_of": str(draw(days)),
        "invoices": draw(invoices),
        "steps_sent": draw(steps),
        "agreed": {"interest": country != "EU" or debtor == "business", "reminder_fee": True},
    }


def answer(facts: Facts) -> dict[str, Any]:
    """The answer; a claim that the files do not cover is no example."""
    try:
        found = claim(facts)
    except Refusal as refusal:
        assert refusal.code == "no_law"
        reject()
    assert isinstance(found, dict)
    return found


def interest(facts: Facts) -> Decimal:
    return Decimal(answer(facts)["interest"])


def with_invoices(facts: Facts, change: Callable[[Facts], Facts]) -> Facts:
    return facts | {"invoices": [change(invoice) for invoice in facts["invoices"]]}


@given(claims())
def test_the_parts_add_up(facts: Facts) -> None:
    found = answer(facts)
    fees = sum(Decimal(fee["amount"]) for fee in found["fees"])
    parts = Decimal(found["principal"]) + Decimal(found["interest"]) + Decimal(found["compensation"]) + fees
    assert Decimal(found["total"]) == parts
    assert sum(Decimal(one["amount"]) for one in found["segments"]) == Decimal(found["interest"])
    assert all(one["days"] > 0 and one["from"] <= one["to"] <= facts["as_of"] for one in found["segments"])
    assert all(Decimal(value) >= 0 for key, value in found.items() if isinstance(value, str))


@given(claims(), days)
def test_dividing_a_period_changes_nothing(facts: Facts, day: date) -> None:
    divided = with_invoices(
        facts, lambda one: one | {"payments": [*one["payments"], {"date": str(day), "amount": "0.00"}]}
    )
    assert interest(divided) == interest(facts)


@given(claims(), st.integers(1, 400))
def test_a_later_payment_never_lowers_interest(facts: Facts, wait: int) -> None:
    def later(payment: dict[str, str]) -> dict[str, str]:
        return payment | {"date": str(date.fromisoformat(payment["date"]) + timedelta(days=wait))}

    delayed = with_invoices(facts, lambda one: one | {"payments": [later(payment) for payment in one["payments"]]})
    assert interest(delayed) >= interest(facts)


@given(claims(), amounts)
def test_more_principal_never_bears_less_interest(facts: Facts, more: str) -> None:
    larger = with_invoices(facts, lambda one: one | {"principal": str(Decimal(one["principal"]) + Decimal(more))})
    assert interest(larger) >= interest(facts)


@given(claims("consumer"))
def test_a_consumer_never_pays_compensation(facts: Facts) -> None:
    assert answer(facts)["compensation"] == "0.00"


@given(claims("consumer"))
def test_who_is_not_known_is_a_consumer(facts: Facts) -> None:
    found = answer(facts)
    unnamed = {key: value for key, value in facts.items() if key != "debtor"}
    assert answer(unnamed) == answer(facts | {"debtor": "unknown"}) == answer(facts | {"debtor": None}) == found


@given(claims())
def test_fees_stay_below_every_cap(facts: Facts) -> None:
    found = answer(facts)
    fees = found["fees"]
    sums = [Decimal(fee["amount"]) for fee in fees]
    kinds = [fee["kind"] for fee in fees]
    match facts["country"], facts["debtor"]:
        case "NO", _:
            assert all(one <= (35 if fee["date"] < "2026" else 38) for one, fee in zip(sums, fees, strict=True))
            sent = [date.fromisoformat(fee["date"]) for fee in fees]
            assert all((later - first).days >= 181 for first, later in zip(sent, sent[2:], strict=False))
            assert all((later - first).days > 14 for first, later in pairwise(sent))
        case "DK", _:
            assert kinds.count("reminder_fee") <= 3 and kinds.count("hand_over_fee") <= 1
            assert all(one <= 100 for one in sums)
        case "SE", _:
            assert kinds.count("reminder_fee") <= 1 and kinds.count("notice_fee") <= 1
            assert sum(sums) <= 240
        case "FI", "consumer":
            assert all(one <= 5 for one in sums) and sum(sums) <= 210
        case "FI", _:
            assert kinds.count("reminder_fee") <= 1 and sum(sums) <= 12 + 110 + 55
        case "NL", _:
            assert kinds in ([], ["collection_costs"]) and sum(sums) <= 6775
        case _:
            assert fees == []
    if facts["country"] in ("NO", "SE", "FI", "NL"):
        assert not fees or found["compensation"] == "0.00"


@given(claims())
def test_what_may_be_sent_today_may_be_sent_from_today_or_before(facts: Facts) -> None:
    for step in answer(facts)["may"].values():
        assert step["allowed"] == (step["from"] is not None and step["from"] <= facts["as_of"])
        assert Decimal(step["max_fee"]) >= 0


@given(claims("business"))
def test_the_statutory_rate_is_never_exceeded(facts: Facts) -> None:
    assume(facts["country"] != "NL")  # its base grows
    found = answer(facts)
    days_late = sum(one["days"] * Decimal(one["base"]) for one in found["segments"])
    assert Decimal(found["interest"]) <= days_late * Decimal("0.1325") / 365 + CENT
