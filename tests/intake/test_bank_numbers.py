"""The number a bank payment is known by: the same for the same movement, another for every other."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.intake.readers.bank import LONGEST_NUMBER, Movement, Numbers, clean, number_of, saying
from tests.intake.bank_files import camt, creditor_reference, entry, payments, text, tx

BOUNDED = settings(max_examples=100, deadline=None)

names = st.text(st.characters(codec="utf-8", exclude_characters="&<>"), max_size=60)
movements = st.builds(
    Movement,
    row=st.integers(1, 9),
    account=st.none() | st.text(max_size=60),
    on=st.dates(date(1990, 1, 1), date(2036, 1, 1)),
    amount_minor=st.integers(-(10**15), 10**15),
    currency=st.sampled_from(["NOK", "EUR", "ISK", "KWD"]),
    bank_reference=st.none() | st.text(max_size=60) | st.sampled_from(["NONREF", "000", "B1"]),
    part=st.none() | st.text(max_size=40),
    reference=st.none() | names,
    invoice_number=st.none() | names,
    message=st.none() | names,
    payer_name=st.none() | names,
    payer_account=st.none() | names,
    further=st.lists(names, max_size=3).map(tuple),
)


@BOUNDED
@given(movements)
def test_a_number_fits_the_ledger_whatever_the_bank_wrote(movement: Movement) -> None:
    numbers = Numbers()
    given_ = [numbers.number(movement) for _ in range(12)]
    assert len(set(given_)) == 12
    assert all(0 < len(one) <= LONGEST_NUMBER and one == clean(one, LONGEST_NUMBER) for one in given_)
    assert [Numbers().number(movement) for _ in range(2)] == [given_[0]] * 2


@BOUNDED
@given(movements, st.integers(1, 10**6))
def test_another_amount_or_day_is_another_movement(movement: Movement, step: int) -> None:
    fields = {name: getattr(movement, name) for name in Movement.__slots__}
    assert number_of(movement) != number_of(Movement(**{**fields, "amount_minor": movement.amount_minor + step}))
    assert number_of(movement) != number_of(Movement(**{**fields, "on": movement.on + timedelta(days=step % 3650 + 1)}))


def test_references_that_say_nothing_tell_nothing_apart() -> None:
    for empty in ("NONREF", "notprovided", "0000000", " ", "-", "NOTAVAILABLE", None):
        assert saying(empty) is None
    assert saying(" NO-1 ") == "NO-1"


def test_with_a_bank_reference_the_words_of_the_payer_do_not_count() -> None:
    bare = camt(entry(reference="A1"))
    detailed = camt(entry(reference="A1", details=tx(payer="Kari Eksempel", remittance=text("faktura 1001"))))
    assert payments(bare)[0].number == payments(detailed)[0].number


def test_the_statement_and_the_notification_before_it_call_a_movement_the_same() -> None:
    batch = "".join(
        tx(amount, refs=f"<EndToEndId>{ref}</EndToEndId>", payer=f"Kunde {ref}", remittance=creditor_reference(ref))
        for amount, ref in (("500.00", "11"), ("500.00", "12"), ("250.00", "13"))
    )
    entries = entry(reference="A1") + entry(reference="A2", details=batch) + entry("7.00", details=tx(payer="Kari"))
    statement, notification = (payments(camt(entries, kind=kind)) for kind in ("053", "054"))
    assert [one.number for one in statement] == [one.number for one in notification]
    assert len({one.number for one in statement}) == 5


def test_a_single_payment_is_the_same_whether_its_details_are_told_or_not() -> None:
    told = entry(reference="A1", details=tx("1250.00", refs="<AcctSvcrRef>X9</AcctSvcrRef>"))
    assert payments(camt(told, kind="054"))[0].number == payments(camt(entry(reference="A1"), kind="053"))[0].number


entries_told = st.lists(
    st.tuples(
        st.integers(1, 99_999),
        st.integers(0, 2).map(lambda days: date(2026, 11, 18) + timedelta(days=days)),
        st.sampled_from([None, "A1", "A2", "NONREF"]),
        st.sampled_from(["", "faktura 1001", "faktura 1002"]),
    ),
    max_size=12,
)


def written(told: list[tuple[int, date, str | None, str]]) -> str:
    """The entries as a statement."""
    return camt(
        "".join(
            entry(
                f"{minor / 100:.2f}",
                day=f"<Dt>{on}</Dt>",
                reference=reference,
                details=tx(remittance=text(words) if words else ""),
            )
            for minor, on, reference, words in told
        )
    )


@BOUNDED
@given(entries_told, st.randoms(use_true_random=False))
def test_any_statement_keeps_its_sum_and_its_numbers_in_any_order(
    told: list[tuple[int, date, str | None, str]], luck: random.Random
) -> None:
    first = payments(written(told))
    assert sum(one.amount_minor for one in first) == sum(minor for minor, *_ in told)
    assert len({one.number for one in first}) == len(told)
    shuffled = list(told)
    luck.shuffle(shuffled)
    second = payments(written(shuffled))
    assert Counter((one.number, one.amount_minor, one.on) for one in first) == Counter(
        (one.number, one.amount_minor, one.on) for one in second
    )
