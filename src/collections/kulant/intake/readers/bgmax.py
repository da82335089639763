"""Swedish BgMax: payments to a Bankgiro number, deposit by deposit. Pure.

Fixed places of 80 characters; amounts in öre. One payment (20) may name several invoices (22) and carry lines of text
(25); a deduction (21) is what the payer kept back, as a rule for a credit note, and goes in as money taken back. Every
count and sum of the file is checked before anything is read from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.documents import Context
from kulant.intake.fields import Fault
from kulant.intake.readers.bank import NOTHING, Movement, Numbers, day_of, joined, money
from kulant.intake.readers.bank_lines import first_line, lines
from kulant.intake.records import Ignored, PaymentRecord, Rejection

_WIDTH = 80
_PAYMENT, _DEDUCTION, _EXTRA, _EXTRA_DEDUCTED = "20", "21", "22", "23"
_TEXT, _NAME, _STREET, _TOWN, _COMPANY = "25", "26", "27", "28", "29"
_DETAILS = (_EXTRA, _EXTRA_DEDUCTED, _TEXT, _NAME, _STREET, _TOWN, _COMPANY)
_CHECKED = "2"  # a reference that the giro has checked by its last digit
_MOST_PAYMENTS = 150_000  # of one deposit, which is held until its day is known


def recognises(head: bytes) -> bool:
    """Whether the file begins with BgMax's opening record."""
    return first_line(head).upper().startswith("01BGMAX")


def read(stream: BinaryIO, context: Context) -> Iterator[PaymentRecord | Rejection | Ignored]:
    """The payments of the file, once all of it has been checked."""
    for _ in _File(stream).deposits():
        pass
    numbers = Numbers()
    for deposit in _File(stream).deposits():
        for item in deposit.items:
            yield _record(item, deposit, numbers)


@dataclass(slots=True)
class _Item:
    """A payment or a deduction, with the records that tell more of it."""

    row: int
    first: str
    references: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def signed_minor(self) -> int:
        amount = int(self.first[37:55])
        return -amount if self.first[:2] == _DEDUCTION else amount


@dataclass(slots=True)
class _Deposit:
    """What came to one account on one day: a section of the file."""

    row: int
    giro: str
    currency: str
    items: list[_Item] = field(default_factory=list)
    paid_on: str = ""
    serial: str = ""


class _File:
    """Walks through the records, checking that each may follow the one before and that the totals agree."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._begun = self._ended = False
        self._deposit: _Deposit | None = None
        self._counts = dict.fromkeys((_PAYMENT, _DEDUCTION, _EXTRA, "15"), 0)

    def deposits(self) -> Iterator[_Deposit]:
        """Every section, as it ends."""
        for row, line in lines(self._stream):
            record = line.expandtabs(8).rstrip().ljust(_WIDTH)  # editors have put tabs into some files
            if len(record) > _WIDTH or not record[:2].isdigit():
                raise Refusal("bad_record", f"Line {row} is no record of a BgMax file (80 characters, a code first).")
            deposit = self._take(row, record)
            if deposit is not None:
                yield deposit
        if not self._ended:
            raise Refusal("cut_off", "The file is cut off: its last record (70) is missing; fetch it again.")

    def _take(self, row: int, record: str) -> _Deposit | None:
        code = record[:2]
        if self._ended or (code == "01") == self._begun:
            raise _misplaced(row, code)
        self._begun = True
        if code == "01":
            _check_opening(record)
        elif code == "70":
            self._close(row, record)
        elif code == "05" and self._deposit is None:
            self._deposit = _Deposit(row, record[2:12].strip("0 ") or record[12:22].strip("0 "), record[22:25])
        elif self._deposit is None or code == "05":
            raise _misplaced(row, code)
        elif code == "15":
            return self._end_section(row, record, self._deposit)
        else:
            self._inside(row, record, code, self._deposit)
        return None

    def _inside(self, row: int, record: str, code: str, deposit: _Deposit) -> None:
        if code in (_PAYMENT, _DEDUCTION):
            _digits(row, record[37:55])
            if len(deposit.items) >= _MOST_PAYMENTS:
                raise Refusal(
                    "too_large", f"The section of line {deposit.row} holds more than {_MOST_PAYMENTS} payments."
                )
            deposit.items.append(_Item(row, record))
            self._counts[code] += 1
        elif code not in _DETAILS or not deposit.items:
            raise _misplaced(row, code)
        else:
            item = deposit.items[-1]
            if code in (_EXTRA, _EXTRA_DEDUCTED):
                item.references.append(record[12:37].strip())
                self._counts[_EXTRA] += 1
            elif code == _TEXT:
                item.texts.append(record[2:52].strip())
            elif code == _NAME:
                item.names += [record[2:37].strip(), record[37:72].strip()]

    def _end_section(self, row: int, record: str, deposit: _Deposit) -> _Deposit:
        stated, count, currency = _digits(row, record[50:68]), _digits(row, record[71:79]), record[68:71]
        held = sum(item.signed_minor for item in deposit.items)
        if (stated, count) != (held, len(deposit.items)):
            raise Refusal(
                "totals_differ",
                f"Line {row} says {count} payments of {stated / 100:.2f} in all, but the section holds "
                f"{len(deposit.items)} of {held / 100:.2f}; fetch the file again.",
            )
        if currency != deposit.currency:
            raise Refusal("bad_record", f"Line {row} is in {currency}, but its section in {deposit.currency}.")
        deposit.paid_on, deposit.serial = record[37:45], record[45:50]
        self._counts["15"] += 1
        self._deposit = None
        return deposit

    def _close(self, row: int, record: str) -> None:
        if self._deposit is not None:
            raise Refusal(
                "cut_off", f"Line {row} ends the file before the section of line {self._deposit.row} has ended."
            )
        stated = [_digits(row, record[start : start + 8]) for start in (2, 10, 18, 26)]
        held = [self._counts[code] for code in (_PAYMENT, _DEDUCTION, _EXTRA, "15")]
        if stated != held:
            names = "payments, deductions, extra references and deposits"
            raise Refusal(
                "totals_differ", f"Line {row} counts {stated} {names}, but the file holds {held}; fetch it again."
            )
        self._ended = True


def _check_opening(record: str) -> None:
    if record[2:22].strip().upper() != "BGMAX" or record[22:24] != "01":
        raise Refusal("unknown_version", "The file's first record is not that of BgMax version 01; order that layout.")
    if record[44] == "T":
        raise Refusal("test_file", "The file is marked as a test by Bankgirot; import the one marked as production.")


def _record(item: _Item, deposit: _Deposit, numbers: Numbers) -> PaymentRecord | Rejection | Ignored:
    if item.signed_minor == 0:
        return Ignored(item.row, NOTHING)
    try:
        _, currency = money("0", deposit.currency)
        on = _day(deposit.paid_on)
    except Fault as fault:
        return fault.rejection(item.row)
    reference = item.first[12:37].strip()
    several = [one for one in item.references if one]
    named = reference if len(reference.split()) == 1 and not several else None
    sender = item.first[2:12].strip()
    return numbers.record(
        Movement(
            row=item.row,
            account=deposit.giro,
            on=on,
            amount_minor=item.signed_minor,
            currency=currency,
            reference=named,
            # What the giro has not checked may as well be an invoice number that the payer typed.
            invoice_number=named if item.first[55] != _CHECKED else None,
            message=joined(None if named else " ".join(dict.fromkeys([*reference.split(), *several])), *item.texts),
            payer_name=" ".join(item.names),
            payer_account=sender.lstrip("0") or None,
            further=(deposit.serial, item.first[57:69]),
        )
    )


def _day(text: str) -> date:
    if not (text.isascii() and text.isdigit()):
        raise Fault("date", text, "is not a date (YYYYMMDD)")
    return day_of(text, int(text[:4]), int(text[4:6]), int(text[6:]))


def _digits(row: int, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refusal(
            "bad_record", f"Line {row} has “{text.strip()[:20]}” where a number must be; fetch the file again."
        )
    return int(text)


def _misplaced(row: int, code: str) -> Refusal:
    return Refusal("bad_record", f"Line {row} begins with {code}, which cannot stand there; fetch the file again.")
