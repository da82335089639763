"""The send gate: each reason alone holds a letter back and says why; a clean case leaves. Pure, on plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.delivery.gate import blocks
from kulant.delivery.gate_facts import ContactCap, GateFacts, LawFacts, Line, QuietTimes
from kulant.treatment.ceiling import Ceiling
from kulant.treatment.stops import Reason

TODAY = date(2026, 11, 23)  # a Monday
NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - the customer's own clock on the wall


def facts(**changes: Any) -> GateFacts:
    """A letter about 1,000 kroner that nothing speaks against."""
    clean = GateFacts(
        today=TODAY,
        local_time=NOON,
        country="NO",
        currency="NOK",
        channel="email",
        lines=(Line("1001", 100_000, 100_000),),
        credits_deducted_minor=0,
        credits_now_minor=0,
    )
    return replace(clean, **changes)


def line(asked: int = 100_000, open_minor: int = 100_000, **fields: Any) -> tuple[Line, ...]:
    return (Line("1001", asked, open_minor, **fields),)


def codes(of: GateFacts) -> list[str]:
    return [block.code for block in blocks(of)]


def test_nothing_holds_back_a_letter_that_is_still_right() -> None:
    assert blocks(facts()) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lines": line(open_minor=0)}, "paid"),
        ({"lines": line(open_minor=99_999)}, "amount_changed"),
        ({"credits_now_minor": -1}, "unmatched_money"),
        ({"loose_payments": (100_000,)}, "unmatched_money"),
        ({"lines": line(disputed_minor=1)}, "disputed"),
        ({"lines": line(disputed_minor=100_000)}, "disputed"),
        ({"lines": line(in_plan=True)}, "plan"),
        ({"promise_due": TODAY}, "promise"),
        ({"strikes": 2}, "strikes"),
        ({"strikes": 1, "strikes_stop": 1}, "strikes"),
        ({"open_gap": True, "document": "reminder"}, "expectation_gap"),
        ({"late_reason": "our_error", "document": "reminder"}, "late_reason"),
        ({"unread_since": TODAY}, "unread_reply"),
        ({"refused_since": TODAY}, "refused_address"),
        ({"quiet": QuietTimes(days=(TODAY,))}, "quiet_time"),
        ({"quiet": QuietTimes(days=(TODAY,)), "channel": "letter"}, "quiet_time"),
        ({"customer_held_until": TODAY}, "hold"),
        ({"lines": line(held_until=TODAY)}, "hold"),
        ({"no_dunning": True}, "no_dunning"),
        ({"complaint_open": True}, "complaint"),
        ({"cap": ContactCap(1, 7), "contacts": (TODAY,)}, "contact_cap"),
        ({"cap": ContactCap(1, 7), "contacts": (TODAY,), "channel": "call"}, "contact_cap"),
        ({"ceiling": Ceiling("reminder", "customers of grade A"), "document": "fee_reminder"}, "tone_ceiling"),
        ({"quiet": QuietTimes(opens=time(13), closes=time(20))}, "quiet_time"),
        ({"quiet": QuietTimes(weekdays_only=True), "today": date(2026, 11, 22)}, "quiet_time"),
        ({"quiet": QuietTimes(holidays=True), "today": date(2026, 12, 25)}, "quiet_time"),
        ({"law": LawFacts(waits=(Reason("law_wait", "It waits until 1 December 2026: a rule."),))}, "law_wait"),
        ({"law": LawFacts(waits=(Reason("law_regime", "A creditor may not send it any more."),))}, "law_regime"),
        ({"law": LawFacts(waits=(Reason("law_unknown", "Nobody can say."),))}, "law_unknown"),
        ({"law": LawFacts(charged={("fee", "1001"): 3801}, allowed={("fee", "1001"): 3800})}, "law_fee"),
        ({"law": LawFacts(charged={("compensation", "1001"): 1})}, "law_fee"),
        ({"law": LawFacts(charged={("fee", "1001"): 3800}, unknown="Rates are not known.")}, "law_unknown"),
        (
            {
                "law": LawFacts(charged={("fee", "1001"): 3800}, allowed={("fee", "1001"): 3800}),
                "loose_payments": (103_800,),
            },
            "unmatched_money",
        ),
        ({"bank_data_max_age_days": 3}, "bank_data_old"),
        ({"bank_data_max_age_days": 3, "newest_bank_data": TODAY - timedelta(days=4)}, "bank_data_old"),
    ],
)
def test_each_reason_alone_holds_it_back_and_says_what_to_do(changes: dict[str, Any], code: str) -> None:
    found = blocks(facts(**changes))
    assert [block.code for block in found] == [code]
    assert found[0].text.endswith(".")


@pytest.mark.parametrize(
    "changes",
    [
        {"law": LawFacts(charged={("fee", "1001"): 3800}, allowed={("fee", "1001"): 3800})},
        {"law": LawFacts(unknown="Rates are not known.")},  # nothing is charged
        {"promise_due": TODAY - timedelta(days=1)},
        {"strikes": 1},
        {"strikes": 2, "channel": "task"},
        {"cap": ContactCap(1, 7), "contacts": (TODAY - timedelta(days=7),)},
        {"cap": ContactCap(2, 7), "contacts": (TODAY,)},
        {"cap": ContactCap(1, 7), "contacts": (TODAY,), "channel": "task"},
        {"cap": ContactCap(1, 7), "contacts": (TODAY,), "document": "formal_notice"},
        {"ceiling": Ceiling("reminder", "customers of grade A"), "document": "reminder"},
        {"ceiling": Ceiling("reminder", "customers of grade A")},  # a call or a plan offer has no tone to be too firm
        {"quiet": QuietTimes(opens=time(12), closes=time(20))},
        {"quiet": QuietTimes(opens=time(13), closes=time(20)), "channel": "letter"},
        {"quiet": QuietTimes(weekdays_only=True, holidays=True)},
        {"quiet": QuietTimes(days=(TODAY - timedelta(days=1), TODAY + timedelta(days=1)))},
        {"quiet": QuietTimes(days=(TODAY,)), "channel": "task"},
        {"unread_since": TODAY, "channel": "call"},
        {"refused_since": TODAY, "channel": "letter"},
        {"bank_data_max_age_days": 3, "newest_bank_data": TODAY - timedelta(days=3)},
        {"loose_payments": (99_999, 100_001)},
        {"credits_deducted_minor": -500, "credits_now_minor": -500},
        {"lines": line(asked=60_000, disputed_minor=40_000)},  # only the rest was asked for
        {"lines": line(open_minor=120_000)},
    ],
)
def test_what_has_passed_or_was_taken_into_account_holds_nothing_back(changes: dict[str, Any]) -> None:
    assert blocks(facts(**changes)) == []


def test_a_closing_hour_is_quiet_already() -> None:
    quiet = QuietTimes(opens=time(8), closes=time(12))
    assert codes(facts(quiet=quiet)) == ["quiet_time"]


@pytest.mark.parametrize(
    ("day", "hour", "country", "leaves"),
    [
        (date(2026, 11, 23), 7, "NO", "23 November 2026 at 08:00"),  # before it opens
        (date(2026, 11, 23), 21, "NO", "24 November 2026 at 08:00"),
        (date(2026, 11, 27), 21, "NO", "30 November 2026 at 08:00"),  # Friday night: over the weekend
        (date(2026, 11, 28), 12, "NO", "30 November 2026 at 08:00"),
        (date(2026, 12, 24), 21, "NO", "28 December 2026 at 08:00"),  # over Christmas and the weekend
        (date(2027, 5, 17), 12, "NO", "18 May 2027 at 08:00"),  # Norway's day
        (date(2027, 6, 25), 12, "SE", "28 June 2027 at 08:00"),  # Midsummer Eve
    ],
)
def test_a_quiet_time_says_when_the_letter_leaves(day: date, hour: int, country: str, leaves: str) -> None:
    quiet = QuietTimes(opens=time(8), closes=time(20), weekdays_only=True, holidays=True)
    now = datetime.combine(day, time(hour))
    [block] = blocks(facts(quiet=quiet, today=day, local_time=now, country=country))
    assert block.text.endswith(f"It leaves on {leaves}.")
    assert isinstance(block.until, datetime)
    assert block.as_json()["until"].endswith("T08:00:00")


def test_quiet_days_of_the_house_are_passed_over_by_post_and_by_e_mail() -> None:
    quiet = QuietTimes(opens=time(8), closes=time(20), weekdays_only=True, days=(TODAY, TODAY + timedelta(days=1)))
    [post] = blocks(facts(quiet=quiet, channel="letter"))
    assert post.until == date(2026, 11, 25)
    [email] = blocks(facts(quiet=quiet))
    assert email.until == datetime(2026, 11, 25, 8)  # noqa: DTZ001


def test_a_holiday_counts_where_the_customer_is_and_nowhere_else() -> None:
    quiet = QuietTimes(holidays=True)
    national_day = {"today": date(2027, 5, 17), "local_time": datetime(2027, 5, 17, 12), "quiet": quiet}  # noqa: DTZ001
    assert codes(facts(**national_day, country="NO")) == ["quiet_time"]
    assert codes(facts(**national_day, country="SE")) == []


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), st.sampled_from(["NO", "SE", "DK", "FI", "DE"]))  # noqa: DTZ001
def test_what_was_quiet_may_leave_at_the_moment_that_was_named(now: datetime, country: str) -> None:
    quiet = QuietTimes(opens=time(8), closes=time(20), weekdays_only=True, holidays=True)
    for block in blocks(facts(quiet=quiet, today=now.date(), local_time=now, country=country)):
        assert isinstance(block.until, datetime)
        assert block.until > now
        then = facts(quiet=quiet, today=block.until.date(), local_time=block.until, country=country)
        assert codes(then) == []


def test_a_cap_says_the_day_on_which_it_leaves() -> None:
    heard = (TODAY - timedelta(days=5), TODAY - timedelta(days=1))
    [block] = blocks(facts(cap=ContactCap(2, 7), contacts=heard))
    assert block.until == TODAY + timedelta(days=2)
    assert codes(facts(cap=ContactCap(2, 7), contacts=heard, today=TODAY + timedelta(days=2))) == []


def test_money_of_an_unknown_payer_is_looked_for_in_the_demand_and_in_each_invoice() -> None:
    lines = (Line("1001", 60_000, 60_000), Line("1002", 40_000, 50_000))
    for amount in (100_000, 60_000, 50_000):
        assert codes(facts(lines=lines, loose_payments=(amount,))) == ["unmatched_money"]
    assert codes(facts(lines=lines, loose_payments=(10_000,))) == []


def test_all_reasons_are_told_not_only_the_first() -> None:
    worst = facts(promise_due=TODAY, complaint_open=True, no_dunning=True, credits_now_minor=-1)
    assert codes(worst) == ["unmatched_money", "promise", "no_dunning", "complaint"]


days = st.dates(min_value=TODAY - timedelta(days=30), max_value=TODAY + timedelta(days=30))
maybe_day = st.none() | st.dates(min_value=TODAY, max_value=TODAY + timedelta(days=30))


@st.composite
def line_now(draw: st.DrawFn) -> Line:
    """An invoice as the letter was written about it, and what has happened to it since."""
    open_then = draw(st.integers(1, 200_000))
    disputed = draw(st.integers(0, open_then - 1))
    open_now = draw(st.sampled_from([open_then, 0]) | st.integers(0, open_then))
    return Line(
        number=str(draw(st.integers(1, 9))),
        asked_minor=open_then - disputed,
        open_minor=open_now,
        disputed_minor=min(disputed, open_now),
        in_plan=draw(st.booleans()),
        held_until=draw(maybe_day),
    )


cases = st.builds(
    GateFacts,
    today=st.just(TODAY),
    local_time=st.just(NOON),
    country=st.just("NO"),
    currency=st.just("NOK"),
    channel=st.sampled_from(["email", "letter"]),
    lines=st.lists(line_now(), min_size=1, max_size=3).map(tuple),
    credits_deducted_minor=st.integers(-5_000, 0),
    credits_now_minor=st.integers(-5_000, 0),
    loose_payments=st.lists(st.integers(1, 200_000), max_size=3).map(tuple),
    customer_held_until=maybe_day,
    no_dunning=st.booleans(),
    promise_due=st.none() | days,
    complaint_open=st.booleans(),
)


def money_loose(of: GateFacts, amount: int) -> GateFacts:
    return replace(of, loose_payments=(*of.loose_payments, amount))


def money_on_account(of: GateFacts, amount: int) -> GateFacts:
    return replace(of, credits_now_minor=of.credits_now_minor - amount)


def a_dispute(of: GateFacts, amount: int) -> GateFacts:
    first, *rest = of.lines
    worse = replace(first, disputed_minor=min(first.open_minor, first.disputed_minor + amount))
    return replace(of, lines=(worse, *rest))


def a_hold(of: GateFacts, amount: int) -> GateFacts:
    return replace(of, customer_held_until=TODAY + timedelta(days=amount % 30))


def a_held_invoice(of: GateFacts, amount: int) -> GateFacts:
    first, *rest = of.lines
    return replace(of, lines=(replace(first, held_until=TODAY + timedelta(days=amount % 30)), *rest))


@given(
    of=cases,
    amount=st.integers(1, 200_000),
    happens=st.sampled_from([money_loose, money_on_account, a_dispute, a_hold, a_held_invoice]),
)
def test_money_a_dispute_or_a_hold_never_releases_a_letter(
    of: GateFacts, amount: int, happens: Callable[[GateFacts, int], GateFacts]
) -> None:
    if blocks(of):
        assert blocks(happens(of, amount))


@given(of=cases, amount=st.integers(1, 200_000))
def test_a_payment_on_what_the_letter_asks_for_always_holds_it_back(of: GateFacts, amount: int) -> None:
    first, *rest = of.lines
    left = max(0, first.open_minor - amount)
    paid = replace(first, open_minor=left, disputed_minor=min(first.disputed_minor, left))
    assert blocks(replace(of, lines=(paid, *rest)))
