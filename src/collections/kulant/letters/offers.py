"""Ways of paying in parts, each said in one short sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kulant.i18n import Translator, day_and_month, money


@dataclass(frozen=True, slots=True)
class LetterOffer:
    """One way of paying: so much on these days, in minor units; interest is what it costs on top."""

    schedule: tuple[tuple[date, int], ...]
    interest_minor: int = 0

    @property
    def total_minor(self) -> int:
        return sum(amount for _, amount in self.schedule)

    @classmethod
    def of(cls, schedule: Sequence[Sequence[object]], interest_minor: int = 0) -> LetterOffer:
        """An offer from the stored form ``[["2026-12-01", 416700], …]``."""
        pairs = ((date.fromisoformat(str(due)), int(str(amount))) for due, amount in schedule)
        return cls(tuple(pairs), interest_minor)


def sentence(offer: LetterOffer, currency: str, t: Translator) -> str:
    """The offer in one short sentence, without its extra cost."""
    first_day, first_minor = offer.schedule[0]
    first = money(first_minor, currency, t.language)
    day = day_and_month(first_day, t.language)
    count = len(offer.schedule)
    if count == 1:
        return t.gettext("Everything at once, by %(day)s", day=day)
    rest = [amount for _, amount in offer.schedule[1:]]
    if _alike([first_minor, *rest]):
        return t.gettext("%(count)s parts of %(amount)s, the first on %(day)s", count=count, amount=first, day=day)
    if _alike(rest):
        return t.ngettext(
            "%(first)s on %(day)s, then %(amount)s",
            "%(first)s on %(day)s, then %(num)s parts of %(amount)s",
            len(rest),
            first=first,
            day=day,
            amount=money(rest[0], currency, t.language),
        )
    return t.gettext("%(count)s parts, the first of %(amount)s on %(day)s", count=count, amount=first, day=day)


def cost(offers: Sequence[LetterOffer], currency: str, t: Translator) -> str:
    """What paying in parts costs on top, in money."""
    dearest = max(offer.interest_minor for offer in offers)
    if dearest == 0:
        return t.gettext("You can pay in parts. It costs nothing extra.")
    return t.gettext(
        "You can pay in parts. It costs at most %(amount)s extra.", amount=money(dearest, currency, t.language)
    )


def _alike(amounts: Sequence[int]) -> bool:
    """Whether all are equal, apart from the last one being what was left after rounding the others up."""
    *others, last = amounts
    if not others:
        return True
    return len(set(others)) == 1 and 0 <= others[0] - last <= 100 * len(amounts)
