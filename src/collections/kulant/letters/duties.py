"""What the law wants a letter to say: most of it the letter shows anyway, the rest is a short sentence.

None of it can be left out: ``missing`` looks at the finished letter, whoever wrote its texts, and a letter that lacks
something is neither shown nor sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.i18n import Translator, long_date
from kulant.letters import pre_action

# What the last letter before collection says in every country, whatever its law asks for beside it.
ALWAYS = {
    "formal_notice": (
        "creditor", "claim", "principal", "interest", "costs", "total", "how_to_pay", "deadline", "collection_follows",
        "object_to",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duty:
    """What the sentences speak of, already written in the letter's language."""

    pay_by: str
    answers_to: str  # who takes objections
    answer_to: str = ""  # where forms are sent back to
    collection_cost: str | None = None
    days_from_receipt: int | None = None
    costs_first: bool = False
    interest_goes_on: bool = False


def wanted(kind: str, by_law: Collection[str]) -> tuple[str, ...]:
    """What a letter of that kind says: what the law asks for, and what we never leave out."""
    return tuple(dict.fromkeys((*by_law, *ALWAYS.get(kind, ()))))


def duties(must_say: Collection[str], duty: Duty, t: Translator) -> dict[str, str]:
    """The sentences for what the letter must say and does not show otherwise, always in the same order."""
    return {key: said for key, write in _SENTENCES.items() if key in must_say and (said := write(duty, t))}


def missing(content: dict[str, Any]) -> list[str]:
    """What the letter had to say and does not, by the short names of ``law.model.CONTENTS``, and sentences cut out."""
    text = "\n".join(content["paragraphs"])
    lacking = [key for key, sentence in content["must_say"].items() if not _is_said(key, sentence, text, content)]
    return lacking + [sentence for sentence in content["required"] if sentence not in text]


def _is_said(key: str, sentence: str, text: str, content: dict[str, Any]) -> bool:
    if key == "reply_forms" and pre_action.lacks(content):
        return False
    if sentence:
        return sentence in text
    if key in ("collection_follows", "consequence"):
        return bool(content["required"])
    return key in _SHOWN and _SHOWN[key](content)


def _rows(content: dict[str, Any], form: str) -> list[dict[str, Any]]:
    table = content["table"]
    return [row for row in table["rows"] if row.get("form") == form] if table else []


def _charges(content: dict[str, Any], kind: str | None = None) -> list[dict[str, Any]]:
    """What the letter adds or repeats beside the invoices, as its facts tell."""
    facts = content["facts"]
    kinds = ("fee", "interest", "compensation") if kind is None else (kind,)
    return [one for one in (*facts["charges"], *facts["items"]) if one["kind"] in kinds]


def _reckoned(content: dict[str, Any]) -> bool:
    """Each interest that this letter adds stands beside what it was reckoned from: rate, days, base."""
    adds = any(one["kind"] == "interest" for one in content["facts"]["charges"])
    return not adds or any(row["about"] for row in _rows(content, "charge"))


def _has_deadline(content: dict[str, Any]) -> bool:
    pay_by, box = content["facts"]["pay_by"], content["payment"]
    day = long_date(date.fromisoformat(pay_by), content["language"]) if pay_by else None
    return box is not None and any(value == day for _, value in box["rows"])


def _apart(content: dict[str, Any], kind: str | None = None) -> bool:
    """Whatever was added stands on lines of its own."""
    return not _charges(content, kind) or bool(_rows(content, "charge"))


_SHOWN: dict[str, Callable[[dict[str, Any]], bool]] = {
    "creditor": lambda content: bool(content["creditor"]["name"]),
    "claim": lambda content: all(row["number"] for row in _rows(content, "item")) and bool(_rows(content, "item")),
    "principal": lambda content: bool(_rows(content, "item")),
    "interest": lambda content: _apart(content, "interest"),
    "costs": _apart,
    "interest_rate": _reckoned,
    "interest_from": _reckoned,
    "interest_base": _reckoned,
    "total": lambda content: bool(content["table"] and content["table"]["total"]),
    "how_to_pay": lambda content: bool(content["creditor"]["bank_account"] or content["offer"]),
    "deadline": _has_deadline,
    "object_to": lambda content: bool(content["sign_off"]["phone"] or content["sign_off"]["email"]
                                      or content["creditor"]["address"]),
    "statement": lambda content: bool(content["table"]),
}  # fmt: skip
SHOWN = frozenset((*_SHOWN, "collection_follows", "consequence"))  # the last two by the notice's own words


def _no_further_cost(duty: Duty, t: Translator) -> str:
    return t.gettext("If you pay by %(day)s, it costs you nothing more.", day=duty.pay_by)


def _collection_cost(duty: Duty, t: Translator) -> str | None:
    if duty.collection_cost is None:
        return None
    return t.gettext("After that day, debt collection adds %(cost)s.", cost=duty.collection_cost)


def _vat_on_cost(duty: Duty, t: Translator) -> str | None:
    return None if duty.collection_cost is None else t.gettext("No VAT comes on top of that.")


def _from_receipt(duty: Duty, t: Translator) -> str | None:
    if duty.days_from_receipt is None:
        return None
    return t.gettext(
        "You have %(days)s days, counted from the day after you got this letter. "
        "If they end later than %(day)s, you have until they end.",
        days=duty.days_from_receipt,
        day=duty.pay_by,
    )


def _default(duty: Duty, t: Translator) -> str:
    return t.gettext(
        "If you do not pay by %(day)s, the payment is late in law (Verzug), and we may ask for interest.",
        day=duty.pay_by,
    )


def _default_30_days(_duty: Duty, t: Translator) -> str:
    return t.gettext(
        "It is late in law at the latest 30 days after you got this list of what is due (section 286 (3) BGB)."
    )


def _interest_goes_on(duty: Duty, t: Translator) -> str:
    if duty.interest_goes_on:
        return t.gettext("Interest goes on until the invoices are paid.")
    return t.gettext("No interest and no charges are being added.")


def _right_to_object(duty: Duty, t: Translator) -> str:
    return t.gettext(
        "You may object. If you do not agree, tell %(who)s by %(day)s.", who=duty.answers_to, day=duty.pay_by
    )


def _agreement(_duty: Duty, t: Translator) -> str:
    comes = t.gettext("The debt comes from our agreement with you about what the invoices name.")
    copy = t.gettext("If it was made in writing, you can ask us for a copy.")
    return f"{comes} {copy}"


def _reply_forms(duty: Duty, t: Translator) -> str:
    enclosed = t.gettext("We enclose an information sheet, a reply form and a form about your money.")
    back = t.gettext("Please send your answer to %(where)s by %(day)s.", where=duty.answer_to, day=duty.pay_by)
    return f"{enclosed} {back}"


def _allocation_order(duty: Duty, t: Translator) -> str:
    if duty.costs_first:
        return t.gettext("If you pay a part, fees and interest are paid first.")
    return t.gettext("If you pay a part, the invoices are paid first.")


_SENTENCES: dict[str, Callable[[Duty, Translator], str | None]] = {
    "no_further_cost": _no_further_cost,
    "from_receipt": _from_receipt,
    "collection_cost": _collection_cost,
    "vat_on_cost": _vat_on_cost,
    "default": _default,
    "default_30_days": _default_30_days,
    "interest_goes_on": _interest_goes_on,
    "right_to_object": _right_to_object,
    "agreement": _agreement,
    "reply_forms": _reply_forms,
    "allocation_order": _allocation_order,
}
