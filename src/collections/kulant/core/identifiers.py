"""Numbers that check themselves: bank accounts and organisation numbers, by country. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from stdnum import bic, iban, luhn
from stdnum.de import vat as de_vat
from stdnum.dk import cvr as dk_cvr
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.fi import alv as fi_alv
from stdnum.fi import ytunnus as fi_ytunnus
from stdnum.gb import vat as gb_vat
from stdnum.nl import btw as nl_btw
from stdnum.no import kontonr as no_kontonr
from stdnum.no import mva as no_mva
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr as se_orgnr
from stdnum.se import vat as se_vat

from kulant.core.errors import Refusal

_Validate = Callable[[str], str]

# What a country's companies are known by; the first that fits is taken. Germany and the Netherlands have register
# numbers without a check digit, and so has Britain: there anything that looks like one passes.
_ORGANISATIONS: dict[str, tuple[_Validate, ...]] = {
    "NO": (no_orgnr.validate, no_mva.validate),
    "DK": (dk_cvr.validate,),
    "SE": (se_orgnr.validate, se_vat.validate),
    "FI": (fi_ytunnus.validate, fi_alv.validate),
    "DE": (de_vat.validate,),
    "NL": (nl_btw.validate,),
    "GB": (gb_vat.validate,),
}
_REGISTERED = {
    "DE": r"HR[AB]\d{1,6}[A-Z]?",
    "NL": r"(KVK)?\d{8}",
    "GB": r"(?:\d{8}|[A-Z]{2}\d{6})",
}
_EXAMPLES = {"NO": "12345678903", "SE": "5050-1055 (bankgiro)", "DK": "1234 0001234567", "GB": "12-34-56 12345678"}


def check_account(country: str, text: str) -> str:
    """The bank account as it is written without spaces; refuses one that cannot exist.

    An IBAN is taken everywhere; else Norway's eleven digits, Sweden's bankgiro or plusgiro, Denmark's registration and
    account number, Britain's sort code and account number. Other countries have the IBAN only.
    """
    plain = re.sub(r"[\s.]", "", text).upper()
    if re.match(r"[A-Z]{2}\d{2}", plain):
        if iban.is_valid(plain):
            return str(iban.compact(plain))
    elif _is_home_account(country, plain):
        return plain
    example = _EXAMPLES.get(country)
    instead = f"an IBAN, or an account such as {example}" if example else "an IBAN"
    raise Refusal("bad_account", f"bank account {text!r} does not exist: its check digits do not fit. Write {instead}")


def _is_home_account(country: str, plain: str) -> bool:
    digits = plain.replace("-", "")
    if not (digits.isascii() and digits.isdecimal()):
        return False
    match country:
        case "NO":
            return len(digits) == 11 and bool(no_kontonr.is_valid(digits))
        case "SE":
            giro = re.fullmatch(r"\d{3,4}-?\d{4}|\d{1,7}-\d", plain)
            return bool(giro) and bool(luhn.is_valid(digits))
        case "DK":
            return 5 <= len(digits) <= 14
        case "GB":
            return len(digits) in (14, 8)
        case _:
            return False


def check_iban(text: str) -> str:
    """The IBAN without spaces; refuses one that cannot exist."""
    if not iban.is_valid(text):
        raise Refusal("bad_iban", f"IBAN {text!r} does not exist: its check digits do not fit")
    return str(iban.compact(text))


def check_bic(text: str) -> str:
    """The bank's BIC of eight or eleven signs; refuses what is none."""
    if not bic.is_valid(text):
        raise Refusal("bad_bic", f"BIC {text!r} is none; a bank's has 8 or 11 letters and figures, e.g. DNBANOKK")
    return str(bic.compact(text))


def check_swish(text: str) -> str:
    """A Swish number without spaces: a company's ten figures from 123 on, or a Swedish mobile number."""
    plain = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"123[0-9]{7}", plain):
        return plain
    mobile = re.fullmatch(r"(?:\+46|0046|46|0)(7[0-9]{8})", plain)
    if mobile:
        return f"46{mobile[1]}"
    raise Refusal("bad_swish", f"{text!r} is no Swish number; a company's has ten figures and begins with 123")


def check_organisation_number(country: str, text: str) -> str:
    """The organisation number in its short form; refuses one whose check digits do not fit that country."""
    plain = re.sub(r"[\s.-]", "", text).upper()
    if country in _REGISTERED and re.fullmatch(_REGISTERED[country], plain):
        return plain
    for validate in _ORGANISATIONS.get(country, (eu_vat.validate,)):
        try:
            return str(validate(text.strip()))
        except ValidationError:
            continue
    if country not in _ORGANISATIONS and not eu_vat.guess_country(plain) and re.fullmatch(r"[A-Z0-9/]{2,40}", plain):
        return plain  # a country whose numbers nobody here knows
    raise Refusal("bad_organisation_number", f"organisation number {text!r} does not exist in {country}: check it")
