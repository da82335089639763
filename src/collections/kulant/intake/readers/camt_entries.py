"""The entries of ISO 20022 statements (camt.053) and notifications (camt.054), of all versions. Pure.

The versions differ in where a name or a status stands, never in what an element means, so elements are found by their
plain names and every version is read by the same rules.

- A booked credit is a payment. A debit is one only when it takes a payment back: marked as a reversal, or with the
  reason of a return. What the creditor paid out, and what came back of that, is left out.
- An entry of several transactions is one payment for each, if their amounts make up the entry's; else it is one
  payment of the entry's amount, for that is what came to the account.
- An entry that says it sums up several transactions and lists none is not taken: the notification lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.fields import Fault
from kulant.intake.readers.bank import CAME_BACK, NOTHING, PAID_OUT, Movement, Numbers, iso_day, money, saying
from kulant.intake.readers.camt_details import (
    REFERENCES,
    Transaction,
    account_of,
    child,
    children,
    merged,
    transaction,
    words,
)
from kulant.intake.readers.xml import Element, each, local_name, words_of
from kulant.intake.records import Ignored, PaymentRecord, Rejection

Taken = PaymentRecord | Rejection | Ignored

_HEADER = ("Id", "ElctrncSeqNb", "LglSeqNb", "CreDtTm", "FrToDt", "StmtPgntn", "NtfctnPgntn", "Acct", "Bal")
_WANTED = frozenset(("GrpHdr", *_HEADER, "Ntry"))
# Left empty as they are read, so that an entry may hold many transactions.
_UNREAD = frozenset(
    ("PstlAdr", "CtctDtls", "RltdAgts", "Cdtr", "CdtrAcct", "UltmtCdtr", "Tp", "Purp", "RltdDts", "RfrdDocAmt", "Chrgs")
)
_AMOUNTS = (("Amt",), ("AmtDtls", "TxAmt", "Amt"), ("AmtDtls", "InstdAmt", "Amt"))
_REVERSAL = re.compile(rb"RvslInd>\s*(?:true|1)|RtrInf>")
_BLOCK, _OVERLAP = 1 << 20, 256
_MOST_REVERSALS = 200_000
_MOST_BETWEEN = 50_000  # elements from one entry to the next


def holds(head: bytes, *names: str) -> bool:
    """Whether one of these elements begins in the first bytes of an XML file; version .01 puts V01 behind the name."""
    marks = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
    text = head.replace(b"\x00", b"") if head.startswith(marks[:2]) else head
    if not text.removeprefix(marks[0]).removeprefix(marks[1]).removeprefix(marks[2]).lstrip().startswith(b"<"):
        return False
    return re.search(rb"<(?:[\w.\-]+:)?(?:" + "|".join(names).encode() + rb")(?:V[0-9]{2})?[\s>/]", text) is not None


def read_entries(stream: BinaryIO, statement: str) -> Iterator[Taken]:
    """The entries of every element of that name (``Stmt``, ``Ntfctn``)."""
    reader = _Reader(any_reversal=_look_over(stream))
    stream.seek(0)
    found = False
    for element in each(stream, _WANTED, without=_UNREAD, most_between=_MOST_BETWEEN):
        parent = element.getparent()
        if parent is not None and local_name(parent) == statement:
            found = True
            yield from reader.take(element, parent)
    if not found:
        raise Refusal("no_statement", f"The file holds no statement (element {statement}); export it again.")
    yield from reader.finish()


def _look_over(stream: BinaryIO) -> bool:
    """Whether the file may take anything back; refuses one that was cut off before anything is read from it."""
    stream.seek(0)
    reversal, before = False, b""
    wide = b"\x00" in stream.read(4)
    stream.seek(0)
    while block := stream.read(_BLOCK):
        if not wide and b"\x00" in block:
            raise Refusal("binary", "The file holds NUL bytes, which no XML file has; export it again.")
        text = (before + block).replace(b"\x00", b"")  # of UTF-16
        reversal = reversal or _REVERSAL.search(text) is not None
        before = text[-_OVERLAP:]
    if not before.rstrip().endswith(b">"):
        raise Refusal("cut_off", "The file is cut off: it does not end as XML does; export it again.")
    return reversal


@dataclass(slots=True)
class _Statement:
    """What stands before the entries of a statement."""

    element: Element
    account: str | None = None
    header: list[str] = field(default_factory=list)
    repeated: bool | None = None  # known when the first entry comes


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry's own words."""

    row: int
    element: Element
    account: str | None
    amount_minor: int
    currency: str
    credit: bool
    reversal: bool
    bank_reference: str | None

    def booked_on(self) -> date:
        """The booking day, or the value day where only that is told."""
        for name in ("BookgDt", "ValDt"):
            day = words(self.element, name, "Dt") or words(self.element, name, "DtTm")
            if day:
                return iso_day(day)
        raise Fault("BookgDt", "", "is missing, and so is ValDt: the entry has no day")


class _Reader:
    """Turns entries into records, keeping what belongs to the whole file."""

    def __init__(self, *, any_reversal: bool) -> None:
        self._numbers = Numbers()
        self._statement: _Statement | None = None
        self._seen: set[tuple[str, ...]] = set()
        self._row = 0
        self._originals: dict[tuple[str, ...], list[str]] | None = {} if any_reversal else None
        self._reversals: list[tuple[Movement, list[tuple[str, ...]]]] = []

    def take(self, element: Element, parent: Element) -> Iterator[Taken]:
        """One piece of a statement."""
        if self._statement is None or self._statement.element is not parent:
            self._statement = _Statement(parent)
        statement = self._statement
        name = local_name(element)
        if name == "Ntry":
            self._row += 1
            if statement.repeated is None:
                header = tuple(statement.header)
                statement.repeated = header in self._seen
                self._seen.add(header)
            if statement.repeated:
                yield Ignored(self._row, "The same statement stands in the file before.")
            else:
                yield from self._entry(element, statement)
            return
        if name == "Acct" and statement.account is None:
            statement.account = account_of(element)
        statement.header.append(name + " ".join(text.strip() for text in element.itertext()))

    def finish(self) -> Iterator[Taken]:
        """What takes payments back, now that all payments of the file are known."""
        originals = self._originals or {}
        for movement, keys in self._reversals:
            found = next((originals[key] for key in keys if len(originals.get(key, ())) == 1), None)
            record = self._numbers.record(movement)
            yield record if found is None else replace(record, reverses=found.pop())

    def _entry(self, element: Element, statement: _Statement) -> Iterator[Taken]:
        try:
            yield from self._booked(element, statement)
        except Fault as fault:
            yield fault.rejection(self._row)

    def _booked(self, element: Element, statement: _Statement) -> Iterator[Taken]:
        status = words(element, "Sts") or words(element, "Sts", "Cd") or words(element, "Sts", "Prtry")
        if status not in ("BOOK", None):
            yield Ignored(self._row, f"It is not booked (status {status[:40]}); it comes again when it is.")
            return
        entry = _entry(self._row, element, statement.account)
        if entry.amount_minor == 0:
            yield Ignored(self._row, NOTHING)
            return
        # In version .01 they stand in the entry itself.
        parts = (element, *children(element, "NtryDtls"))
        details = [transaction(one) for part in parts for one in children(part, "TxDtls")]
        if len(details) > 1 and (amounts := _amounts(entry, details)):
            yield from self._several(entry, details, amounts)
        elif why := _listed_elsewhere(entry, len(details)):
            yield why
        else:
            yield from self._one(entry, details)

    def _one(self, entry: _Entry, details: list[Transaction]) -> Iterator[Taken]:
        """The entry as one payment, with what all its transactions tell."""
        sign = _direction(entry.credit, entry.reversal or (bool(details) and all(one.returned for one in details)))
        if isinstance(sign, str):
            yield Ignored(entry.row, sign)
        else:
            yield from self._take(entry, merged(details), sign * entry.amount_minor, None)

    def _several(self, entry: _Entry, details: list[Transaction], amounts: list[int]) -> Iterator[Taken]:
        """A payment for each transaction of the entry."""
        for one, amount, part in zip(details, amounts, _parts(details, amounts), strict=True):
            sign = _direction(entry.credit == (amount > 0), entry.reversal or one.returned)
            if amount == 0:
                yield Ignored(entry.row, NOTHING)
            elif isinstance(sign, str):
                yield Ignored(entry.row, sign)
            else:
                yield from self._take(entry, one, sign * abs(amount), part)

    def _take(self, entry: _Entry, told: Transaction, amount_minor: int, part: str | None) -> Iterator[Taken]:
        movement = Movement(
            row=entry.row,
            account=entry.account,
            on=entry.booked_on(),
            amount_minor=amount_minor,
            currency=entry.currency,
            bank_reference=entry.bank_reference or told.movement_reference,
            part=part,
            reference=told.reference,
            invoice_number=told.invoice_number,
            message=told.message or (None if told.names_something else words(entry.element, "AddtlNtryInf")),
            payer_name=told.payer_name,
            payer_account=told.payer_account,
            further=tuple(told.references.values()),
        )
        keys = _keys(movement, told, entry) if self._originals is not None else []
        if amount_minor < 0:
            # The payment it takes back may stand further down.
            if len(self._reversals) >= _MOST_REVERSALS:
                raise Refusal("too_large", f"The file takes back more than {_MOST_REVERSALS} payments; divide it.")
            self._reversals.append((movement, keys))
            return
        record = self._numbers.record(movement)
        for key in keys:
            assert self._originals is not None
            self._originals.setdefault(key, []).append(record.number)
        yield record


def _entry(row: int, element: Element, account: str | None) -> _Entry:
    amount, direction = child(element, "Amt"), words(element, "CdtDbtInd")
    if amount is None:
        raise Fault("Amt", "", "is missing")
    if direction not in ("CRDT", "DBIT"):
        raise Fault("CdtDbtInd", direction or "", "is neither CRDT nor DBIT")
    minor, currency = money(words_of(amount) or "", amount.get("Ccy") or "")
    return _Entry(
        row=row,
        element=element,
        account=account,
        amount_minor=minor,
        currency=currency,
        credit=direction == "CRDT",
        reversal=words(element, "RvslInd") in ("true", "1"),
        bank_reference=saying(words(element, "AcctSvcrRef")),
    )


def _direction(credit: bool, back: bool) -> int | str:
    """Whether the amount counts up or down, or why it does not count."""
    if credit:
        return CAME_BACK if back else 1
    return -1 if back else PAID_OUT


def _listed_elsewhere(entry: _Entry, told: int) -> Rejection | Ignored | None:
    """An entry of which another message tells the single payments; ``told``: how many transactions this one tells."""
    if not entry.credit or entry.reversal:
        return None
    if not told and "camt.054" in (words(entry.element, "AddtlInfInd", "MsgNmId") or ""):
        return Ignored(entry.row, "Its payments are listed in the notification (camt.054) that the bank sends with it.")
    parts = (entry.element, *children(entry.element, "NtryDtls"))
    counts = [words(one, "Btch", "NbOfTxs") or "" for one in parts]
    summed_up = sum(int(one[:9]) for one in counts if one.isascii() and one.isdigit())
    if summed_up <= max(told, 1):
        return None
    reason = (
        "payments are summed up, but not all listed; import the notification (camt.054) or giro file that lists them"
    )
    return Fault("NbOfTxs", str(summed_up), reason).rejection(entry.row)


def _amounts(entry: _Entry, details: list[Transaction]) -> list[int] | None:
    """The transactions' amounts, below zero where they go against the entry; none if they do not make up its sum."""
    for path in _AMOUNTS:
        found = [_amount(one.element, path, entry) for one in details]
        amounts = [one for one in found if one is not None]
        if len(amounts) == len(found) and sum(amounts) == entry.amount_minor:
            return amounts
    return None


def _amount(element: Element, path: tuple[str, ...], entry: _Entry) -> int | None:
    amount = child(element, *path)
    if amount is None or amount.get("Ccy") != entry.currency:
        return None
    try:
        minor, _ = money(words_of(amount) or "", entry.currency)
    except Fault:
        return None
    direction = words(element, "CdtDbtInd")
    return minor if direction is None or (direction == "CRDT") == entry.credit else -minor


def _parts(details: list[Transaction], amounts: list[int]) -> list[str | None]:
    """What tells the transactions of an entry apart, where their amounts do not: the first reference that does."""
    if len(set(amounts)) == len(amounts):
        return [None] * len(amounts)
    for name in REFERENCES:
        references = [one.references.get(name) for one in details]
        if len(set(zip(amounts, references, strict=True))) == len(amounts):
            return references
    references = [one.reference for one in details]
    return references if len(set(zip(amounts, references, strict=True))) == len(amounts) else [None] * len(amounts)


def _keys(movement: Movement, told: Transaction, entry: _Entry) -> list[tuple[str, ...]]:
    """By what a payment and the entry that takes it back may be known to belong together."""
    known = {**told.references, **({"AcctSvcrRef": entry.bank_reference} if entry.bank_reference else {})}
    amount = f"{abs(movement.amount_minor)} {movement.currency} {movement.account}"
    return [(name, known[name], amount) for name in REFERENCES if name in known]
