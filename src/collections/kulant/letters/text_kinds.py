"""The texts a creditor may write anew: what each is called, may name and must say, and what it is shipped as. Pure.

A document whose words depend on what happened has a text for each occasion: a receipt for a payment is another text
than one for a promise, so that whoever edits one reads nothing that is not about it.
"""

from __future__ import annotations

from kulant.core.errors import NotFound
from kulant.letters.fresh_link import link_words
from kulant.letters.instalment_reminder import instalment_words
from kulant.letters.late_instalment import nudge_words, smaller_words
from kulant.letters.statement import statement_words
from kulant.letters.text_kind import (
    INVOICES,
    MANY,
    MANY_PARTS,
    NAMES,
    Must,
    TextKind,
    Values,
    Way,
    flag,
    given,
    kind_of,
    must_say,
)
from kulant.letters.text_kinds_told import CROSSED, DECLINED, MISTAKE, RECEIPTS
from kulant.letters.thanks import thanks_words
from kulant.letters.tone import Level
from kulant.letters.wording import Case, plain_prose, worded_kinds


def text_kind(key: str) -> TextKind:
    """The text of that name."""
    found = _ALL.get(key)
    if found is None:
        raise NotFound("no_text", f"there is no text of {key!r}; there are {', '.join(_ALL)}")
    return found


def text_kinds() -> tuple[TextKind, ...]:
    """Every text there is: first the letters that ask, then the plans', then what confirms and thanks."""
    return tuple(_ALL.values())


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
    **INVOICES,
    **NAMES,
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
    "hand_over": ("pay_by", must_say("partner")),
    "plan_offer": ("total",),
    "plan_agreement": ("total",),
}


def _letter(key: str) -> TextKind:
    extra = {"hand_over": _PARTNER, "plan_offer": _PLAN_PARTS, "plan_agreement": _PLAN_PARTS}.get(key, {})
    return kind_of(
        key,
        key,
        _LETTER_NAMES.get(key, f"{key[:1].upper()}{key[1:].replace('_', ' ')}"),
        _ABOUT_LETTERS[key],
        {**_OF_A_LETTER, **extra},
        lambda values, t: plain_prose(key, _case(values), t),
        optional=tuple(extra) if key == "hand_over" else (),
        must=_MUST_OF_LETTERS.get(key, ("total", "pay_by")),
        choices=(_TONE, flag("adds"), _COUNT, _PARTS, flag("link"), given("partner")),
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


# Instalments, thanks, links, statements.

_PART = {
    "amount": "what is to be paid of this part",
    "due": "the day the part is due",
    "part": "which part it is",
    "parts": "of how many",
    "left": "what is left of the plan after it",
    "movable": "whether the customer may still move it to another day",
    "reference": "what it is paid with",
    **NAMES,
}
_LATE_PART = {**_PART, "pay_by": "the day by which it is still welcome"}
_INSTALMENTS = (
    kind_of(
        "instalment_reminder",
        "instalment_reminder",
        "Instalment reminder",
        "Goes out some days before a part of a plan is due.",
        _PART,
        instalment_words,
        optional=("left",),
        must=("amount", "due"),
        choices=(_PARTS, given("left")),
    ),
    kind_of(
        "instalment_late",
        "instalment_reminder",
        "Instalment: late",
        "Goes out when a part of a plan has not come.",
        _LATE_PART,
        nudge_words,
        optional=("left",),
        must=("amount", "due"),
    ),
    kind_of(
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
_THANKS = kind_of(
    "thank_you",
    "thank_you",
    "Thank you",
    "Goes out when a plan was kept to its end.",
    {
        "total": "what was paid in all",
        "payments": "in how many payments",
        "dropped": "fees and interest that were dropped",
        **INVOICES,
        "reference": "what it was paid with",
        **NAMES,
    },
    thanks_words,
    optional=("dropped", "numbers"),
    must=(must_say("dropped"),),
    choices=(given("dropped"),),
)
_LINK = kind_of(
    "fresh_link",
    "fresh_link",
    "Fresh link",
    "Brings a new link to the customer’s page. It names no customer and no debt: anybody may have asked for it.",
    {"creditor": NAMES["creditor"], "valid_until": "the last day the link works"},
    link_words,
    must=("valid_until",),
)
_STATEMENT = kind_of(
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
        **NAMES,
    },
    statement_words,
    optional=("owed", "overdue", "credit"),
    must=("last", must_say("owed", lacking=("credit",)), must_say("credit", lacking=("owed", "overdue"))),
    choices=(given("credit"), given("owed"), given("overdue")),
)

_ALL = {
    kind.key: kind
    for kind in (
        *(_letter(key) for key in worded_kinds()),
        *_INSTALMENTS,
        _THANKS,
        *RECEIPTS,
        DECLINED,
        CROSSED,
        MISTAKE,
        _LINK,
        _STATEMENT,
    )
}
