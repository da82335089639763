"""Norwegian OCR giro: payments with a KID, as the clearing house hands them on. Pure.

Fixed places of 80 characters; amounts in øre. A file holds assignments: those of service 09 are payments received. The
others (AvtaleGiro: agreements, requests to collect, cancelled requests) are no money; they are left out where payments
stand beside them, and refused where they stand alone. Every count and sum of the file is checked before anything is
read from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.documents import Context
from kulant.intake.fields import Fault
from kulant.intake.readers.bank import NOTHING, Movement, Numbers, day_of, joined, short_year
from kulant.intake.readers.bank_lines import first_line, lines
from kulant.intake.records import Ignored, PaymentRecord, Rejection

_WIDTH = 80
_OCR, _AVTALEGIRO = "09", "21"
_REVERSED = ("18", "20")  # transaction types by which a purchase is taken back
_START, _ASSIGNMENT, _ITEM, _ITEM_MORE, _ITEM_TEXT, _ASSIGNMENT_END, _END = "10", "20", "30", "31", "32", "88", "89"
_AGREEMENT, _SPECIFICATION = "70", "49"  # of AvtaleGiro
_NO_PAYMENTS = {
    "24": "AvtaleGiro agreements (who pays by AvtaleGiro), no payments",
    "36": "AvtaleGiro requests that were called back, no payments",
    "00": "AvtaleGiro requests, which ask the bank to collect and are no payments yet",
}
_OTHER_SERVICE = "of another service than OCR giro, no payments with a KID"


def recognises(head: bytes) -> bool:
    """Whether the file begins as files of the clearing house do."""
    return first_line(head).startswith("NY000010")


def read(stream: BinaryIO, context: Context) -> Iterator[PaymentRecord | Rejection | Ignored]:
    """The payments of the file, once all of it has been checked."""
    paid, others = 0, ""
    for one in _File(stream).parts():
        if isinstance(one, _Assignment):
            others = one.why
        else:
            paid += 1
    if others and not paid:
        raise Refusal(
            "no_payments", f"The file holds {others}; import the OCR giro file that comes when the money has been paid."
        )
    numbers = Numbers()
    for one in _File(stream).parts():
        if isinstance(one, _Assignment):
            yield Ignored(one.row, f"The file also holds {one.why}.")
        else:
            yield _record(one, numbers)


@dataclass(slots=True)
class _Totals:
    """What an assignment or the file has held so far."""

    transactions: int = 0
    records: int = 0
    plain_sum: int = 0
    signed_sum: int = 0

    def add(self, other: _Totals) -> None:
        self.transactions += other.transactions
        self.records += other.records
        self.plain_sum += other.plain_sum
        self.signed_sum += other.signed_sum


@dataclass(slots=True)
class _Assignment:
    row: int
    service: str
    kind: str
    account: str
    totals: _Totals = field(default_factory=_Totals)

    @property
    def why(self) -> str:
        """What it holds, when that is no payments."""
        return _NO_PAYMENTS.get(self.kind, _OTHER_SERVICE) if self.service == _AVTALEGIRO else _OTHER_SERVICE


@dataclass(slots=True)
class _Item:
    """One payment: two or three records of the file."""

    row: int
    first: str
    account: str
    second: str = ""
    text: str = ""

    @property
    def taken_back(self) -> bool:
        return self.first[31] == "-" or self.first[4:6] in _REVERSED


class _File:
    """Walks through the records, checking that each may follow the one before and that the totals agree."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._begun = self._ended = False
        self._totals = _Totals()
        self._assignment: _Assignment | None = None
        self._item: _Item | None = None

    def parts(self) -> Iterator[_Item | _Assignment]:
        """Payments, and the assignments that hold none."""
        for row, line in lines(self._stream):
            record = line.rstrip().ljust(_WIDTH)
            if len(record) > _WIDTH or not record.startswith("NY") or not record[2:8].isdigit():
                raise Refusal("bad_record", f"Line {row} is no record of a giro file (80 characters beginning NY).")
            yield from self._take(row, record)
        if not self._ended:
            raise Refusal("cut_off", "The file is cut off: its last record (NY000089) is missing; fetch it again.")

    def _take(self, row: int, record: str) -> Iterator[_Item | _Assignment]:
        kind = record[6:8]
        if self._ended or (kind == _START) == self._begun:
            raise _misplaced(row, kind)
        self._begun = True
        if kind in (_START, _END):
            self._totals.records += 1
            self._ended = kind == _END
            if self._ended:
                self._check_open(row)
                self._totals_agree(row, record, self._totals, "the file")
        elif kind == _ASSIGNMENT:
            self._check_open(row)
            self._assignment = _Assignment(row, record[2:4], record[4:6], record[24:35])
            self._assignment.totals.records = 1
        elif self._assignment is None:
            raise _misplaced(row, kind)
        else:
            yield from self._inside(row, record, kind, self._assignment)

    def _inside(self, row: int, record: str, kind: str, assignment: _Assignment) -> Iterator[_Item | _Assignment]:
        assignment.totals.records += 1
        if kind in (_ITEM, _AGREEMENT, _ASSIGNMENT_END):
            if self._item is not None:
                yield self._item
            self._item = None
        if kind == _ITEM:
            self._count(row, record, assignment)
        elif kind == _AGREEMENT:
            assignment.totals.transactions += 1
        elif kind == _ASSIGNMENT_END:
            self._totals_agree(row, record, assignment.totals, f"the assignment that begins on line {assignment.row}")
            self._totals.add(assignment.totals)
            self._assignment = None
            if assignment.service != _OCR:
                yield assignment
        elif kind in (_ITEM_MORE, _ITEM_TEXT):
            self._add(row, record, kind, assignment)
        elif kind != _SPECIFICATION or assignment.service == _OCR:
            raise _misplaced(row, kind)

    def _count(self, row: int, record: str, assignment: _Assignment) -> None:
        is_payment = assignment.service == _OCR
        item = _Item(row, record, assignment.account)
        digits = record[32:49] if is_payment else record[32:49].strip() or "0"
        amount = _digits(row, digits)
        totals = assignment.totals
        totals.transactions += 1
        totals.plain_sum += amount
        totals.signed_sum += -amount if is_payment and item.taken_back else amount
        if is_payment:
            self._item = item

    def _add(self, row: int, record: str, kind: str, assignment: _Assignment) -> None:
        if assignment.service != _OCR:
            return
        if self._item is None or record[8:15] != self._item.first[8:15]:
            raise _misplaced(row, kind)
        if kind == _ITEM_MORE:
            self._item.second = record
        else:
            self._item.text = f"{self._item.text} {record[15:55].strip()}".strip()

    def _check_open(self, row: int) -> None:
        if self._assignment is not None:
            raise Refusal(
                "cut_off", f"Line {row} comes before the assignment of line {self._assignment.row} has ended."
            )

    @staticmethod
    def _totals_agree(row: int, record: str, totals: _Totals, of: str) -> None:
        transactions, records = _digits(row, record[8:16]), _digits(row, record[16:24])
        if (transactions, records) != (totals.transactions, totals.records):
            said = f"{transactions} transactions in {records} records"
            held = f"{totals.transactions} in {totals.records}"
            raise Refusal("totals_differ", f"Line {row} counts {said}, but {of} holds {held}; fetch the file again.")
        stated = record[24:41]
        if not stated.strip() and not totals.plain_sum:
            return  # agreements have no sum
        # Whether taken-back payments lessen the sum is not the same in all files.
        if _digits(row, stated) not in (totals.signed_sum, totals.plain_sum, -totals.signed_sum):
            kroner = f"{int(stated) / 100:.2f}, but {of} holds {totals.signed_sum / 100:.2f}"
            raise Refusal("totals_differ", f"Line {row} says the sum is {kroner}; fetch the file again.")


def _record(item: _Item, numbers: Numbers) -> PaymentRecord | Rejection | Ignored:
    minor = int(item.first[32:49])
    if minor == 0:
        return Ignored(item.row, NOTHING)
    debtor, form, archive = item.second[47:58].strip("0 "), item.second[15:25], item.second[25:34]
    try:
        on = _day(item.first[15:21])
    except Fault as fault:
        return fault.rejection(item.row)
    return numbers.record(
        Movement(
            row=item.row,
            account=item.account.strip(),
            on=on,
            amount_minor=-minor if item.taken_back else minor,
            currency="NOK",
            reference=item.first[49:74].strip() or None,
            message=joined(item.text),
            payer_account=item.second[47:58] if debtor else None,
            # Settlement, serial number, form and archive number; none of them names one payment by itself.
            further=(item.first[21:31], form, archive),
        )
    )


def _day(text: str) -> date:
    if not text.isdigit():
        raise Fault("date", text, "is not a date (DDMMYY)")
    return day_of(text, short_year(int(text[4:])), int(text[2:4]), int(text[:2]))


def _digits(row: int, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refusal(
            "bad_record", f"Line {row} has “{text.strip()[:20]}” where a number must be; fetch the file again."
        )
    return int(text)


def _misplaced(row: int, kind: str) -> Refusal:
    return Refusal(
        "bad_record", f"Line {row} is a record of type {kind}, which cannot stand there; fetch the file again."
    )
