"""MT940 bank statements. Pure.

A small reader of our own rather than the library ``mt-940``: that one reads every sample too, but tells the account of
the last statement only when a file holds several, loses the line numbers, ends in whatever error its patterns raise
at a damaged line, holds the whole file, and does not miss the end of a file that was cut off.

A statement that lacks its closing balance is cut off, and the file is refused. One that does not add up from opening
to closing balance is taken in, and the closing balance rejected, so that somebody looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, BinaryIO

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.intake.documents import Context
from kulant.intake.fields import Fault
from kulant.intake.readers.bank import (
    CAME_BACK,
    NOTHING,
    PAID_OUT,
    Movement,
    Numbers,
    clean,
    day_of,
    joined,
    money,
    saying,
    short_year,
)
from kulant.intake.readers.bank_lines import lines
from kulant.intake.readers.mt940_text import looks_like_iban, understand
from kulant.intake.records import Ignored, PaymentRecord, Rejection

_TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.DOTALL)
_FIRST_TAG = re.compile(rb"(?:^|[\r\n}])\s*:20:[^\r\n]*\r?\n(?:[^:\r\n][^\r\n]*\r?\n)*:(?:21|25P?|13D):")
_END = re.compile(r"-(?:[})].*|X{0,3})?")
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,15}(?:,[0-9]*)?)\s*")
_MOVEMENT = re.compile(
    r"(?P<day>[0-9]{6})(?P<booked>[0-9]{4})?(?P<mark>R?[CD]|E[CD])[A-Z]?(?P<amount>[0-9]{1,15}(?:,[0-9]*)?)"
    r"(?:[A-Z][A-Z0-9]{3})?(?P<rest>.*)"
)
_OPENING, _CLOSING = ("60F", "60M"), ("62F", "62M")
_INTRADAY = ("13D", "34F", "90D", "90C")
_LONGEST_REFERENCE = 16  # a customer's reference; some banks put the payer's name behind it
_MOST_LINES = 400  # of one movement
_MOST_STATEMENTS = 20_000
_INTRADAY_SENTENCE = (
    "The file is an MT942 report of a day still running, whose movements may yet change; "
    "import the statement MT940 of that day instead."
)


def recognises(head: bytes) -> bool:
    """Whether a statement's first fields (20, then 25) stand at the beginning, behind an envelope or without one."""
    return _FIRST_TAG.search(head.removeprefix(b"\xef\xbb\xbf")[:4_096]) is not None


def read(stream: BinaryIO, context: Context) -> Iterator[PaymentRecord | Rejection | Ignored]:
    """The movements of every statement, once the file has been looked through for its balances and its end."""
    statements = _survey(stream)
    numbers, seen = Numbers(), set[bytes]()
    at, again = -1, False
    for one in _fields(stream):
        if one.tag == "20":
            at += 1
            digest = statements[at].digest.digest()
            again = digest in seen
            seen.add(digest)
        elif one.tag == "61" and again:
            yield Ignored(one.row, "The same statement stands in the file before.")
        elif one.tag == "61":
            yield _record(one, statements[at], numbers)
        elif one.tag in _CLOSING and not again and (off := statements[at].difference()):
            yield Rejection(one.row, "balance", "".join(one.lines), off)


@dataclass(slots=True)
class _Field:
    """A field with its lines; a movement (61) also with the text that follows it (86)."""

    row: int
    tag: str
    lines: list[str]
    text: list[str] = field(default_factory=list)


def _fields(stream: BinaryIO) -> Iterator[_Field]:
    """The fields of all statements; what stands around the statements is left out."""
    current: _Field | None = None
    for row, line in lines(stream):
        line = line.replace("\x01", "").replace("\x03", "")
        match = _TAG.match(line[line.rfind("{4:") + 3 :] if line.startswith("{") else line)
        if match is None:
            if current is not None and _END.fullmatch(line.strip()):
                yield current
                current = None
            elif current is not None:
                _go_on(current, line)
        elif match[1] == "86" and current is not None and current.tag == "61":
            current.text.append(match[2])
        else:
            if current is not None:
                yield current
            current = _Field(row, match[1], [match[2]])
    if current is not None:
        yield current


def _go_on(current: _Field, line: str) -> None:
    (current.text or current.lines).append(line)
    if len(current.text) + len(current.lines) > _MOST_LINES:
        raise Refusal(
            "bad_record", f"The field of line {current.row} has more than {_MOST_LINES} lines; export it again."
        )


@dataclass(slots=True)
class _Statement:
    """What is known of a statement when all of it has been seen."""

    row: int
    account: str = ""
    currency: str = ""
    opening: int | None = None
    closing: int | None = None
    movements: int = 0
    doubtful: bool = False  # a movement could not be read
    digest: Any = field(default_factory=lambda: blake2b(digest_size=16))

    def difference(self) -> str | None:
        """Why opening balance and movements do not make the closing balance."""
        if self.opening is None or self.closing is None or self.doubtful:
            return None
        expected = self.opening + self.movements
        if expected == self.closing:
            return None
        made = f"opening balance and movements make {decimal_string(expected, self.currency)} {self.currency}"
        return f"is not what the statement adds up to: {made}; check that no movement is missing from the file"


def _survey(stream: BinaryIO) -> list[_Statement]:
    found: list[_Statement] = []
    for one in _fields(stream):
        if one.tag in _INTRADAY:
            raise Refusal("intraday", _INTRADAY_SENTENCE)
        if one.tag == "20":
            _check_closed(found)
            found.append(_Statement(one.row))
        elif not found:
            raise Refusal("bad_record", f"Line {one.row} has field {one.tag} before any statement has begun (:20:).")
        if len(found) > _MOST_STATEMENTS:
            raise Refusal("too_large", f"The file holds more than {_MOST_STATEMENTS} statements; divide it.")
        _learn(found[-1], one)
    if not found:
        raise Refusal("no_statement", "The file holds no MT940 statement (no field :20:).")
    _check_closed(found)
    return found


def _check_closed(found: list[_Statement]) -> None:
    if found and found[-1].closing is None:
        where = f"the statement that begins on line {found[-1].row} has no closing balance (:62F:)"
        raise Refusal("cut_off", f"The file is cut off: {where}; export it again.")


def _learn(statement: _Statement, one: _Field) -> None:
    for line in (one.tag, *one.lines, *one.text):
        statement.digest.update(line.encode("utf-8", "replace") + b"\n")
    if one.tag in ("25", "25P"):
        statement.account = one.lines[0].strip()
    elif one.tag in _OPENING + _CLOSING:
        minor, currency = _balance(one)
        if statement.currency not in ("", currency):
            raise Refusal("bad_record", f"Line {one.row} is in {currency}, but its statement in {statement.currency}.")
        statement.currency = currency
        if one.tag in _CLOSING:
            statement.closing = minor
        elif statement.opening is None:
            statement.opening = minor
    elif one.tag == "61":
        match = _MOVEMENT.match(one.lines[0])
        try:
            # The currency may come last; every currency is read with the digits of the amount here.
            minor = money(_point(match["amount"]), statement.currency or "EUR")[0] if match else 0
        except Fault:
            match, minor = None, 0
        statement.doubtful |= match is None or match["mark"][0] == "E" or not statement.currency
        statement.movements += minor if match is not None and match["mark"] in ("C", "RD") else -minor


def _balance(one: _Field) -> tuple[int, str]:
    match = _BALANCE.fullmatch("".join(one.lines[:1]))
    if match is None:
        raise Refusal("bad_record", f"The balance on line {one.row} is damaged or cut off; export the file again.")
    try:
        minor, currency = money(_point(match[4]), match[3])
    except Fault as fault:
        raise Refusal("bad_record", f"The balance on line {one.row}: {fault.rejection(one.row).error}.") from None
    return (minor if match[1] == "C" else -minor), currency


def _point(amount: str) -> str:
    return amount.replace(",", ".")


def _record(one: _Field, statement: _Statement, numbers: Numbers) -> PaymentRecord | Rejection | Ignored:
    match = _MOVEMENT.match(one.lines[0])
    if match is None:
        return Fault("61", one.lines[0].strip(), "is no movement as MT940 writes it").rejection(one.row)
    told = understand(one.text)
    mark = match["mark"]
    if mark[0] == "E":
        return Ignored(one.row, "It is expected only, not booked yet.")
    taken_back = mark == "RC" or (mark == "D" and told.returned)
    if not taken_back and mark == "D":
        return Ignored(one.row, PAID_OUT)
    if mark == "RD" or (mark == "C" and told.returned):
        return Ignored(one.row, CAME_BACK)
    try:
        minor, currency = money(_point(match["amount"]), statement.currency)
        on = _booked_on(match["day"], match["booked"])
    except Fault as fault:
        return fault.rejection(one.row)
    if minor == 0:
        return Ignored(one.row, NOTHING)
    customers, bank, more = _references(match["rest"], one.lines[1:])
    return numbers.record(
        Movement(
            row=one.row,
            account=statement.account.removesuffix(currency).strip(),
            on=on,
            amount_minor=-minor if taken_back else minor,
            currency=currency,
            bank_reference=saying(bank),
            reference=told.reference,
            message=told.message or joined(*(text for text in more if not looks_like_iban(text))),
            payer_name=told.payer_name,
            payer_account=told.payer_account or next(filter(looks_like_iban, more), None),
            further=(customers, *more, *told.further),
        )
    )


def _references(rest: str, more: list[str]) -> tuple[str, str, list[str]]:
    """The customer's reference, the bank's, and what else stands behind them or on further lines."""
    customers, stroke, bank = rest.partition("//")
    behind = ""
    if not stroke:
        customers, behind = rest[:_LONGEST_REFERENCE], rest[_LONGEST_REFERENCE:]
    cleaned = [clean(text, 200) for text in (behind, *more)]
    return customers.strip(), bank.strip(), [text for text in cleaned if text]


def _booked_on(value_day: str, booked: str | None) -> date:
    """The booking day; only its day and month are given, its year is the one that brings it nearest the value day."""
    year = short_year(int(value_day[:2]))
    value = day_of(value_day, year, int(value_day[2:4]), int(value_day[4:]))
    if booked is None:
        return value
    days = []
    for near in (year - 1, year, year + 1):
        try:
            days.append(day_of(booked, near, int(booked[:2]), int(booked[2:])))
        except Fault:
            continue  # 29 February
    if not days:
        raise Fault("date", booked, "is not a day (MMDD)")
    return min(days, key=lambda day: abs(day - value))
