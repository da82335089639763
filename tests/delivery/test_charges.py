"""What letters charge, from the proposal to the ledger, day by day: each sum by the law of the day it left."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kulant.core.money import to_minor
from kulant.law.claim import claim
from kulant.ledger.service import open_dispute
from kulant.people.service import set_creditor
from tests.delivery.conftest import Desk
from tests.delivery.replaying import DUE, LADDER, apply, letter, open_items, owe, pay_invoice, replay


def charged(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """The lines of the newest letter that were added to the invoices: what is said of each, and how much it is."""
    rows = letter(desk)["table"]["rows"]
    return {
        row["number"]: (row["amount"].replace("\u00a0", " "), row["about"]) for row in rows if row["form"] == "charge"
    }


def claimed(desk: Desk, on: date, **facts: Any) -> int:
    """What the law knows as owed that day, in minor units, by ``kulant claim``."""
    answer = claim({"country": "NO", "currency": "NOK", "as_of": on.isoformat(), **facts})
    assert isinstance(answer, dict)
    return to_minor(answer["total"], "NOK")


def test_half_a_year_of_a_norwegian_business(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    left = replay(desk, date(2026, 1, 16), date(2026, 6, 30), every=1)
    assert left == [
        (date(2026, 1, 25), "reminder", [("interest", 32877)], 10032877),
        # The compensation of 460 kroner takes the place of the fee of 38: only the larger of the two is owed.
        (date(2026, 2, 9), "fee_reminder", [("interest", 49315), ("compensation", 46000)], 10128192),
        (date(2026, 3, 2), "formal_notice", [("interest", 69041)], 10197233),
        (date(2026, 4, 1), "hand_over", [("interest", 98630)], 10295863),
    ]
    assert open_items(desk) == {
        "F1": 10000000,
        "interest:1:F1": 32877,
        "interest:2:F1": 49315,
        "compensation:2:F1": 46000,
        "interest:3:F1": 69041,
        "interest:4:F1": 98630,
    }
    assert sum(open_items(desk).values()) == left[-1][-1]


def test_each_letter_asks_for_exactly_what_the_law_computes_that_day(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00", "2345.67", kind="consumer")
    invoices = [
        {"number": number, "principal": amount, "due": DUE.isoformat()}
        for number, amount in (("F1", "100000.00"), ("F2", "2345.67"))
    ]
    steps: list[dict[str, str]] = []
    left = replay(desk, date(2026, 1, 16), date(2026, 3, 31))
    assert [document for _, document, _, _ in left] == ["reminder", "fee_reminder", "formal_notice"]
    for on, document, _, demand in left:
        steps.append({"document": document, "date": on.isoformat()})
        agreed = {"interest": True, "reminder_fee": True}
        assert demand == claimed(desk, on, debtor="consumer", invoices=invoices, steps_sent=steps, agreed=agreed)


def test_a_norwegian_consumer_pays_small_fees_and_never_a_compensation(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    left = replay(desk, date(2026, 1, 16), date(2026, 3, 31))
    assert [lines for _, _, lines, _ in left] == [
        [("interest", 329)],
        [("interest", 493), ("fee", 3800)],
        [("interest", 690), ("fee", 3800)],
    ]
    assert charged(desk) == {
        "Forsinkelsesrente": ("15,12", "12,00\u00a0% fra 16.01.2026 til 02.03.2026 av kr\u00a01\u00a0000,00"),
        "Gebyr fra brevet vårt av 9.\u00a0februar\u00a02026": ("38,00", None),
        "Gebyr for dette varselet": ("38,00", None),
    }


def test_two_small_fees_are_the_most_and_are_counted_anew_after_half_a_year(desk: Desk) -> None:
    fee = "{{code: f{n}, document: fee_reminder, after: {{days: {days}}}, fee: statutory}}"
    steps = "\n".join(f"  - {fee.format(n=n, days=20)}" for n in range(2))
    text = f"ladder: fees\nrelationship: off\nsteps:\n{steps}\n"
    text += "  - {code: third, document: fee_reminder, after: {days: 60}, fee: statutory}\n"
    text += "  - {code: fourth, document: fee_reminder, after: {days: 130}, fee: statutory}\n"
    apply(desk, text)
    owe(desk, "1000.00", kind="consumer")
    left = replay(desk, date(2026, 1, 16), date(2026, 11, 30), every=5)
    assert [lines for _, _, lines, _ in left] == [[("fee", 3800)], [("fee", 3800)], [], [("fee", 3800)]]
    assert left[-1][0] >= date(2026, 8, 24)  # half a year after the second
    assert letter(desk, 2)["heading"] == "Betalingspåminnelse med tillegg"  # the earlier fees are still asked for


@pytest.mark.parametrize(
    ("country", "currency", "kind", "charges"),
    [
        ("DK", "DKK", "business", [[("interest", 267)], [("interest", 401), ("fee", 10000), ("compensation", 31000)]]),
        ("DK", "DKK", "consumer", [[("interest", 267)], [("interest", 401), ("fee", 10000)]]),
        ("SE", "SEK", "business", [[("interest", 274)], [("interest", 411), ("compensation", 45000)]]),
        ("SE", "SEK", "consumer", [[("interest", 274)], [("interest", 411), ("fee", 6000)]]),
        ("FI", "EUR", "business", [[("interest", 288)], [("interest", 431), ("compensation", 4000)]]),
        ("FI", "EUR", "consumer", [[("interest", 260)], [("interest", 391), ("fee", 500)]]),
        ("DE", "EUR", "business", [[("interest", 281)], [("interest", 422), ("compensation", 4000)]]),
        ("DE", "EUR", "consumer", [[("interest", 172)], [("interest", 257)]]),
        ("GB", "GBP", "business", [[("interest", 322)], [("interest", 483), ("compensation", 7000)]]),
        ("GB", "GBP", "consumer", [[], []]),
    ],
)
def test_every_country_by_its_own_law_and_every_customer_by_their_kind(
    desk: Desk, country: str, currency: str, kind: str, charges: list[list[tuple[str, int]]]
) -> None:
    desk.change(lambda act: set_creditor(act, code="NORD", country=country, currency=currency, fee_agreed=True))
    apply(desk, LADDER[: LADDER.index("  - {code: notice")])
    owe(desk, "1000.00", kind=kind, currency=currency, country=country)
    assert [lines for _, _, lines, _ in replay(desk, date(2026, 1, 16), date(2026, 2, 28))] == charges


def test_a_swedish_reminder_fee_that_nobody_agreed_to_is_not_asked_for(desk: Desk) -> None:
    desk.change(lambda act: set_creditor(act, code="NORD", country="SE", currency="SEK", fee_agreed=True))
    apply(desk, LADDER[: LADDER.index("  - {code: notice")])
    desk.change(lambda act: set_creditor(act, code="NORD", fee_agreed=False))
    owe(desk, "1000.00", kind="consumer", currency="SEK", country="SE")
    assert [lines for _, _, lines, _ in replay(desk, date(2026, 1, 16), date(2026, 2, 28))] == [
        [("interest", 274)],
        [("interest", 411)],
    ]


def test_a_debt_in_another_currency_bears_nothing_and_says_why(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", currency="EUR")
    today = desk.on(date(2026, 1, 26))
    today.run()
    proposal = today.proposal()
    assert (proposal.charges, proposal.demand_minor) == ([], 100000)
    assert [reason["text"] for reason in proposal.reasons if reason["code"] == "law_unknown"] == [
        "No interest and no fees: the law of Norway is known in NOK only."
    ]


def test_an_invoice_whose_due_date_was_assumed_bears_nothing(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00")
    desk.change(lambda act: setattr(desk.invoice(act, "F1"), "due_assumed", True))
    assert replay(desk, date(2026, 1, 26), date(2026, 1, 26))[0][2] == []


def test_the_disputed_part_bears_no_interest_and_no_fee_while_it_is_disputed(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    desk.on(date(2026, 1, 20)).change(
        lambda act: open_dispute(act, item=desk.invoice(act, "F1"), amount_minor=60000, reason="half was missing")
    )
    assert [lines for _, _, lines, _ in replay(desk, date(2026, 1, 21), date(2026, 2, 10))] == [
        [("interest", 132)],
        [("interest", 197)],
    ]


def test_interest_follows_what_was_unpaid_day_by_day(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    replay(desk, date(2026, 1, 16), date(2026, 1, 30))
    paid = desk.on(date(2026, 2, 2))
    paid.change(lambda act: pay_invoice(paid, act, "500.00"))
    replay(desk, date(2026, 2, 2), date(2026, 2, 10))
    lines = [
        (line["from"], line["to"], line["base_minor"], line["amount_minor"]) for line in desk.proposal().charges[:-1]
    ]
    assert lines == [("2026-01-26", "2026-02-02", 100000, 263), ("2026-02-03", "2026-02-09", 50000, 115)]
