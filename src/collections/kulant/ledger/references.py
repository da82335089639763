"""Payment references as banks check them: KID, Bankgiro OCR, FIK, viitenumero, RF. Pure.

A creditor's scheme is one line, the structure it makes first; at most three, for a bank account takes no more:

    kid:mod10:12      KID of 12 characters, the last a check digit by modulus 10 (no length: 2 to 25 characters)
    kid:mod11         KID by modulus 11; its check digit may be "-"
    ocr:hard          Bankgiro OCR of 2 to 25 digits, the last a check digit (ocr:soft: made alike, anything passes)
    ocr:length        the digit before the check digit says how long the reference is
    ocr:fixed:10      always so long
    fik:71 fik:75     Danish payment slips: 15 and 16 digits, filled up with zeros (fik:73 carries no reference)
    viite             Finnish reference of 4 to 20 digits, weights 7-3-1
    rf                ISO 11649: RF, two check digits, then 1 to 21 letters and digits

Beside them stands the Swiss QR reference of 27 digits, which a QR-bill makes of the reference a letter has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import iso11649, luhn
from stdnum.iso7064 import mod_97_10

from kulant.core.errors import Refusal

LONGEST_KID = LONGEST_OCR = 25
MOST_STRUCTURES = 3
OWN_DIGITS = 8  # of a reference that Kulant makes, before its check digits
_PLAIN = "kid:mod10"
_FIK_DIGITS = {"71": 15, "75": 16}
_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)  # of the recursive check digit
_KNOWN = "kid:mod10:12, kid:mod11, ocr:hard, ocr:length, ocr:fixed:10, fik:71, fik:75, viite or rf"
_SLIP = re.compile(r"\+?(?:71|75)<\s*(\d{15,16})\s*(?:\+\d{8}<?)?")


@dataclass(frozen=True, slots=True)
class Scheme:
    """One structure of reference: its family, how it is checked, and how long it is where that is fixed."""

    family: str  # kid | ocr | fik | viite | rf
    level: str = ""
    length: int | None = None


def parse(text: str) -> list[Scheme]:
    """The structures a creditor's scheme names; refuses what is none."""
    schemes = [_parse_one(part.strip()) for part in text.split(",")]
    if len(schemes) > MOST_STRUCTURES:
        raise Refusal("bad_scheme", f"a bank account takes at most {MOST_STRUCTURES} reference structures")
    return schemes


def _parse_one(text: str) -> Scheme:
    family, _, rest = text.partition(":")
    level, _, length = rest.partition(":")
    if family in ("viite", "rf") and not rest:
        return Scheme(family)
    if family == "fik" and level in ("71", "73", "75") and not length:
        return Scheme(family, level, _FIK_DIGITS.get(level))
    if family == "kid" and level in ("mod10", "mod11") and (not length or _is_length(length, LONGEST_KID)):
        return Scheme(family, level, int(length) if length else None)
    if family == "ocr" and level in ("soft", "hard", "length") and not length:
        return Scheme(family, level)
    if family == "ocr" and level == "fixed" and _is_length(length, LONGEST_OCR):
        return Scheme(family, level, int(length))
    raise Refusal("bad_scheme", f"reference scheme {text!r} is not known; write {_KNOWN}")


def _is_length(text: str, longest: int) -> bool:
    return text.isdecimal() and text.isascii() and 2 <= int(text) <= longest


def check_scheme(text: str) -> None:
    """Refuses a creditor's scheme that is none, or by which no reference of a letter can be made."""
    try:
        make(text, "9" * OWN_DIGITS)
    except Refusal as refusal:
        if refusal.code != "bad_reference":
            raise
        sentence = f"reference scheme {text!r} is too short for Kulant's own numbers; they have {OWN_DIGITS + 1} digits"
        raise Refusal("bad_scheme", sentence) from None


def make_own(scheme: str | None, digit: int, number: int) -> str:
    """A reference of Kulant's own, by the creditor's scheme or else with a check digit by modulus 10.

    The digit in front says what kind of thing the number counts, so that a letter and a plan never share one.
    """
    return make(scheme or _PLAIN, f"{digit}{number:0{OWN_DIGITS - 1}d}")


def make(scheme: str, digits: str) -> str:
    """A reference of the scheme's first structure for a number (a customer's, an invoice's, a row's).

    >>> make("kid:mod10", "60224")
    '602243'
    """
    first = parse(scheme)[0]
    body = re.sub(r"[\s.-]", "", digits)
    if first.family == "rf":
        if not re.fullmatch(r"[A-Za-z0-9]{1,21}", body):
            raise Refusal("bad_reference", f"{digits!r} is not 1 to 21 letters and digits, so no RF reference holds it")
        return f"RF{mod_97_10.calc_check_digits(body.upper() + 'RF')}{body.upper()}"
    if not re.fullmatch(r"[0-9]+", body):
        raise Refusal("bad_reference", f"{digits!r} is not all digits, so no such reference can be made of it")
    made = _made(first, body)
    if not _valid(first, made):
        raise Refusal("bad_reference", f"{digits} is too long for a reference of this scheme ({scheme})")
    return made


def _made(scheme: Scheme, body: str) -> str:
    match scheme.family, scheme.level:
        case "kid", level:
            body = body.zfill((scheme.length or 2) - 1)
            return body + (str(luhn.calc_check_digit(body)) if level == "mod10" else mod11(body))
        case "ocr", "length":
            body += str((len(body) + 2) % 10)
        case "ocr", level:
            body = body.zfill((scheme.length or 2) - 1)
        case "fik", "73":
            raise Refusal("no_reference", "payment slips of type +73 carry no reference; use fik:71 or fik:75")
        case "fik", _:
            body = body.zfill((scheme.length or 0) - 1)
        case _:
            body = body.lstrip("0")
            return _plain_viite(body + _weights_731(body))
    return body + str(luhn.calc_check_digit(body))


def check(scheme: str, reference: str) -> bool:
    """Whether the reference is sound by any of the scheme's structures."""
    return any(_valid(one, compact(reference, one.family)) for one in parse(scheme))


def _valid(scheme: Scheme, reference: str) -> bool:
    match scheme.family, scheme.level:
        case "kid", level:
            return is_kid(reference, level) and scheme.length in (None, len(reference))
        case "ocr", "soft":
            return bool(reference)
        case "ocr", level:
            fits = level != "length" or int(reference[-2:-1] or 0) == len(reference) % 10
            return is_ocr(reference) and fits and scheme.length in (None, len(reference))
        case "fik", "73":
            return not reference
        case "fik", _:
            return is_fik(reference) and len(reference) == scheme.length
        case "viite", _:
            return is_viite(reference)
        case _:
            return is_rf(reference)


def is_kid(reference: str, level: str = "") -> bool:
    """A Norwegian KID: 2 to 25 characters, the last a check digit by modulus 10 or 11 (which may be "-")."""
    if not re.fullmatch(r"[0-9]{1,24}[0-9-]", reference):
        return False
    by_ten = reference.isdecimal() and bool(luhn.is_valid(reference))
    by_eleven = mod11(reference[:-1]) == reference[-1]
    return {"mod10": by_ten, "mod11": by_eleven}.get(level, by_ten or by_eleven)


def is_ocr(reference: str) -> bool:
    """A Swedish Bankgiro OCR number with a sound check digit."""
    return bool(re.fullmatch(r"[0-9]{2,25}", reference)) and bool(luhn.is_valid(reference))


def is_fik(reference: str) -> bool:
    """The reference of a Danish payment slip +71 or +75, with all its zeros."""
    return bool(re.fullmatch(r"[0-9]{15,16}", reference)) and bool(luhn.is_valid(reference))


def is_viite(reference: str) -> bool:
    """A Finnish reference number."""
    if not re.fullmatch(r"[0-9]{4,20}", reference):
        return False
    return _weights_731(reference[:-1]) == reference[-1]


def is_rf(reference: str) -> bool:
    """An international creditor reference, ISO 11649."""
    return bool(iso11649.is_valid(reference))


def is_qrr(reference: str) -> bool:
    """A Swiss QR reference: 27 digits, the last a check digit by modulus 10, recursive."""
    return bool(re.fullmatch(r"[0-9]{27}", reference)) and _recursive(reference[:-1]) == reference[-1]


def make_qrr(digits: str) -> str:
    """The QR reference that holds a number of up to 26 digits."""
    if not re.fullmatch(r"[0-9]{1,26}", digits):
        raise Refusal("bad_reference", f"{digits!r} is not 1 to 26 digits, so no QR reference holds it")
    body = digits.zfill(26)
    return body + _recursive(body)


def _recursive(digits: str) -> str:
    carry = 0
    for digit in digits:
        carry = _CARRY[(carry + int(digit)) % 10]
    return str(-carry % 10)


def mod11(digits: str) -> str:
    """The check digit by modulus 11 with weights 2 to 7 from the right; ten is written as a dash."""
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(digits)))
    rest = (11 - weighted % 11) % 11
    return "-" if rest == 10 else str(rest)


def _weights_731(digits: str) -> str:
    weighted = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def compact(reference: str, family: str = "") -> str:
    """The reference as its family stores it: without spaces, slip lines unwrapped, zeros filled up or dropped.

    A Finnish reference may come filled up with zeros or wrapped in RF: both mean the same.
    """
    text = re.sub(r"\s", "", reference).upper()
    if family == "fik":
        slip = _SLIP.fullmatch(text)
        return slip[1] if slip else text
    if family == "viite":
        if re.fullmatch(r"RF[0-9]{5,23}", text) and is_rf(text):
            text = text[4:]
        return _plain_viite(text) if text.isdecimal() else text
    return text


def _plain_viite(digits: str) -> str:
    return digits.lstrip("0").zfill(4)


def kind_of(reference: str, country: str) -> str | None:
    """What the payer's bank calls it: KID, OCR, FIK, viite or RF; none when no check digit of that country fits."""
    text = compact(reference)
    if text.startswith("RF") and is_rf(text):
        return "RF"
    fits = {"NO": is_kid, "SE": is_ocr, "DK": is_fik, "FI": is_viite}.get(country)
    if fits is None or not fits(compact(text, "fik" if country == "DK" else "")):
        return None
    return {"NO": "KID", "SE": "OCR", "DK": "FIK", "FI": "viite"}[country]


def printed(reference: str, country: str) -> str:
    """The reference as people copy it: RF in fours, a Finnish one in fives from the right, others as they are."""
    kind, text = kind_of(reference, country), compact(reference)
    if kind == "RF":
        return " ".join(re.findall(".{1,4}", text))
    if kind == "viite":
        first = len(text) % 5
        return " ".join(filter(None, (text[:first], *re.findall(".{5}", text[first:]))))
    return reference


def forms(reference: str | None, country: str) -> list[str]:
    """The ways one reference may be written, the given one first: payers, banks and invoices differ.

    >>> forms("RF34 1234 561", "FI")[:3]
    ['RF34 1234 561', 'RF341234561', '1234561']
    """
    return list(dict.fromkeys(_forms(reference.strip(), country))) if reference and reference.strip() else []


def _forms(written: str, country: str) -> Iterator[str]:
    yield written
    text = compact(written)
    yield text
    if country == "DK":
        plain = compact(text, "fik")
        yield plain
        if plain.isdecimal() and len(plain) <= 16:
            yield from (plain.lstrip("0"), plain.lstrip("0").zfill(15), plain.lstrip("0").zfill(16))
        return
    if country in ("CH", "LI"):
        if is_qrr(text):
            yield text[:-1].lstrip("0")
        elif re.fullmatch(r"[0-9]{1,26}", text):
            yield make_qrr(text)
        return
    if text.startswith("RF") and is_rf(text):
        yield from (_plain_viite(text[4:]), printed(text, country))
    elif country == "FI" and text.isdecimal():
        plain = _plain_viite(text)
        yield plain
        if is_viite(plain):
            wrapped = make("rf", plain)
            yield from (wrapped, printed(wrapped, country), printed(plain, country))
