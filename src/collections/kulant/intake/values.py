"""What a cell says: amounts, yes or no, currencies, countries, languages, e-mail addresses. Pure.

Every reader takes stripped, non-empty text and gives a value or raises ``ValueError`` with the end of a sentence that
begins with the text itself: "12,5,0 is not an amount".
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache

from babel.core import get_global
from email_validator import EmailNotValidError, validate_email

from kulant.i18n import LANGUAGES

AMBIGUOUS = "?"

_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?")
# How nearly every program writes an amount: 1500.00 and 1500,00, 1.500,00, 1 500,00.
_WITH_POINT = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")
_WITH_COMMA = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}([. \u00a0\u202f])[0-9]{3}(?:\1[0-9]{3}){0,2}),[0-9]{2}")
_MARKS = str.maketrans("", "", "., \u00a0\u202f")
_SYMBOL = re.compile(r"kr\.?|[A-Z]{3}|[$€£]", re.IGNORECASE)
_SPACED = re.compile(r"[0-9]{1,3}(?:([ '])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?")
_NUMBER = re.compile(r"[0-9]*(?:[.,][0-9]+)*")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'", "−": "-", "–": "-"})
_YES = frozenset(("yes", "y", "true", "1", "ja", "j", "x", "kyllä"))
_NO = frozenset(("no", "n", "false", "0", "nei", "nej", "nein", "ei"))
_MOST_DIGITS = 15


def decimal_mark(text: str) -> str:
    """The mark the amount uses for decimals: ``.``, ``,``, none (empty), or ``?`` when it may be thousands."""
    if _PLAIN.fullmatch(text):
        return "." if "." in text else ""
    if _WITH_COMMA.fullmatch(text):
        return ","
    try:
        _, body = _sign_and_body(text)
        return _mark_of(body)
    except ValueError:
        return ""


def hundredths(text: str) -> int | None:
    """The amount in hundredths, where it is written with two decimals in one of the usual ways; else ask ``amount``."""
    if _WITH_POINT.fullmatch(text) or _WITH_COMMA.fullmatch(text):
        return int(text.translate(_MARKS))
    return None


def amount(text: str, decimal: str | None = None, currency: str | None = None) -> Decimal:
    """The exact amount of ``1500.00``, ``1.500,00``, ``1 500,00-``, ``(1,500.00)``, ``kr 1 500,-`` and the like.

    ``decimal`` is the mark the column uses, where one is known; it decides what ``1,500`` means and nothing else.

    >>> amount("1.500,00")
    Decimal('1500.00')
    """
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    negative, body = _sign_and_body(text, currency)
    mark = _mark_of(body)
    if mark == AMBIGUOUS:
        if decimal is None:
            raise ValueError("could be thousands or decimals; write it with two decimals")
        mark = decimal
    whole, _, fraction = body.rpartition(mark) if mark and mark in body else (body, "", "")
    digits = re.sub(r"[.,' ]", "", whole)
    if len(digits) > _MOST_DIGITS or len(fraction) > 20:
        raise ValueError("has more digits than any amount here can have")
    value = Decimal(f"{digits or '0'}.{fraction or '0'}" if fraction else digits or "0")
    return -value if negative else value


def _sign_and_body(text: str, currency: str | None = None) -> tuple[bool, str]:
    """Takes off the currency sign, parentheses and minus; refuses two signs at once."""
    body = _without_currency(text.translate(_SPACES).strip(), currency)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1].strip()
    elif body[-2:] in (",-", ".-"):  # Nordic: 1500,- is a whole amount, not a negative one
        body = body[:-2]
    elif body.endswith("-"):
        negative, body = True, body[:-1].strip()
    if body[:1] in ("-", "+") and body:
        if negative:
            raise ValueError("has two signs")
        negative, body = body[0] == "-", body[1:].strip()
    return negative, _without_currency(body, currency)


def _without_currency(body: str, currency: str | None) -> str:
    for match in (_SYMBOL.match(body), re.search(r"(?:kr\.?|[A-Za-z]{3}|[$€£])$", body, re.IGNORECASE)):
        if match is None:
            continue
        sign = match.group().upper()
        if not any(map(str.isdigit, body)):
            raise ValueError("is not an amount")
        if len(sign) == 3 and sign.isalpha() and currency is not None and sign != currency:
            raise ValueError(f"is not in {currency}")
        return (body[match.end() :] if match.start() == 0 else body[: match.start()]).strip()
    return body


def _mark_of(body: str) -> str:
    """The decimal mark of digits with separators; raises for what is no amount at all."""
    if " " in body or "'" in body:
        if not _SPACED.fullmatch(body):
            raise ValueError("is not an amount")
        return "," if "," in body else "." if "." in body else ""
    if not body or not _NUMBER.fullmatch(body):
        raise ValueError("is not an amount")
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return _mark_of_both(body)
    if points + commas == 0:
        return ""
    mark = "." if points else ","
    if points + commas > 1:
        _check_groups(body, mark)
        return "," if mark == "." else "."
    whole, _, rest = body.partition(mark)
    return AMBIGUOUS if len(rest) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0" else mark


def _mark_of_both(body: str) -> str:
    mark = max(".", ",", key=body.rfind)
    if body.count(mark) > 1:
        raise ValueError("is not an amount")
    _check_groups(body.rpartition(mark)[0], "," if mark == "." else ".")
    return mark


def _check_groups(whole: str, separator: str) -> None:
    first, *groups = whole.split(separator)
    if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
        raise ValueError("is not an amount")


def yes_or_no(text: str) -> bool:
    """Yes or no in the languages of the house."""
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("is neither yes nor no")


@cache
def _currencies() -> frozenset[str]:
    return frozenset(get_global("all_currencies"))


@cache
def _countries() -> frozenset[str]:
    return frozenset(
        code for code in get_global("territory_zones") if len(code) == 2 and code.isalpha() and code.isupper()
    )


def currency(text: str) -> str:
    """An ISO 4217 code."""
    code = text.upper()
    if code not in _currencies():
        raise ValueError("is not a currency code such as NOK")
    return code


def country(text: str) -> str:
    """An ISO 3166 code of two letters; the one of three letters is understood, and so is UK."""
    code = text.upper()
    if code not in _countries() and code.isalpha():
        code = str(get_global("territory_aliases").get(code, [code])[0])
    if code not in _countries():
        raise ValueError("is not a country code such as NO")
    return code


def language(text: str) -> str:
    """One of the languages letters are written in; ``no`` is Bokmål and ``sv-SE`` is Swedish."""
    code = re.split(r"[-_]", text.lower())[0]
    code = "nb" if code == "no" else code
    if code not in LANGUAGES:
        raise ValueError(f"is not one of the languages {', '.join(LANGUAGES)}")
    return code


@lru_cache(maxsize=8192)
def email(text: str) -> str:
    """One e-mail address, well-formed; whether it exists is not asked."""
    try:
        return validate_email(text, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError:
        raise ValueError("is not an e-mail address") from None


def customer_kind(text: str) -> str:
    """Business or consumer."""
    kind = text.lower()
    if kind not in ("business", "consumer"):
        raise ValueError("is neither business nor consumer")
    return kind


def document_kind(text: str) -> str:
    """Invoice or credit note."""
    kind = re.sub(r"[\s\-]+", "_", text.lower())
    if kind not in ("invoice", "credit_note"):
        raise ValueError("is neither invoice nor credit_note")
    return kind


INTERACTION_KINDS = ("call", "meeting", "email", "visit", "complaint", "request", "survey", "note")


def interaction_kind(text: str) -> str:
    """What kind of contact it was; ``E-mail`` is ``email``."""
    kind = re.sub(r"[\s\-]+", "", text.lower())
    if kind not in INTERACTION_KINDS:
        raise ValueError(f"is not one of {', '.join(INTERACTION_KINDS)}")
    return kind


def direction(text: str) -> str:
    """In: the customer came to us; out: we went to them."""
    word = text.lower()
    if word not in ("in", "out"):
        raise ValueError("is neither in nor out")
    return word


def points(text: str) -> int:
    """Whole points from 0 to 10."""
    if not re.fullmatch(r"[0-9]|10", text.removesuffix(".0")):
        raise ValueError("is not a whole number from 0 to 10")
    return int(text.removesuffix(".0"))


_ROUNDED = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_QUOTED = re.compile(r'="([^"=]*)"')


def identifier(text: str) -> str:
    """A number that names something; refuses one a spreadsheet has rounded away."""
    if _ROUNDED.fullmatch(text):
        raise ValueError("is a number a spreadsheet has shortened; export the column as text")
    return text


def unquoted(text: str) -> str:
    """The text of ``="00123"``, which exports write to keep a spreadsheet from eating the zeros."""
    match = _QUOTED.fullmatch(text)
    return match.group(1) if match else text


_CALL = re.compile(r"[+\-@]\s*(?:\(|[A-Za-z_.][\w.]*\()|[+\-@].*\|.*!", re.DOTALL)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run the cell: a formula, a function call or a DDE command; phone numbers are none."""
    text = text.strip()
    if text.startswith("="):
        return not _QUOTED.fullmatch(text)
    return text[:1] in ("+", "-", "@") and _CALL.match(text) is not None
