"""What every bank file tells of a movement on an account, and the number a payment is known by ever after. Pure.

The number is made of what the bank says of the movement itself and of nothing that belongs to the file: the same
movement has the same number in a statement, in the notification before it and in either of them sent again.

- The bank's own reference tells movements apart where it gives one: ``account/date/amount/reference``, and for one of
  several transactions booked in one sum ``reference.transaction``.
- Without one, a digest of all that is known of the movement does.
- Two movements of one file that are equal in all of that are two: the second is numbered ``~2``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b, sha256

from kulant.core.money import LARGEST, decimal_string, minor_digits, to_minor
from kulant.intake.dates import EARLIEST_YEAR
from kulant.intake.fields import Fault
from kulant.intake.records import PaymentRecord
from kulant.intake.values import currency as read_currency

LONGEST_NUMBER = 80  # of a payment, in the ledger and in payments-csv
_LONGEST_REFERENCE, _LONGEST_NAME, _LONGEST_ACCOUNT, _LONGEST_BANK, _LONGEST_TEXT = 80, 200, 60, 140, 2_000
_LONGEST_OWN_ACCOUNT = 34  # in a number; an IBAN has 34 characters at most

# Why a movement is left out.
PAID_OUT = "Money paid out is no customer's payment."
CAME_BACK = "Money that had been paid out came back; it is no customer's payment."
NOTHING = "The amount is nothing."

_UNSAYING = re.compile(r"[\W_0]*|NONREF|NOREF|NOTPROVIDED|NOTAVAILABLE|NOTKNOWN|UNKNOWN|NA|N/A")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]+")
_AMOUNT = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,12})?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T Z+\-].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that came to an account, or (below zero) was taken back from it."""

    row: int
    account: str | None
    on: date
    amount_minor: int
    currency: str
    bank_reference: str | None = None  # the bank's own reference of the booking
    part: str | None = None  # which of several transactions booked in one sum
    reference: str | None = None
    invoice_number: str | None = None
    message: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    further: tuple[str, ...] = ()  # references that are shown nowhere, but tell movements apart


class Numbers:
    """Gives the payments of one file their numbers."""

    def __init__(self) -> None:
        self._given: dict[bytes, int] = {}

    def record(self, movement: Movement) -> PaymentRecord:
        """The movement as the ledger takes it."""
        return PaymentRecord(
            row=movement.row,
            number=self.number(movement),
            on=movement.on,
            amount_minor=movement.amount_minor,
            currency=movement.currency,
            reference=clean(movement.reference, _LONGEST_REFERENCE),
            invoice_number=clean(movement.invoice_number, _LONGEST_REFERENCE),
            message=clean(movement.message, _LONGEST_TEXT),
            payer_name=clean(movement.payer_name, _LONGEST_NAME),
            payer_account=clean(movement.payer_account, _LONGEST_ACCOUNT),
            bank_reference=clean(movement.bank_reference, _LONGEST_BANK),
            account=clean(movement.account, _LONGEST_ACCOUNT),
        )

    def number(self, movement: Movement) -> str:
        """The payment's own number, a different one for every movement of the file."""
        first = number_of(movement)
        key = blake2b(first.encode(), digest_size=12).digest()
        times = self._given[key] = self._given.get(key, 0) + 1
        return first if times == 1 else f"{_shortened(first, LONGEST_NUMBER - 8)}~{times}"


def number_of(movement: Movement) -> str:
    """The number of a movement that no other of its file is equal to."""
    account = _shortened(re.sub(r"[^0-9A-Za-z]", "", movement.account or "").upper() or "-", _LONGEST_OWN_ACCOUNT)
    start = f"{account}/{movement.on:%Y%m%d}/{decimal_string(movement.amount_minor, movement.currency)}/"
    reference = saying(movement.bank_reference)
    if reference is None:
        return start + _digest(*_told(movement))
    whole = f"{reference}.{movement.part}" if movement.part else reference
    return start + _shortened(clean(whole, len(whole)) or "-", LONGEST_NUMBER - len(start))


def _told(movement: Movement) -> tuple[str, ...]:
    own = (
        movement.currency,
        movement.part,
        movement.reference,
        movement.invoice_number,
        movement.message,
        movement.payer_name,
        movement.payer_account,
    )
    return (*(part or "" for part in own), *movement.further)


def _digest(*parts: str) -> str:
    told = "\x1f".join(" ".join(part.split()) for part in parts)
    return sha256(told.encode("utf-8", "replace")).hexdigest()[:16]


def _shortened(text: str, longest: int) -> str:
    """The text, or its beginning with a digest of the whole when it is too long."""
    return text if len(text) <= longest else text[: longest - 17] + "-" + _digest(text)


def saying(reference: str | None) -> str | None:
    """A reference that names something; none for ``NONREF``, ``NOTPROVIDED``, zeros and the like."""
    if reference is None:
        return None
    text = reference.strip()
    return None if _UNSAYING.fullmatch(text.upper()) else text


def clean(text: str | None, longest: int) -> str | None:
    """One line of text without control characters, of a length the ledger keeps; none when nothing is left."""
    if text is None:
        return None
    return " ".join(_NO_TEXT.sub(" ", text).split())[:longest].rstrip() or None


def joined(*parts: str | None) -> str | None:
    """The parts that say something, each once, with a bar between them."""
    return " | ".join(dict.fromkeys(part for part in parts if part)) or None


def money(text: str, currency: str) -> tuple[int, str]:
    """Minor units of an unsigned amount with a point, and the currency's code."""
    try:
        code = read_currency(currency)
    except ValueError as error:
        raise Fault("currency", currency, str(error)) from None
    if not _AMOUNT.fullmatch(text):
        raise Fault("amount", text, "is not an amount")
    try:
        return to_minor(text.rstrip("."), code), code
    except ValueError:
        too_large = int(text.partition(".")[0]) > LARGEST // 10 ** minor_digits(code)
        decimals = f"has more decimals than {code} has ({minor_digits(code)})"
        raise Fault("amount", text, "is too large an amount" if too_large else decimals) from None


def iso_day(text: str) -> date:
    """The day of an ISO date or date-time, as the bank's own clock shows it."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise Fault("date", text, "is not a date")
    return day_of(text, int(match[1]), int(match[2]), int(match[3]))


def day_of(text: str, year: int, month: int, day: int) -> date:
    """A day that may stand in a bank file; ``text`` is what the file says."""
    try:
        found = date(year, month, day)
    except ValueError:
        raise Fault("date", text, "is not a date") from None
    if found.year < EARLIEST_YEAR:
        raise Fault("date", text, f"lies before {EARLIEST_YEAR}")
    return found


def short_year(two_digits: int) -> int:
    """The year of two digits: nothing here is older than 1990."""
    return two_digits + (1900 if two_digits >= EARLIEST_YEAR % 100 else 2000)
