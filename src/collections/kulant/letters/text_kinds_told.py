"""The texts of receipts, of the answer to a declined plan, and of apologies: one for each occasion. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kulant.letters import apology, receipt
from kulant.letters.plan_answer import WHAT, declined_words
from kulant.letters.text_kind import INVOICES, MANY, NAMES, Must, TextKind, Way, flag, given, kind_of, must_say

# Receipts.

_RECEIVED = {
    "reference": "what the customer names when they ask about it",
    "quiet_until": "the last day on which nothing is sent",
    "answer_by": "the day by which a person answers",
    "left": "what is still open",
    "settled": "whether everything it was for is paid",
    **INVOICES,
}
_MAY_LACK = ("amount", "day", "left", "quiet_until", "answer_by", "numbers")


def _receipt(
    what: str, name: str, about: str, says: Mapping[str, str], must: Sequence[Must], choices: Sequence[tuple[Way, ...]]
) -> TextKind:
    variables = {"reference": _RECEIVED["reference"], **says, **NAMES}
    return kind_of(
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


_AMOUNT_AND_DAY = (must_say("amount", "day"), must_say("day", "amount"))
RECEIPTS = (
    _receipt(
        "payment",
        "Receipt: a payment",
        "Confirms money that came in.",
        _said("settled", "numbers", "count", amount="what was received", day="the day it was received",
              left="what is still open of what it was for"),
        _AMOUNT_AND_DAY,
        (given("amount", "day"), given("left"), flag("settled")),
    ),
    _receipt(
        "says_paid",
        "Receipt: “I have paid”",
        "Confirms that the customer told us of a payment we cannot see yet.",
        _said("quiet_until", "numbers", "count", amount="what was paid, they say", day="the day it was paid, they say"),
        (must_say("day"),),
        (given("day"), given("quiet_until")),
    ),
    _receipt(
        "dispute",
        "Receipt: something is wrong",
        "Confirms that the customer disputed an invoice.",
        _said("answer_by", "numbers", "count", amount="what is disputed"),
        (must_say("answer_by"),),
        (given("answer_by"),),
    ),
    _receipt(
        "help",
        "Receipt: hard to pay right now",
        "Confirms that the customer asked for help.",
        _said("quiet_until", "answer_by"),
        (must_say("answer_by"),),
        (given("quiet_until"), given("answer_by")),
    ),
    _receipt(
        "promise",
        "Receipt: a promise to pay",
        "Confirms the day and sum a customer promised.",
        _said("quiet_until", "numbers", "count", amount="what was promised", day="the day it was promised for"),
        _AMOUNT_AND_DAY,
        (given("amount", "day"), given("quiet_until")),
    ),
    _receipt(
        "proposal",
        "Receipt: a plan of their own",
        "Confirms that the customer proposed a plan.",
        _said("answer_by", amount="what they would pay a month"),
        (must_say("answer_by"),),
        (given("answer_by"),),
    ),
    _receipt(
        "plan_changed",
        "Receipt: a changed plan",
        "Confirms that a plan was changed as the customer asked.",
        _said(amount="the next payment", day="the day of the next payment", left="what is left of the plan"),
        _AMOUNT_AND_DAY,
        (given("amount", "day"), given("left")),
    ),
)  # fmt: skip
DECLINED = kind_of(
    f"{receipt.KIND}_{WHAT}",
    receipt.KIND,
    "Answer: a plan declined",
    "Says no to the plan a customer proposed, with the words of whoever decided.",
    {"words": "what you wrote when you declined", "reference": _RECEIVED["reference"], **NAMES},
    declined_words,
    must=("words",),
)

# Apologies.

_WRONG = {
    "letter_on": "the day of the letter that was wrong",
    "taken_back": "what was taken back, with its currency",
    "others": "whether the letter asked for other invoices too, rightly",
    **NAMES,
}
_BACK = must_say("taken_back")
CROSSED = kind_of(
    apology.text_of(apology.CROSSED),
    apology.KIND,
    "Apology: it was paid already",
    "Goes out by itself when a letter asked for what had been paid.",
    {
        **_WRONG,
        "paid": "what was paid, where one day’s money paid it all",
        "paid_on": "the day of that payment",
        "numbers": "the numbers of the invoices, where they are few enough to name",
        "count": INVOICES["count"],
    },
    apology.WORDS[apology.CROSSED],
    optional=("taken_back", "paid", "paid_on", "numbers"),
    must=("letter_on", _BACK),
    choices=(
        given("paid", "paid_on"),
        (
            ("numbers and count == 1", {"numbers": "{{ numbers }}", "count": 1}),
            ("numbers", {"numbers": "{{ numbers }}", "count": MANY}),
            (None, {"numbers": "", "count": 0}),
        ),
        given("taken_back"),
        flag("others"),
    ),
)
MISTAKE = kind_of(
    apology.text_of(apology.MISTAKE),
    apology.KIND,
    "Apology: another mistake",
    "Says sorry for a mistake; what happened stands in the clerk’s own words under it.",
    _WRONG,
    apology.WORDS[apology.MISTAKE],
    optional=("letter_on", "taken_back"),
    must=(_BACK,),
    choices=(given("taken_back"), given("letter_on"), flag("others")),
)
