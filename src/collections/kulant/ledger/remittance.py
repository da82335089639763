"""Invoice numbers in what a payer wrote: found among words, dates, amounts and account numbers. Pure.

A number is *named* when a word such as "faktura" stands before it, *plain* when it stands by itself, and *doubtful*
when it may as well be a date, an amount, an account number or a count. A doubtful one is never matched on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from stdnum import iban
from stdnum.no import kontonr

from kulant.core.money import minor_digits

NAMED, PLAIN, DOUBTFUL = "named", "plain", "doubtful"

# What stands before an invoice number in the languages of the house, shortened as people shorten it.
_WORDS = (
    "fakturanummer|fakturanr|fakturaer|fakturaene|fakturaen|fakturor|faktura|fakturan|fakt|fak|fnr|"
    "invoices|invoice|inv|bill|rechnungsnummer|rechnungsnr|rechnungen|rechnung|rgnr|rg|re|rnr|"
    "laskut|laskunnro|laskunro|lasku|facturen|factuurnummer|factuur|facture|fact|nummer|numero|nro|nr|no|f"
)
_NAMING = re.compile(rf"(?:\b(?:{_WORDS})[\s.:#,º°]*|#\s*)$", re.IGNORECASE)
_GLUED = re.compile(rf"(?:{_WORDS})[.:#-]?(?=\d)", re.IGNORECASE)
# Signs that join parts of one number: INV-K1, 2026/1001, 12.001.
_TOKEN = re.compile(r"[^\W_]+(?:[-/._][^\W_]+)*", re.UNICODE)
_LIST = re.compile(r"^[\s,;&+/]*(?:(?:og|och|und|and|ja|en|et|samt|to|til)\b)?[\s,;&+/]*$", re.IGNORECASE)
_CURRENCY = r"kr|nok|sek|dkk|eur|usd|gbp|isk|€|\$|£"
_MONEY_BEFORE = re.compile(
    rf"(?:(?:\b|(?<=\s)|^)(?:{_CURRENCY}|sum|beløp|belopp|betrag|amount|total))[\s.:]*$", re.IGNORECASE
)
_MONEY_AFTER = re.compile(rf"\s*(?:{_CURRENCY})(?!\w|[\s.:]*\d)|,-|,\d\d(?!\d)", re.IGNORECASE)
_ACCOUNT_BEFORE = re.compile(
    r"\b(?:kontonr|kontonummer|konto|account|acct|iban|bankgiro|bg|plusgiro|pg|kto)[\s.:]*$", re.IGNORECASE
)
_DAY = re.compile(
    r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})(?:[./-](?P<y>\d{4}|\d{2}))?|(?P<y2>\d{4})[./-](?P<m2>\d{1,2})[./-](?P<d2>\d{1,2})"
)
_LONGEST = 80
_MOST = 60
_READ = 2_000  # signs of a text; no bank lets a payer write as many
_AROUND = 60  # signs before and after a number in which something is looked for that tells what it is


@dataclass(frozen=True, slots=True)
class Number:
    """Something that may be an invoice number: every way its invoice may be numbered, and how sure that is."""

    text: str
    spellings: tuple[str, ...]
    strength: str


@dataclass(frozen=True, slots=True)
class Paid:
    """What else is known of the payment, and is therefore no invoice number."""

    amount_minor: int
    currency: str
    on: date | None = None
    accounts: Collection[str] = ()


def numbers_in(text: str | None, paid: Paid, *, zero_lengths: Collection[int] = ()) -> list[Number]:
    """The numbers of the text in its order, each once; ``zero_lengths``: how long numbers with leading zeros are."""
    found: dict[str, Number] = {}
    for number in _numbers((text or "")[:_READ], paid, zero_lengths):
        known = found.get(number.text)
        if known is None or (known.strength != NAMED and number.strength == NAMED):
            found[number.text] = number
        if len(found) >= _MOST:
            break
    return list(found.values())


def _numbers(text: str, paid: Paid, zero_lengths: Collection[int]) -> Iterator[Number]:
    end, listing = 0, False
    for match in _TOKEN.finditer(text):
        token = match[0]
        before, after = text[max(0, match.start() - _AROUND) : match.start()], text[match.end() : match.end() + _AROUND]
        between = text[end : match.start()]
        if not any(sign.isdecimal() for sign in token) or len(token) > _LONGEST:
            listing = listing and bool(_LIST.match(between + token))
            if not listing:
                end = match.end()
            continue
        named = bool(_NAMING.search(before) or _GLUED.match(token) or (listing and _LIST.match(between)))
        money = bool(_MONEY_BEFORE.search(before)) or (not named and bool(_MONEY_AFTER.match(after)))
        account = bool(_ACCOUNT_BEFORE.search(before))
        strength = _strength(token, paid, named=named, elsewise=money or account)
        yield Number(token, tuple(_spellings(token, zero_lengths)), strength)
        end, listing = match.end(), strength == NAMED
        if strength != DOUBTFUL:
            yield from _parts(token, paid, zero_lengths, named=strength == NAMED)


def _parts(token: str, paid: Paid, zero_lengths: Collection[int], *, named: bool) -> Iterator[Number]:
    """1001/1002 and 1001-1002 name two invoices, and so may the parts of a number with a prefix."""
    pieces = re.split(r"[-/._]", token)
    if len(pieces) < 2:
        return
    for piece in pieces:
        if len(piece) >= 3 and piece.isdecimal():
            strength = _strength(piece, paid, named=named, elsewise=False)
            yield Number(piece, tuple(_spellings(piece, zero_lengths)), strength)


def _strength(token: str, paid: Paid, *, named: bool, elsewise: bool) -> str:
    if elsewise or _is_day(token) or _is_account(token, paid.accounts):
        return DOUBTFUL
    if named:
        return NAMED
    if _is_amount(token, paid.currency) or _is_the_sum(token, paid):
        return DOUBTFUL
    if token.isdecimal() and (len(token.lstrip("0")) < 3 or _is_compact_day(token, paid.on)):
        return DOUBTFUL
    return PLAIN


def _spellings(token: str, zero_lengths: Collection[int]) -> Iterator[str]:
    """The number as written, without the word glued to it, without and with leading zeros."""
    seen = set()
    bare = _GLUED.sub("", token, count=1) if _GLUED.match(token) else token
    for form in (token, token.upper(), bare):
        for spelled in (form, form.lstrip("0") if form.isdecimal() else form):
            if spelled and spelled not in seen:
                seen.add(spelled)
                yield spelled
    if bare.isdecimal():
        short = bare.lstrip("0")
        for length in zero_lengths:
            if len(short) < length and (padded := short.zfill(length)) not in seen:
                seen.add(padded)
                yield padded


def _is_day(token: str) -> bool:
    """12.11.2026, 2026-11-12, 12/11: days as people write them."""
    match = _DAY.fullmatch(token)
    if not match:
        return False
    day, month = (int(match["d"]), int(match["m"])) if match["d"] else (int(match["d2"]), int(match["m2"]))
    return (1 <= month <= 12 and 1 <= day <= 31) or (bool(match["d"]) and 1 <= day <= 12 and 1 <= month <= 31)


def _is_compact_day(token: str, paid_on: date | None) -> bool:
    """281026, 20261028: a day of the months around the payment."""
    if paid_on is None or len(token) not in (6, 8):
        return False
    for day, month, year in ((token[:2], token[2:4], token[4:]), (token[-2:], token[-4:-2], token[:-4])):
        try:
            seen = date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        except ValueError:
            continue
        if abs((seen - paid_on).days) <= 120:
            return True
    return False


def _is_amount(token: str, currency: str) -> bool:
    """1.250,00 or 1250.50: decimals as the currency has them. The token holds no comma; it follows behind."""
    digits = minor_digits(currency)
    return bool(digits) and bool(
        re.fullmatch(rf"\d{{1,3}}(?:[.]\d{{3}})*[.]\d{{{digits}}}|\d+[.]\d{{{digits}}}", token)
    )


def _is_the_sum(token: str, paid: Paid) -> bool:
    """The payment's own amount, in whole units or in the smallest."""
    digits = re.sub(r"[.]", "", token)
    if not digits.isdecimal():
        return False
    whole, rest = divmod(paid.amount_minor, 10 ** minor_digits(paid.currency))
    return int(digits) in ((whole, paid.amount_minor) if rest == 0 else (paid.amount_minor, whole))


def _is_account(token: str, accounts: Collection[str]) -> bool:
    plain = re.sub(r"[-/._]", "", token).upper()
    if plain in {re.sub(r"\W", "", account).upper() for account in accounts}:
        return True
    if len(plain) == 11 and plain.isdecimal():
        return bool(kontonr.is_valid(plain))
    return len(plain) >= 15 and bool(iban.is_valid(plain))
