"""The texts a creditor may write anew: what each is called, may name and must say, and what it is shipped as. Pure.

A document whose words depend on what happened has a text for each occasion: a receipt for a payment is another text
than one for a promise, so that whoever edits one reads nothing that is not about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kulant.core.errors import NotFound
from kulant.i18n import Translator
from kulant.letters import apology, receipt
from kulant.letters.fresh_link import link_words
from kulant.letters.instalment_reminder import instalment_words
from kulant.letters.late_instalment import nudge_words, smaller_words
from kulant.letters.own_texts import HEADING_FIXED
from kulant.letters.plan_answer import WHAT, declined_words
from kulant.letters.statement import statement_words
from kulant.letters.thanks import thanks_words
from kulant.letters.tone import Level
from kulant.letters.wording import Case, Prose, plain_prose, worded_kinds

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


def text_kind(key: str) -> TextKind:
    """The text of that name."""
    found = _ALL.get(key)
    if found is None:
        raise NotFound("no_text", f"there is no text of {key!r}; there are {', '.join(_ALL)}")
    return found


def text_kinds() -> tuple[TextKind, ...]:
    """Every text there is: first the letters that ask, then the plans', then what confirms and thanks."""
    return tuple(_ALL.values())


_NAMES = {"creditor": "your company’s name", "customer": "the customer’s name"}
_INVOICES = {"numbers": "every invoice’s number", "count": "how many invoices"}
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


def _given(*names: str) -> tuple[Way, Way]:
    """Values that are known, all together, or are not."""
    known = {name: f"{{{{ {name} }}}}" for name in names}
    return (" and ".join(names), known), (None, dict.fromkeys(names, ""))


def _flag(name: str) -> tuple[Way, Way]:
    return (name, {name: True}), (None, {name: False})


def _kind(
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


def _must(name: str, *given: str, lacking: Sequence[str] = ()) -> Must:
    return Must(name, frozenset((name, *given)), frozenset(lacking))


# The steps of the ladder, and plans.

_TONE: tuple[Way, ...] = (
    ("tone == 'warm'", {"tone": "warm"}),
    ("tone == 'friendly'", {"tone": "friendly"}),
    ("tone == 'clear'", {"tone": "clear"}),
    (None, {"tone": "firm"}),
)
_COUNT: tuple[Way, ...] = (("count == 1", {"count": 1}), (None, {"count": MANY}))
_PARTS: tuple[Way, ...] = (("parts == 1", {"parts": 1}), (None, {"parts": MANY_PARTS}))
_OF_A_LETTER = {
    "total": "what is asked for, with its currency",
    "pay_by": "the day it asks for",
    "number": "the first invoice’s number",
    **_INVOICES,
    **_NAMES,
    "tone": "warm, friendly, clear or firm: how such a customer is written to",
    "private": "whether the customer is a private person",
    "link": "whether the letter has a link to the customer’s page",
    "adds": "whether the letter charges more than the invoices",
}
_PARTNER = {"partner": "who collects, where one was chosen"}
_PLAN_PARTS = {"parts": "how many payments were agreed"}
_LETTER_NAMES = {"courtesy": "Before the due date", "hand_over": "Hand-over notice", "plan_offer": "Offer of a plan"}
_ABOUT_LETTERS = {
    "courtesy": "A friendly note; nothing is late yet.",
    "reminder": "The first reminder.",
    "fee_reminder": "A reminder that may add a fee or interest.",
    "final_reminder": "The last reminder before the formal notice.",
    "formal_notice": "Says by when to pay, and that the case goes to debt collection after that.",
    "hand_over": "Says on which day the case goes to debt collection.",
    "plan_offer": "Offers to pay in parts.",
    "plan_agreement": "Confirms the plan that was agreed.",
}
_MUST_OF_LETTERS: dict[str, tuple[Must | str, ...]] = {
    "hand_over": ("pay_by", _must("partner")),
    "plan_offer": ("total",),
    "plan_agreement": ("total",),
}


def _letter(key: str) -> TextKind:
    extra = {"hand_over": _PARTNER, "plan_offer": _PLAN_PARTS, "plan_agreement": _PLAN_PARTS}.get(key, {})
    return _kind(
        key,
        key,
        _LETTER_NAMES.get(key, f"{key[:1].upper()}{key[1:].replace('_', ' ')}"),
        _ABOUT_LETTERS[key],
        {**_OF_A_LETTER, **extra},
        lambda values, t: plain_prose(key, _case(values), t),
        optional=tuple(extra) if key == "hand_over" else (),
        must=_MUST_OF_LETTERS.get(key, ("total", "pay_by")),
        choices=(_TONE, _flag("adds"), _COUNT, _PARTS, _flag("link"), _given("partner")),
    )


def _case(values: Values) -> Case:
    """The case that such values come from, in placeholders."""
    return Case(
        total=values["total"],
        pay_by=values["pay_by"],
        numbers=(values["number"],) * values["count"],
        parts=values["parts"],
        country=values["country"],
        partner=values["partner"] or None,
        has_link=values["link"],
        adds=values["adds"],
        tone=Level[values["tone"].upper()],
    )


# Receipts.

_RECEIVED = {
    "reference": "what the customer names when they ask about it",
    "amount": "the amount",
    "day": "the day",
    "quiet_until": "the last day on which nothing is sent",
    "answer_by": "the day by which a person answers",
    "left": "what is still open",
    "settled": "whether everything it was for is paid",
    **_INVOICES,
}
_MAY_LACK = ("amount", "day", "left", "quiet_until", "answer_by", "numbers")


def _receipt(
    what: str, name: str, about: str, says: Mapping[str, str], must: Sequence[Must], choices: Sequence[tuple[Way, ...]]
) -> TextKind:
    variables = {"reference": _RECEIVED["reference"], **says, **_NAMES}
    return _kind(
        receipt.text_of(what),
        receipt.KIND,
        name,
        about,
        variables,
        receipt.WORDS[what],
        optional=[each for each in _MAY_LACK if each in variables],
        must=must,
        choices=choices,
    )


def _said(*names: str, **meaning: str) -> dict[str, str]:
    return {name: _RECEIVED[name] for name in names} | meaning


_AMOUNT_AND_DAY = (_must("amount", "day"), _must("day", "amount"))
_RECEIPTS = (
    _receipt(
        "payment",
        "Receipt: a payment",
        "Confirms money that came in.",
        _said("settled", "numbers", "count", amount="what was received", day="the day it was received",
              left="what is still open of what it was for"),
        _AMOUNT_AND_DAY,
        (_given("amount", "day"), _given("left"), _flag("settled")),
    ),
    _receipt(
        "says_paid",
        "Receipt: “I have paid”",
        "Confirms that the customer told us of a payment we cannot see yet.",
        _said("quiet_until", "numbers", "count", amount="what was paid, they say", day="the day it was paid, they say"),
        (_must("day"),),
        (_given("day"), _given("quiet_until")),
    ),
    _receipt(
        "dispute",
        "Receipt: something is wrong",
        "Confirms that the customer disputed an invoice.",
        _said("answer_by", "numbers", "count", amount="what is disputed"),
        (_must("answer_by"),),
        (_given("answer_by"),),
    ),
    _receipt(
        "help",
        "Receipt: hard to pay right now",
        "Confirms that the customer asked for help.",
        _said("quiet_until", "answer_by"),
        (_must("answer_by"),),
        (_given("quiet_until"), _given("answer_by")),
    ),
    _receipt(
        "promise",
        "Receipt: a promise to pay",
        "Confirms the day and sum a customer promised.",
        _said("quiet_until", "numbers", "count", amount="what was promised", day="the day it was promised for"),
        _AMOUNT_AND_DAY,
        (_given("amount", "day"), _given("quiet_until")),
    ),
    _receipt(
        "proposal",
        "Receipt: a plan of their own",
        "Confirms that the customer proposed a plan.",
        _said("answer_by", amount="what they would pay a month"),
        (_must("answer_by"),),
        (_given("answer_by"),),
    ),
    _receipt(
        "plan_changed",
        "Receipt: a changed plan",
        "Confirms that a plan was changed as the customer asked.",
        _said(amount="the next payment", day="the day of the next payment", left="what is left of the plan"),
        _AMOUNT_AND_DAY,
        (_given("amount", "day"), _given("left")),
    ),
)  # fmt: skip
_DECLINED = _kind(
    f"{receipt.KIND}_{WHAT}",
    receipt.KIND,
    "Answer: a plan declined",
    "Says no to the plan a customer proposed, with the words of whoever decided.",
    {"words": "what you wrote when you declined", "reference": _RECEIVED["reference"], **_NAMES},
    declined_words,
    must=("words",),
)

# Apologies.

_WRONG = {
    "letter_on": "the day of the letter that was wrong",
    "taken_back": "what was taken back, with its currency",
    "others": "whether the letter asked for other invoices too, rightly",
    **_NAMES,
}
_BACK = _must("taken_back")
_CROSSED = _kind(
    apology.text_of(apology.CROSSED),
    apology.KIND,
    "Apology: it was paid already",
    "Goes out by itself when a letter asked for what had been paid.",
    {
        **_WRONG,
        "paid": "what was paid, where one day’s money paid it all",
        "paid_on": "the day of that payment",
        "numbers": "the numbers of the invoices, where they are few enough to name",
        "count": _INVOICES["count"],
    },
    apology.WORDS[apology.CROSSED],
    optional=("taken_back", "paid", "paid_on", "numbers"),
    must=("letter_on", _BACK),
    choices=(
        _given("paid", "paid_on"),
        (
            ("numbers and count == 1", {"numbers": "{{ numbers }}", "count": 1}),
            ("numbers", {"numbers": "{{ numbers }}", "count": MANY}),
            (None, {"numbers": "", "count": 0}),
        ),
        _given("taken_back"),
        _flag("others"),
    ),
)
_MISTAKE = _kind(
    apology.text_of(apology.MISTAKE),
    apology.KIND,
    "Apology: another mistake",
    "Says sorry for a mistake; what happened stands in the clerk’s own words under it.",
    _WRONG,
    apology.WORDS[apology.MISTAKE],
    optional=("letter_on", "taken_back"),
    must=(_BACK,),
    choices=(_given("taken_back"), _given("letter_on"), _flag("others")),
)

# Instalments, thanks, links, statements.

_PART = {
    "amount": "what is to be paid of this part",
    "due": "the day the part is due",
    "part": "which part it is",
    "parts": "of how many",
    "left": "what is left of the plan after it",
    "movable": "whether the customer may still move it to another day",
    "reference": "what it is paid with",
    **_NAMES,
}
_LATE_PART = {**_PART, "pay_by": "the day by which it is still welcome"}
_INSTALMENTS = (
    _kind(
        "instalment_reminder",
        "instalment_reminder",
        "Instalment reminder",
        "Goes out some days before a part of a plan is due.",
        _PART,
        instalment_words,
        optional=("left",),
        must=("amount", "due"),
        choices=(_PARTS, _given("left")),
    ),
    _kind(
        "instalment_late",
        "instalment_reminder",
        "Instalment: late",
        "Goes out when a part of a plan has not come.",
        _LATE_PART,
        nudge_words,
        optional=("left",),
        must=("amount", "due"),
    ),
    _kind(
        "instalment_smaller",
        "instalment_reminder",
        "Instalment: smaller parts",
        "Offers smaller payments where a part of a plan has not come.",
        {**_LATE_PART, "smaller": "the smaller parts, in one sentence", "price": "what they cost extra, in a sentence"},
        smaller_words,
        optional=("left",),
        must=("amount", "due", "smaller", "price"),
    ),
)
_THANKS = _kind(
    "thank_you",
    "thank_you",
    "Thank you",
    "Goes out when a plan was kept to its end.",
    {
        "total": "what was paid in all",
        "payments": "in how many payments",
        "dropped": "fees and interest that were dropped",
        **_INVOICES,
        "reference": "what it was paid with",
        **_NAMES,
    },
    thanks_words,
    optional=("dropped", "numbers"),
    must=(_must("dropped"),),
    choices=(_given("dropped"),),
)
_LINK = _kind(
    "fresh_link",
    "fresh_link",
    "Fresh link",
    "Brings a new link to the customer’s page. It names no customer and no debt: anybody may have asked for it.",
    {"creditor": _NAMES["creditor"], "valid_until": "the last day the link works"},
    link_words,
    must=("valid_until",),
)
_STATEMENT = _kind(
    "statement",
    "statement",
    "Statement",
    "Goes with a statement of account. Its tables are the program’s.",
    {
        "first": "the first day of the period",
        "last": "the last day of the period",
        "owed": "what the customer owes on that day",
        "overdue": "what of it is past due",
        "credit": "what we owe the customer",
        **_NAMES,
    },
    statement_words,
    optional=("owed", "overdue", "credit"),
    must=("last", _must("owed", lacking=("credit",)), _must("credit", lacking=("owed", "overdue"))),
    choices=(_given("credit"), _given("owed"), _given("overdue")),
)

_ALL = {
    kind.key: kind
    for kind in (
        *(_letter(key) for key in worded_kinds()),
        *_INSTALMENTS,
        _THANKS,
        *_RECEIPTS,
        _DECLINED,
        _CROSSED,
        _MISTAKE,
        _LINK,
        _STATEMENT,
    )
}
