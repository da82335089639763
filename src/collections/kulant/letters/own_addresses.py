"""Links, accounts and markup in a text: the letter carries the right ones itself, so a text has none. Pure.

A wrong link or account in a text would send every customer's money astray, and is what somebody who has stolen a
password would write first. They are looked for in what the text can say, in the spelling it reads as.
"""

from __future__ import annotations

import re
import unicodedata

# Endings that a mail program makes a link of by itself; an ordinary sentence after a missing space has another.
_ENDINGS = (
    "com|net|org|info|biz|io|co|me|ly|gg|cc|tv|eu|app|dev|page|link|online|site|shop|store|top|club|pay|bank|money|xyz|"
    "no|se|dk|fi|de|at|ch|li|nl|be|uk|ie|fr|it|es|pl|ee|lv|lt|is|us|ru|cn|tk|example|test|invalid|local"
)
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": ".", "․": ".", "‧": ".", "∕": "/", "⁄": "/", "：": ":", "ː": ":"})
_ADDRESS = re.compile(
    rf"\w{{1,20}}:/|mailto:|tel:|javascript:|data:|\bwww\s*\.|\b[\w-]{{3,63}}\.(?:{_ENDINGS})\b(?!\.?\d)|"
    r"\b[\w-]{1,2}\.(?:com|co|me|ly|net)\b|[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2}|\b\d{1,3}(?:\.\d{1,3}){3}\b|"
    r"[\[({]\s*(?:dot|punktum|punkt|prikk|piste|\.|at|@)\s*[\])}]|<\s*/?\s*[a-z!?]",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[a-z]{2}[ .-]?\d{2}(?:[ .-]?[a-z0-9]){11,30}", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d(?:[ ./\\-]?\d){9,}")
_GIRO = re.compile(r"\b\d{3,4}-\d{4}\b|\b\d{1,2}(?: \d{2}){2,3}-\d\b|\b\d{5,8}-\d\b")
_PAY_TO = re.compile(
    r"(?:konto|bankgiro|plusgiro|iban|bic|swish|vipps|mobilepay|mobile pay|paypal|revolut|wise|account|tili|reg\.? ?nr)"
    r"\D{0,20}\d{4}",
    re.IGNORECASE,
)
_FIGURES_OF_AN_IBAN = 10


def has_address(text: str) -> bool:
    """Whether the text has a link, an e-mail address, an account to pay to, or markup."""
    read = unicodedata.normalize("NFKC", text).translate(_DOTS)
    seen = "".join(each for each in read if unicodedata.category(each) not in ("Cf", "Mn", "Me"))
    line = re.sub(r"\s+", " ", seen)
    ibans = _IBAN.findall(line)
    return any(found.search(line) for found in (_ADDRESS, _LONG_NUMBER, _GIRO, _PAY_TO)) or any(
        sum(each.isdigit() for each in iban) >= _FIGURES_OF_AN_IBAN for iban in ibans
    )
