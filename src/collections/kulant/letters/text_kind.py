"""What a text that a creditor may write anew is made of: name, variables, what it must say, shipped words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kulant.i18n import Translator
from kulant.letters.own_texts import HEADING_FIXED
from kulant.letters.wording import Prose

MANY = 97  # a number no sentence holds by itself: it stands for "so many" where the shipped text counts
MANY_PARTS = 89

Values = Mapping[str, Any]
# One way a condition can come out: how it is written (none: in every other case), and what then holds.
Way = tuple[str | None, Values]


@dataclass(frozen=True, slots=True)
class Must:
    """A variable every way of the text says, where the ``given`` ones hold something and the ``lacking`` nothing."""

    name: str
    given: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextKind:
    """One text: the documents of ``document`` are written by it."""

    key: str
    document: str
    name: str
    about: str
    variables: Mapping[str, str]  # what each holds
    optional: frozenset[str] = frozenset()  # those that may hold nothing
    numbers: frozenset[str] = frozenset()  # those that may be compared by size
    must: tuple[Must, ...] = ()
    choices: tuple[tuple[Way, ...], ...] = ()  # what its shipped wording depends on
    shipped: Callable[[Values, Translator], Prose]
    example: Values = field(default_factory=dict)  # values of about the length that letters have

    @property
    def names(self) -> frozenset[str]:
        """The variables the text may name."""
        return frozenset(self.variables)

    @property
    def heading_fixed(self) -> bool:
        """Whether the law or its custom names the document."""
        return self.key in HEADING_FIXED


NAMES = {"creditor": "your company’s name", "customer": "the customer’s name"}
INVOICES = {"numbers": "every invoice’s number", "count": "how many invoices"}
_EXAMPLES: dict[str, Any] = {
    "total": "12 500", "pay_by": "1. 12. 2026", "number": "10045", "numbers": "10045, 10046", "count": 2, "part": 2,
    "parts": 3, "payments": 3, "partner": "A B", "creditor": "A B", "customer": "A B", "tone": "friendly",
    "private": False, "link": True, "adds": True, "reference": "R 20417", "amount": "12 500", "day": "1. 12. 2026",
    "left": "2 500", "settled": False, "quiet_until": "1. 12. 2026", "answer_by": "1. 12. 2026", "words": "A b c.",
    "letter_on": "1. 12. 2026", "paid": "12 500", "paid_on": "1. 12. 2026", "taken_back": "38", "others": True,
    "due": "1. 12. 2026", "movable": True, "smaller": "6 x 500", "price": "A b c.", "dropped": "38",
    "valid_until": "1. 12. 2026", "first": "1. 10. 2026", "last": "1. 12. 2026", "owed": "12 500", "overdue": "2 500",
    "credit": "500",
}  # fmt: skip


def given(*names: str) -> tuple[Way, Way]:
    """Values that are known, all together, or are not."""
    known = {name: f"{{{{ {name} }}}}" for name in names}
    return (" and ".join(names), known), (None, dict.fromkeys(names, ""))


def flag(name: str) -> tuple[Way, Way]:
    """Something that is so, or is not."""
    return (name, {name: True}), (None, {name: False})


def kind_of(
    key: str,
    document: str,
    name: str,
    about: str,
    variables: Mapping[str, str],
    shipped: Callable[[Values, Translator], Prose],
    *,
    optional: Sequence[str] = (),
    must: Sequence[Must | str] = (),
    choices: Sequence[tuple[Way, ...]] = (),
) -> TextKind:
    """A text of that kind, with examples for its variables."""
    return TextKind(
        key=key,
        document=document,
        name=name,
        about=about,
        variables=variables,
        optional=frozenset(optional),
        numbers=frozenset(variables) & {"count", "part", "parts", "payments"},
        must=tuple(Must(one) if isinstance(one, str) else one for one in must),
        choices=tuple(choices),
        shipped=shipped,
        example={each: _EXAMPLES[each] for each in variables},
    )


def must_say(name: str, *given: str, lacking: Sequence[str] = ()) -> Must:
    """That the variable is said wherever it, and what is ``given`` beside it, holds something."""
    return Must(name, frozenset((name, *given)), frozenset(lacking))
