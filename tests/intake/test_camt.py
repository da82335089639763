"""ISO 20022 statements and notifications: what becomes a payment, what is left out, and what it is called."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.intake.records import PaymentRecord
from tests.intake.bank_files import (
    ACCOUNT,
    camt,
    creditor_reference,
    entry,
    invoice_number,
    left_out,
    payments,
    read_bank,
    rejected,
    text,
    tx,
)

VERSIONS = [f"{number:02}" for number in range(1, 14)]


def only(content: str) -> PaymentRecord:
    """The one payment of a file."""
    (payment,) = payments(content)
    return payment


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["053", "054"])
def test_a_customers_payment_is_read_in_every_version(kind: str, version: str) -> None:
    details = tx(
        refs="<EndToEndId>OURS-7</EndToEndId>",
        payer="Fjordbruk Eksempel AS",
        account="NO1799990512341",
        remittance=creditor_reference("0000531"),
    )
    payment = only(camt(entry(reference="20261120-1", details=details), kind=kind, version=version))
    assert payment == PaymentRecord(
        row=1,
        number=f"{ACCOUNT}/20261120/1250.00/20261120-1",
        on=date(2026, 11, 20),
        amount_minor=125_000,
        currency="NOK",
        reference="0000531",
        payer_name="Fjordbruk Eksempel AS",
        payer_account="NO1799990512341",
        bank_reference="20261120-1",
        account=ACCOUNT,
    )


def test_version_one_has_its_transactions_in_the_entry_itself_and_other_names() -> None:
    inside = tx(remittance="<Strd><CdtrRefInf><CdtrRef>0000531</CdtrRef></CdtrRefInf></Strd>")
    assert only(camt(entry(more=inside), version="01")).reference == "0000531"


def test_names_stand_deeper_since_version_seven() -> None:
    deep = "<RltdPties><Dbtr><Pty><Nm>Fjordbruk Eksempel AS</Nm></Pty></Dbtr></RltdPties>"
    details = tx().replace("<RltdPties></RltdPties>", deep)
    payment = only(camt(entry(details=details, status="<Sts><Cd>BOOK</Cd></Sts>")))
    assert payment.payer_name == "Fjordbruk Eksempel AS"


def test_several_statements_of_several_accounts_stand_in_one_file() -> None:
    first, second = payments(camt(entry(reference="A1"), entry(reference="A1", amount="9.00"), kind="053"))
    assert (first.number, second.number) == (f"{ACCOUNT}/20261120/1250.00/A1", f"{ACCOUNT}/20261120/9.00/A1")


def test_a_statement_that_stands_in_the_file_twice_counts_once() -> None:
    content = camt(entry(), entry(), name="the same")
    assert len(payments(content)) == 1
    assert left_out(content) == ["The same statement stands in the file before."]


@pytest.mark.parametrize(
    "day", ["<Dt>2026-11-20</Dt>", "<DtTm>2026-11-20T23:30:00+01:00</DtTm>", "<Dt>2026-11-20T00:00:00Z</Dt>"]
)
def test_a_date_with_a_time_is_that_day(day: str) -> None:
    assert only(camt(entry(day=day))).on == date(2026, 11, 20)


def test_the_value_day_counts_where_no_booking_day_is_told() -> None:
    assert only(camt(entry(day="", more="<ValDt><Dt>2026-11-19</Dt></ValDt>"))).on == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        (entry("8.855"), "amount", "“8.855” has more decimals than NOK has (2)"),
        (entry("-8.85"), "amount", "“-8.85” is not an amount"),
        (entry("9" * 16), "amount", f"“{'9' * 16}” is too large an amount"),
        (entry(currency="XQQ"), "currency", "“XQQ” is not a currency code such as NOK"),
        (entry(day="<Dt>20.11.2026</Dt>"), "date", "“20.11.2026” is not a date"),
        (entry(day="<Dt>0001-01-01</Dt>"), "date", "“0001-01-01” lies before 1990"),
        (entry(day=""), "BookgDt", "BookgDt is missing, and so is ValDt: the entry has no day"),
        (entry(direction="IN"), "CdtDbtInd", "“IN” is neither CRDT nor DBIT"),
    ],
)
def test_an_entry_that_cannot_be_right_is_rejected_and_the_others_go_in(wrong: str, field: str, reason: str) -> None:
    content = camt(wrong + entry(reference="good"))
    assert rejected(content) == [(field, reason)]
    assert len(read_bank(content)) == 2


def test_zeros_behind_the_decimals_of_a_currency_are_no_decimals() -> None:
    assert only(camt(entry("8.85000"))).amount_minor == 885


@pytest.mark.parametrize(
    ("ignored", "why"),
    [
        (entry("0.00"), "The amount is nothing."),
        (entry(direction="DBIT"), "Money paid out is no customer's payment."),
        (entry(reversal="true"), "Money that had been paid out came back; it is no customer's payment."),
        (entry(status="<Sts>PDNG</Sts>"), "It is not booked (status PDNG); it comes again when it is."),
        (entry(status="<Sts><Cd>INFO</Cd></Sts>"), "It is not booked (status INFO); it comes again when it is."),
        (
            entry(more="<AddtlInfInd><MsgNmId>camt.054.001.08</MsgNmId></AddtlInfInd>"),
            "Its payments are listed in the notification (camt.054) that the bank sends with it.",
        ),
    ],
)
def test_what_is_no_payment_is_left_out_with_its_reason(ignored: str, why: str) -> None:
    assert left_out(camt(ignored)) == [why]


def test_an_entry_of_several_transactions_is_a_payment_for_each() -> None:
    details = tx("250.00", payer="A", refs="<EndToEndId>1</EndToEndId>") + tx("1000.00", payer="B")
    first, second = payments(camt(entry(reference="BATCH", details=details)))
    assert (first.amount_minor, first.payer_name, second.amount_minor, second.payer_name) == (25_000, "A", 100_000, "B")
    assert first.number != second.number


def test_equal_transactions_of_one_entry_are_told_apart_by_the_references_they_have() -> None:
    details = "".join(tx("625.00", refs=f"<EndToEndId>E{one}</EndToEndId>") for one in (1, 2))
    numbers = [one.number for one in payments(camt(entry(reference="BATCH", details=details)))]
    assert numbers == [f"{ACCOUNT}/20261120/625.00/BATCH.E{one}" for one in (1, 2)]


def test_equal_transactions_without_any_reference_stay_two() -> None:
    numbers = [one.number for one in payments(camt(entry(reference="BATCH", details=tx("625.00") * 2)))]
    assert numbers == [f"{ACCOUNT}/20261120/625.00/BATCH", f"{ACCOUNT}/20261120/625.00/BATCH~2"]


@pytest.mark.parametrize("details", [tx("250.00") + tx("900.00"), tx() + tx(), tx("625.00", currency="EUR") * 2])
def test_transactions_that_do_not_make_up_the_entry_leave_it_one_payment(details: str) -> None:
    payment = only(camt(entry(details=details.replace("</TxDtls>", f"<RmtInf>{text('rent')}</RmtInf></TxDtls>"))))
    assert (payment.amount_minor, payment.message) == (125_000, "rent")


def test_an_entry_may_hold_ten_thousand_payments() -> None:
    address = "<PstlAdr><StrtNm>Gata</StrtNm><PstCd>0150</PstCd><TwnNm>Oslo</TwnNm><Ctry>NO</Ctry></PstlAdr>"
    details = "".join(
        tx("1.00", refs=f"<EndToEndId>{one}</EndToEndId>", payer="Kari", remittance=creditor_reference(f"{one:07}"))
        for one in range(10_000)
    ).replace("</Nm>", f"</Nm>{address}")
    bank = "<RltdAgts><DbtrAgt><FinInstnId><BICFI>AAAANOKK</BICFI><Nm>Bank</Nm></FinInstnId></DbtrAgt></RltdAgts>" * 2
    details = details.replace("<RmtInf>", f"{bank}<Purp><Cd>GDDS</Cd></Purp><RmtInf>")
    assert len({one.number for one in payments(camt(entry("10000.00", reference="B", details=details)))}) == 10_000


def test_what_goes_against_the_entry_is_taken_off_it() -> None:
    details = tx("1260.00", payer="A") + tx("10.00", more="<CdtDbtInd>DBIT</CdtDbtInd>")
    content = camt(entry(details=details))
    assert [one.amount_minor for one in payments(content)] == [126_000]
    assert left_out(content) == ["Money paid out is no customer's payment."]


@pytest.mark.parametrize("listed", ["", tx(payer="DIV"), tx("1.00") + tx("2.00")])
def test_a_sum_of_several_payments_that_does_not_list_them_is_not_taken(listed: str) -> None:
    content = camt(entry(details=f"<Btch><NbOfTxs>57</NbOfTxs></Btch>{listed}"))
    ((field, reason),) = rejected(content)
    assert field == "NbOfTxs"
    assert "import the notification (camt.054)" in reason


def test_the_payment_is_what_came_in_whatever_was_instructed() -> None:
    instructed = '<AmtDtls><InstdAmt><Amt Ccy="NOK">1300.00</Amt></InstdAmt></AmtDtls>'
    assert only(camt(entry(details=tx(more=instructed)))).amount_minor == 125_000


def test_one_invoice_is_named_and_several_go_into_the_message() -> None:
    one = only(camt(entry(details=tx(remittance=invoice_number("1001")))))
    assert (one.invoice_number, one.message) == ("1001", None)
    several = only(camt(entry(details=tx(remittance=invoice_number("1001") + invoice_number("1002") + text("Nov")))))
    assert (several.invoice_number, several.message) == (None, "1001 1002 | Nov")


def test_several_references_go_into_the_message() -> None:
    payment = only(camt(entry(details=tx(remittance=creditor_reference("0000531") + creditor_reference("0000549")))))
    assert (payment.reference, payment.message) == (None, "0000531 0000549")


def test_the_ultimate_debtor_is_the_payer_and_the_account_is_not_theirs() -> None:
    parties = "<Dbtr><Nm>Betalingstjeneste</Nm></Dbtr><DbtrAcct><Id><IBAN>NO1</IBAN></Id></DbtrAcct>"
    details = tx().replace("<RltdPties>", f"<RltdPties>{parties}<UltmtDbtr><Nm>Kari Eksempel</Nm></UltmtDbtr>")
    payment = only(camt(entry(details=details)))
    assert (payment.payer_name, payment.payer_account) == ("Kari Eksempel", None)
    assert payment.message == "Paid by Betalingstjeneste"


def test_an_account_without_iban_is_taken_as_it_is_written() -> None:
    details = tx(account="X").replace("<IBAN>X</IBAN>", "<Othr><Id>8601 11 17947</Id></Othr>")
    assert only(camt(entry(details=details))).payer_account == "8601 11 17947"


def test_a_collected_direct_debit_is_known_by_the_creditors_own_reference() -> None:
    collected = "<BkTxCd><Domn><Fmly><Cd>IDDT</Cd></Fmly></Domn></BkTxCd>"
    details = tx(refs="<EndToEndId>1001</EndToEndId>", more=collected)
    assert only(camt(entry(details=details))).invoice_number == "1001"


def test_the_banks_own_words_are_the_message_where_there_is_no_other() -> None:
    assert only(camt(entry(more="<AddtlNtryInf>GIRO</AddtlNtryInf>"))).message == "GIRO"
    details = tx(remittance=text("faktura 1001"))
    assert only(camt(entry(more="<AddtlNtryInf>GIRO</AddtlNtryInf>", details=details))).message == "faktura 1001"


def test_a_payment_taken_back_names_the_payment_wherever_that_stands_in_the_file() -> None:
    details = tx(refs="<EndToEndId>E7</EndToEndId>", payer="Kari Eksempel")
    back = entry(direction="DBIT", reversal="true", details=details, day="<Dt>2026-11-21</Dt>", reference="R9")
    for entries in (entry(reference="A1", details=details) + back, back + entry(reference="A1", details=details)):
        paid, taken_back = payments(camt(entries))
        assert (taken_back.amount_minor, taken_back.reverses) == (-125_000, paid.number)
        assert taken_back.number == f"{ACCOUNT}/20261121/-1250.00/R9"


def test_a_returned_payment_whose_original_is_not_in_the_file_is_a_negative_amount() -> None:
    details = tx(refs="<EndToEndId>E7</EndToEndId>", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
    payment = only(camt(entry(direction="DBIT", details=details)))
    assert (payment.amount_minor, payment.reverses) == (-125_000, None)


def test_of_two_payments_that_fit_none_is_named() -> None:
    details = tx(refs="<EndToEndId>E7</EndToEndId>")
    back = entry(direction="DBIT", reversal="true", details=details)
    *_, taken_back = payments(camt(entry(details=details) * 2 + back))
    assert taken_back.reverses is None


def test_the_report_of_a_running_day_is_refused_by_name() -> None:
    for version in ("01", "08"):
        with pytest.raises(Refusal, match=r"camt\.052.*import the statement camt\.053 of that day"):
            read_bank(camt(entry(), kind="052", version=version))


def test_a_file_without_any_statement_is_refused() -> None:
    with pytest.raises(Refusal, match="no statement"):
        read_bank(camt())


@pytest.mark.parametrize("kind", ["053", "054"])
def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(kind: str) -> None:
    content = camt(entry(reference="1") + entry(reference="2"), kind=kind).strip()
    start = content.index("<GrpHdr")
    for end in range(start, len(content)):
        with pytest.raises(Refusal):
            read_bank(content[:end])


def test_utf_16_and_prefixed_names_are_xml_too() -> None:
    content = camt(entry(reference="1")).replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert len(payments(content, "utf-16")) == 1
    prefixed = camt(entry(reference="1")).replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?")
    assert len(payments(prefixed.replace("xmlns=", "xmlns:n="))) == 1


def test_a_hidden_entity_is_refused() -> None:
    content = camt(entry()).replace("<Document", '<!DOCTYPE d [<!ENTITY a "b">]><Document')
    with pytest.raises(Refusal, match="DOCTYPE"):
        read_bank(content)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 700), st.binary(max_size=6))
def test_whatever_is_damaged_gives_records_or_a_refusal(at: int, damage: bytes) -> None:
    details = tx(payer="Kari Eksempel", remittance=creditor_reference("0000531"))
    content = camt(entry(reference="1", details=details) + entry(reference="2")).encode()
    start = content.index(b"<GrpHdr")
    try:
        read_bank(content[: start + at] + damage + content[start + at + 1 :])
    except Refusal as refusal:
        assert refusal.sentence.endswith(".")
