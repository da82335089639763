"""The files the books are handed over in: CSV for spreadsheets, SIE type 4 for Nordic accounting systems. Pure.

SIE is written as edition 4B of the standard has it for a system beside the books (4I): verifications only, code page
437, lines ended by CR LF, a debit above zero. Its date is the last day of the period: the file can be made again.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Sequence
from datetime import date
from io import StringIO

from kulant import __version__
from kulant.core.errors import Refusal
from kulant.core.money import decimal_string, minor_digits
from kulant.ledger.bookkeeping import Verification
from kulant.people.models import Creditor

FORMATS = {"csv": ("text/csv; charset=utf-8", ".csv"), "sie": ("application/octet-stream", ".si")}
SERIES = "K"
_COLUMNS = ("verification", "date", "kind", "items", "customer", "currency", "account", "debit", "credit", "text")
_LONGEST_TEXT = 100
# Letters the code page lacks, by those that stand for them there.
_NEAR = str.maketrans(
    {"ø": "ö", "Ø": "Ö", "–": "-", "—": "-", "’": "'", "‘": "'", "“": "'", "”": "'", "€": "E", "…": "."}
)


def book_file(
    form: str,
    creditor: Creditor,
    found: Sequence[Verification],
    last: date,
    *,
    currency: str | None = None,
) -> bytes:
    """The file of a period that ends on ``last``; ``currency`` chooses one where several were posted in."""
    if form not in FORMATS:
        raise Refusal("no_such_format", f"there is no format {form!r}; write csv or sie")
    chosen = [one for one in found if currency in (None, one.currency)]
    if form == "csv":
        return _csv(chosen)
    return _sie(creditor, chosen, last, currency)


def _csv(found: Sequence[Verification]) -> bytes:
    text = StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for one in found:
        for line in one.lines:
            debit = decimal_string(line.minor, one.currency) if line.minor > 0 else ""
            credit = decimal_string(-line.minor, one.currency) if line.minor < 0 else ""
            said = (" ".join(one.items), line.customer or "", one.currency, line.account, debit, credit, one.text)
            rows.writerow([f"{SERIES}{one.number}", one.on.isoformat(), one.kind, *map(_harmless, said)])
    return text.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    """The cell so that no spreadsheet takes it for a formula."""
    return "'" + text if text[:1] in tuple("=+-@\t\r") else text


def _sie(creditor: Creditor, found: Sequence[Verification], last: date, currency: str | None) -> bytes:
    written = _currency(creditor, found, currency)
    if minor_digits(written) > 2:
        raise Refusal("not_in_sie", f"SIE takes two decimals, and {written} has more; export as csv")
    lines = [
        "#FLAGGA 0",
        f"#PROGRAM {_quoted('Kulant')} {_quoted(__version__)}",
        "#FORMAT PC8",
        f"#GEN {last:%Y%m%d}",
        "#SIETYP 4",
        *([f"#ORGNR {_quoted(creditor.organisation_number)}"] if creditor.organisation_number else []),
        f"#FNAMN {_quoted(creditor.name)}",
        f"#VALUTA {written}",
    ]
    for one in found:
        lines.append(f"#VER {SERIES} {one.number} {one.on:%Y%m%d} {_quoted(one.text)}")
        lines.append("{")
        for line in one.lines:
            amount = decimal_string(line.minor, one.currency)
            lines.append(
                f"   #TRANS {_account(line.account)} {{}} {amount} {one.on:%Y%m%d} {_quoted(line.customer or '')}"
            )
        lines.append("}")
    return "".join(f"{line}\r\n" for line in lines).encode("cp437")


def _currency(creditor: Creditor, found: Sequence[Verification], currency: str | None) -> str:
    """A file of SIE is in one currency; which one is never guessed where there are several."""
    currencies = sorted({one.currency for one in found})
    if len(currencies) > 1:
        raise Refusal(
            "several_currencies",
            f"Kulant posted in {' and '.join(currencies)}; a SIE file has one currency, so choose with --currency",
        )
    return currency or (currencies[0] if currencies else creditor.currency)


def _account(account: str) -> str:
    if not account.isascii() or not account.isdigit():
        raise Refusal("not_in_sie", f"SIE takes accounts of digits only, and {account!r} is none; export as csv")
    return account


def _quoted(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    shown = "".join(map(_in_code_page, printable.translate(_NEAR)))[:_LONGEST_TEXT].strip()
    # A backslash can only announce a quotation mark; at the end of a text it would swallow the one that closes it.
    return '"' + shown.replace("\\", "/").replace('"', '\\"') + '"'


def _in_code_page(letter: str) -> str:
    """The letter as the code page can write it: without its accent where it must be, else a question mark."""
    for near in (letter, unicodedata.normalize("NFKD", letter)[:1]):
        try:
            near.encode("cp437")
        except UnicodeEncodeError:
            continue
        return near
    return "?"
