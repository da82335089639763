"""What field 86 of an MT940 statement tells of a payment, in the dialects banks write it in. Pure.

- subfields by number (Germany, Poland and others): ``166?00TEXT?20EREF+…?21SVWZ+…?31ACCOUNT?32NAME``, with ``?`` or
  another sign, their text divided every 27 characters, with SEPA words such as ``SVWZ+`` inside;
- words between strokes (Netherlands, SWIFT): ``/EREF/…/IBAN/…/NAME/…/REMI/…``;
- plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERED = re.compile(r"[0-9]{3}([^0-9A-Za-z\s])[0-9]{2}")
_PURPOSE = ("20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "60", "61", "62", "63")
_NAME = ("32", "33")
_ACCOUNT = ("31", "38")
_FULL_SUBFIELD, _FULL_LINE = 27, 65

_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_STROKES = re.compile(
    r"/(EREF|PREF|IREF|MARF|CSID|TRTP|IBAN|BIC|NAME|ADDR|REMI|USTD|STRD|CDTRREFTP|CDTRREF|ISDT|BENM|ORDP|ULTD|ULTB|"
    r"CNTP|RTRN|SVCL|PURP|OCMT|CHGS|EXCH|ACCW|NRTX|CUR|ISO)(?=/)"
)
_CREDITORS = ("CDTRREF", "CUR", "ISO")  # references the creditor gave: by name, Dutch, ISO 11649
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of the other side and of what the money is for."""

    message: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    reference: str | None = None  # one the creditor gave, named as such
    returned: bool = False  # an earlier transfer or collection came back
    further: tuple[str, ...] = ()


def understand(lines: list[str]) -> Told:
    """The dialect is told by how the text begins."""
    if not lines:
        return Told()
    start = _NUMBERED.match(lines[0])
    if start is not None:
        return _numbered("".join(lines), start[1])
    if _STROKES.match(lines[0].strip()):
        return _strokes("".join(line.rstrip() if len(line) > _FULL_LINE else line for line in lines))
    return Told(message=_flowing(lines))


def looks_like_iban(text: str) -> bool:
    """Whether the text is written like an IBAN."""
    return _IBAN.fullmatch(text) is not None


def _flowing(lines: list[str]) -> str:
    """Plain text: a full line goes on in the next, a shorter one ends a word."""
    return "".join(line if len(line) == _FULL_LINE else line + " " for line in lines).strip()


def _numbered(text: str, sign: str) -> Told:
    parts = re.split(re.escape(sign) + "([0-9]{2})", text)
    fields: dict[str, str] = {}
    for code, value in zip(parts[1::2], parts[2::2], strict=False):
        fields.setdefault(code, value)
    purpose = "".join(
        fields[code] if len(fields[code]) == _FULL_SUBFIELD else fields[code] + " "
        for code in _PURPOSE
        if code in fields
    )
    words = _words(_SEPA, purpose)
    message = words.get("SVWZ", purpose if not words else words.get("", ""))
    account = next((fields[code].strip() for code in _ACCOUNT if fields.get(code, "").strip()), None)
    name = " ".join(fields[code].strip() for code in _NAME if code in fields).strip()
    behind = words.get("ABWA")  # whose debt the payer pays
    return Told(
        message=message.strip() or None,
        payer_name=behind or name or None,
        payer_account=None if behind else account or words.get("IBAN") or None,
        further=tuple(words[one] for one in ("EREF", "KREF", "MREF") if one in words),
    )


def _strokes(text: str) -> Told:
    words = _words(_STROKES, text)
    counterparty = words.get("CNTP", "").split("/")  # account, bank, name, town
    account = words.get("IBAN") or counterparty[0]
    name = words.get("NAME") or (counterparty[2] if len(counterparty) > 2 else "")
    behind = words.get("ULTD")
    message = " ".join(words[one] for one in ("REMI", "USTD", "STRD") if words.get(one))
    return Told(
        message=message.strip() or None,
        payer_name=behind or name or None,
        payer_account=None if behind else account or None,
        reference=next((words[one] for one in _CREDITORS if words.get(one)), None),
        returned="RTRN" in words,
        further=tuple(words[one] for one in ("EREF", "PREF", "MARF") if words.get(one)),
    )


def _words(pattern: re.Pattern[str], text: str) -> dict[str, str]:
    """The text behind each word, the first of each; what stands before all of them is under the empty word."""
    parts = pattern.split(text)
    found = {"": parts[0].strip()}
    for word, value in zip(parts[1::2], parts[2::2], strict=False):
        found.setdefault(word, value.strip("/ "))
    return found if len(found) > 1 else {}
