"""Ladders from the shell: every key of the contract does what it says, end to end; trying, versions, taking back."""

from __future__ import annotations

import pytest

from tests.support.shell import Shell

CONTRACT = """\
ladder: standard
country: NO
relationship: on                 # off: the plain ladder, no treatment by relationship
minimum_balance: {NOK: "50.00"}  # per currency; below it nothing is asked
minimum_days_between: 7
climb: one_step_per_run          # a debt found late starts at the first step
applies_to: {segments: [small]}
interest: statutory              # statutory | none
contact: {hours: "08:00-20:00", weekdays_only: true, holidays: true, max_contacts: {count: 2, days: 7}}
bank_data_max_age_days: null     # a number: sending is held while the newest bank data is older
tone_ceiling: {segments: {key: reminder}, grades: {A: final_reminder}}
steps:
  - code: friendly               # free name
    document: reminder           # courtesy | reminder | fee_reminder | final_reminder | formal_notice | hand_over
    after: {days: 10, from: due_date, month_end: false}   # from: due_date | previous_step
    channel: email               # email | letter | call | task; e-mail falls back to letter without an address
    fee: none                    # none | statutory | "5.00" (refused where the law does not allow it)
    approval: ask                # auto | ask | off
    minimum_amount: {NOK: "100.00"}
"""
FRIDAY_NOON = "2026-11-20T12:00:00+01:00"


def applied(shell: Shell, *changes: tuple[str, str]) -> dict[str, str | None]:
    """Applies the ladder for everyone, changed so; today's treatments by customer."""
    text = CONTRACT.replace("applies_to: {segments: [small]}\n", "")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    shell.ok("policy", "apply", shell.write("ladder.yaml", text))
    shell.ok("run")
    return {one["customer"]: one["step"] for one in shell.json("proposals")}


EVERYONE = {"A1": "friendly", "B2": "friendly", "C3": "friendly"}
NOT_A1 = {"B2": "friendly", "C3": "friendly"}
ONLY_A1 = {"A1": "friendly"}


def test_the_ladder_of_the_contract_is_applied_as_it_stands(shell: Shell) -> None:
    told = shell.json("policy", "apply", shell.write("ladder.yaml", CONTRACT))
    assert (told["ladder"], told["version"], told["active"]) == ("standard", 1, True)
    shell.ok("run")
    assert shell.json("proposals") == []  # nobody here is of the segment small


@pytest.mark.parametrize(
    ("changes", "proposed"),
    [
        ((), EVERYONE),
        ((('minimum_balance: {NOK: "50.00"}', 'minimum_balance: {NOK: "60000.00"}'),), NOT_A1),
        ((('minimum_amount: {NOK: "100.00"}', 'minimum_amount: {NOK: "60000.00"}'),), NOT_A1),
        ((("after: {days: 10", "after: {days: 45"),), {"A1": "friendly"}),
        ((("month_end: false", "month_end: true"),), EVERYONE),
        ((("days: 10, from: due_date, month_end: false", "days: 25, from: due_date, month_end: true"),), ONLY_A1),
        ((("approval: ask", "approval: off"),), {}),
        ((("minimum_days_between", "applies_to: {customers: [B2]}\nminimum_days_between"),), {"B2": "friendly"}),
        ((("minimum_days_between", "applies_to: {kinds: [consumer]}\nminimum_days_between"),), {"C3": "friendly"}),
        ((("minimum_days_between", "applies_to: {countries: [SE]}\nminimum_days_between"),), {"B2": "friendly"}),
        ((("minimum_days_between", "applies_to: {languages: [nb]}\nminimum_days_between"),), {"A1": "friendly"}),
    ],
)  # fmt: skip
def test_each_key_decides_who_is_asked(
    shell: Shell, changes: tuple[tuple[str, str], ...], proposed: dict[str, str]
) -> None:
    assert applied(shell, *changes) == proposed


def test_an_automatic_step_is_approved_by_the_run_and_its_channel_falls_back_to_post(shell: Shell) -> None:
    applied(shell, ("approval: ask", "approval: auto"))
    rows = {one["customer"]: one for one in shell.json("proposals")}
    assert {one["status"] for one in rows.values()} == {"approved"}
    assert {number: one["channel"] for number, one in rows.items()} == {"A1": "email", "B2": "letter", "C3": "email"}


def test_interest_is_asked_where_the_ladder_says_so(shell: Shell) -> None:
    applied(shell)
    rows = {one["customer"]: one["interest"] for one in shell.json("proposals")}
    assert rows["A1"] != "0.00"
    applied(shell, ("interest: statutory", "interest: none"))
    assert {one["interest"] for one in shell.json("proposals")} == {"0.00"}


@pytest.mark.parametrize(
    ("today", "now", "blocked"),
    [
        ("2026-11-20", FRIDAY_NOON, {}),
        ("2026-11-20", "2026-11-20T06:30:00+00:00", {"A1": "2026-11-20T08:00", "C3": "2026-11-20T08:00"}),
        ("2026-11-20", "2026-11-20T19:30:00+00:00", {"A1": "2026-11-23T08:00", "C3": "2026-11-23T08:00"}),
        ("2026-11-21", "2026-11-21T12:00:00+01:00", {"A1": "2026-11-23T08:00", "C3": "2026-11-23T08:00"}),
        ("2026-12-24", "2026-12-24T12:00:00+01:00", {"C3": "2026-12-28T08:00"}),  # offices are closed in Denmark only
        ("2026-12-23", "2026-12-23T12:00:00+01:00", {}),
    ],
)
def test_quiet_times_hold_back_e_mail_by_the_customers_clock_and_holidays(
    shell: Shell, today: str, now: str, blocked: dict[str, str]
) -> None:
    shell.today = today
    applied(shell, ("interest: statutory", "interest: none"))
    shell.ok("approve", "--all")
    report = shell.json("deliver", "--now", now)
    assert {one["customer"]: one["blocked"][0]["until"][:16] for one in report["blocked"]} == blocked
    assert "B2" in {one["customer"] for one in report["sent"]}  # by post, which waits for nobody
    for one in report["blocked"]:
        assert one["blocked"][0]["code"] == "quiet_time"
        assert "It leaves on" in one["blocked"][0]["text"]


def test_old_bank_data_holds_everything(shell: Shell) -> None:
    applied(shell, ("bank_data_max_age_days: null", "bank_data_max_age_days: 3"))
    shell.ok("approve", "--all")
    report = shell.json("deliver", "--now", FRIDAY_NOON)
    assert report["sent"] == []
    assert {one["blocked"][0]["code"] for one in report["blocked"]} == {"bank_data_old"}


def test_calls_count_towards_the_cap_where_proposals_are_made_and_at_the_gate(shell: Shell) -> None:
    shell.ok("note", "A1", "--kind", "call", "--text", "no answer")
    assert applied(shell) == EVERYONE
    shell.ok("approve", "--all")
    shell.ok("note", "A1", "--kind", "call", "--text", "no answer again")
    report = shell.json("deliver", "--now", FRIDAY_NOON)
    [held] = report["blocked"]
    assert (held["customer"], held["blocked"][0]["code"], held["blocked"][0]["until"]) == (
        "A1", "contact_cap", "2026-11-27",
    )  # fmt: skip


def test_a_ladder_is_tried_without_being_applied(shell: Shell) -> None:
    applied(shell)
    other = CONTRACT.replace("{segments: [small]}", "{customers: [A1]}").replace("days: 10", "days: 60")
    file = shell.write("other.yaml", other.replace("ladder: standard", "ladder: patient"))
    told = shell.json("policy", "try", file)
    assert told["before"]["letters"] == 3
    assert told["after"]["letters"] == 2
    [change] = told["changes"]
    assert (change["customer"], change["before"]["step"], change["after"]["treatment"]) == ("A1", "friendly", "none")
    assert shell.ok("policy", "try", file, "--all").startswith("This would propose 2 letters today; for 1 that is")
    assert [one["ladder"] for one in shell.json("policy", "list")["ladders"]] == ["standard"]


def test_versions_are_shown_taken_back_and_switched_off(shell: Shell) -> None:
    assert shell.json("policy", "show", "standard")["version"] == 0
    assert shell.json("policy", "list")["ladders"][0]["customers"] == 3
    shell.ok("policy", "apply", shell.write("a.yaml", CONTRACT), "--reason", "from the contract")
    shell.ok("policy", "apply", shell.write("b.yaml", CONTRACT.replace("days: 10", "days: 12")))
    told = shell.json("policy", "show", "standard", "--version", "1")
    assert (told["active"], told["reason"], told["yaml"]) == (False, "from the contract", CONTRACT)
    assert [one["version"] for one in told["versions"]] == [2, 1]
    back = shell.json("policy", "back", "standard", "--version", "1", "--reason", "too slow")
    assert (back["version"], back["reason"]) == (3, "too slow (as version 1)")
    assert shell.ok("policy", "show", "standard").strip() == CONTRACT.strip()
    off = shell.json("policy", "off", "standard", "--reason", "not needed")
    assert (off["active"], off["ended_reason"]) == (False, "not needed")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("policy", "show", "nothing"), "there is no ladder called nothing"),
        (("policy", "back", "nothing", "--version", "1", "--reason", "x"), "there is no ladder called nothing"),
        (("policy", "off", "nothing", "--reason", "x"), "no ladder called nothing is in force"),
        (("policy", "try", "missing.yaml"), "missing.yaml cannot be read"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(shell: Shell, words: tuple[str, ...], said: str) -> None:
    assert said in shell.refused(*words)


def test_trying_tells_every_mistake(shell: Shell) -> None:
    wrong = CONTRACT.replace("count: 2", "count: none").replace("document: reminder ", "document: pigeon ")
    said = shell.refused("policy", "try", shell.write("wrong.yaml", wrong))
    assert "contact.max_contacts.count" in said
    assert "steps[0].document" in said
