"""Terms of payment as people write them: "30 dager netto", "Zahlbar innerhalb 14 Tagen", "due by 24.01.2015". Pure.

Only what can be meant in one way is understood. A cash discount ("2 % within 10 days") is not the day a bill is due,
and neither are the days after which interest runs; where nothing else is said, nothing is answered.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_LONGEST_TERM = 366  # days

_DAYS = r"(?:days?|dager|dagar|dage|dagen|dag|dgr|tagen?|tage?|päivää|päivän|päivä|pvä|pv)\b"
_NUMBER = r"(?<![\d.,/%-])(\d{1,3})\s*"
_SIMPLE = (
    re.compile(_NUMBER + r"(?:kalender|calendar )?" + _DAYS),
    re.compile(r"\bnet(?:to)?\s*:?\s*(\d{1,3})\b(?!\s*[%.,\d])"),
    re.compile(r"\bn/(\d{1,3})\b"),
)
# In a sentence that also speaks of a discount or of interest, only what is called net is the term.
_NET = (
    re.compile(_NUMBER + _DAYS + r"\s*(?:rein\s+)?(?:netto?|ohne\s+abzug|uten\s+fradrag|utan\s+avdrag)\b"),
    re.compile(
        r"\bnet(?:to)?\s*(?:within|innen|inom|innerhalb(?:\s+von)?|binnen|pr\.?|per|i)?\s*(\d{1,3})\b(?!\s*[%.,\d])"
    ),
    re.compile(r"\bn/(\d{1,3})\b"),
)
_MONTH_FIRST = re.compile(
    r"(?:løbende|løpende|lb|innevarende)\s+(?:måned|md)\b|(?:fri|frit)\s+leverings?måned|end\s+of\s+month\s*\+"
)
_MONTH_END = re.compile(
    r"\beom\b|end of (?:the )?month|månedens utgang|månadens slut|monatsende|einde maand|kuun loppu"
)
_AT_ONCE = re.compile(
    r"\b(?:sofort|umgehend|immediate(?:ly)?|(?:up)?on receipt|at once|straks|omgående|kontant|netto kontant|heti|"
    r"per direct|direct te betalen|ved mottakelse)\b"
)
_BY = re.compile(
    r"\b(?:bis(?: zum)?|by|before|no later than|due(?: date)?(?: on)?|senest|senast|innen|forfall(?:er|sdato)?|"
    r"forfaldsdato|förfallodag|förfaller|fällig(?: am)?|viimeistään|eräpäivä|uiterlijk|vóór)\s*:?\s*"
    r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}))\b"
)
_NOT_THE_TERM = re.compile(
    r"%|skonto|discount|kassarabatt|rabatt?\b|alennus|korting|rente|ränta|räntor|zins|verzug|interest|penalt|korko|"
    r"viivästy|reminder|purr|rykk|påmin|mahn|huomautus|aanmaning|reklam|complain|claims|klage|widerspr|einwend|retur|"
    r"garanti|warrant|deliver|liefer|lever(?!ingsmåned)|prepaid|forskudd|förskott|vorkasse|"
    r"working days|virkedager|werktage"
)
_STRUCTURED = re.compile(r"#(?:SKONTO|VERZUG)(?:#\w+=[^#\n]*)*#?", re.IGNORECASE)
_ABBREVIATED = re.compile(r"\b(lb|md|pr|mnd)\.", re.IGNORECASE)  # their point ends no sentence
_SENTENCES = re.compile(r"[.;!](?=\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Terms:
    """When a bill is due: so many months and days after its date or the end of its month, or on a day named."""

    days: int = 0
    after_month: bool = False
    on: date | None = None
    months: int = 0

    def due(self, issued: date) -> date:
        """The day a bill of that date is due."""
        if self.on is not None:
            return self.on
        month = issued.year * 12 + issued.month - 1 + self.months
        last = monthrange(month // 12, month % 12 + 1)[1]
        start = date(month // 12, month % 12 + 1, last if self.after_month else min(issued.day, last))
        return start + timedelta(days=self.days)


def read_terms(text: str) -> Terms | None:
    """The terms a text states; none when it states none, or several that differ.

    >>> read_terms("2 % Skonto innerhalb 10 Tagen, 30 Tage netto")
    Terms(days=30, after_month=False, on=None, months=0)
    """
    text = _ABBREVIATED.sub(r"\1 ", _STRUCTURED.sub("\n", text))
    found = {
        terms
        for sentence in _SENTENCES.split(text)
        if (words := " ".join(sentence.lower().split()))
        for terms in _of_sentence(words)
    }
    return found.pop() if len(found) == 1 else None


def _of_sentence(words: str) -> set[Terms]:
    month_first = _MONTH_FIRST.search(words) is not None
    tainted = _NOT_THE_TERM.search(words) is not None and not month_first
    days = {
        number
        for pattern in (_NET if tainted else _SIMPLE)
        for match in pattern.finditer(words)
        if (number := int(match[1])) <= _LONGEST_TERM
    }
    if month_first:
        return {Terms(number, after_month=True) for number in days or {0}}
    if _MONTH_END.search(words):
        return set()  # counted to the month's end or from it: each means another day
    if days or tainted:
        return {Terms(number) for number in days}
    if named := {day for match in _BY.finditer(words) if (day := _day(match)) is not None}:
        return {Terms(on=day) for day in named}
    return {Terms(0)} if _AT_ONCE.search(words) else set()


def _day(match: re.Match[str]) -> date | None:
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
