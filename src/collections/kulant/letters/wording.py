"""What each letter that asks or offers says in its heading and first sentences, and how its tone changes them.

One tired person reads it once: short sentences, everyday words, one thing asked, one consequence at most. The texts
are written here in English and by hand in the other languages (``locale``); ``readability`` measures them all. A warmer
tone adds a sentence or asks more softly; what the law wants said stands apart (``required``), the same in every tone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kulant.i18n import Translator
from kulant.letters import plain
from kulant.letters.notice import notice_heading
from kulant.letters.tone import Level

# Every kind of document. Those without words below have a module of their own.
KINDS = (
    "courtesy",
    "reminder",
    "fee_reminder",
    "final_reminder",
    "formal_notice",
    "hand_over",
    "plan_offer",
    "plan_agreement",
    "instalment_reminder",
    "thank_you",
    "apology",
    "receipt",
    "fresh_link",
    "statement",
)


@dataclass(frozen=True, slots=True)
class Case:
    """What the sentences speak of, already written in the letter's language."""

    total: str
    pay_by: str
    numbers: tuple[str, ...]
    parts: int = 0
    country: str = "NO"
    consumer_in: str | None = None  # the consumer's country; none for a business
    partner: str | None = None
    has_link: bool = False
    adds: bool = False  # the letter asks for more than the invoices
    duties: tuple[str, ...] = ()  # what the law wants said beside it
    tone: Level = Level.FIRM  # at most this firm


@dataclass(frozen=True, slots=True)
class Prose:
    """A heading that names the document, a first sentence, what must be said in any case, and what follows it.

    A paragraph that a letter does without is empty, so that each has its place: texts of one's own begin from them.
    """

    heading: str
    lead: str
    paragraphs: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    advice: str = ""  # stands in every letter as well, at its end
    before: int = 0  # so many of what must be said stand before the paragraphs, the others behind them
    short: str = ""  # the first sentence of the short text, of documents that are no step of a ladder


def prose(kind: str, case: Case, t: Translator) -> Prose:
    """The words of that kind of letter; what must be said is among its paragraphs."""
    said = _WORDS[kind](case, t)
    last = tuple(filter(None, (said.advice, " ".join(case.duties))))
    paragraphs = tuple(filter(None, said.paragraphs))
    return replace(
        said,
        paragraphs=(*said.required, *paragraphs, *last),
        required=(*said.required, *last),
        before=len(said.required),
    )


def plain_prose(kind: str, case: Case, t: Translator) -> Prose:
    """The words of that kind of letter that may be written otherwise, with the first sentence of its short text."""
    return replace(_WORDS[kind](case, t), short=short_opening(kind, case, t))


def case_values(case: Case, creditor: str, customer: str) -> dict[str, object]:
    """What the sentences speak of, by the names a text of one's own calls it."""
    return {
        "total": case.total,
        "pay_by": case.pay_by,
        "number": case.numbers[0] if case.numbers else "",
        "numbers": ", ".join(case.numbers),
        "count": len(case.numbers),
        "parts": case.parts,
        "partner": case.partner or "",
        "creditor": plain.line(creditor),
        "customer": plain.line(customer),
        "tone": case.tone.word,
        "private": case.consumer_in is not None,
        "link": case.has_link,
        "adds": case.adds,
    }


def has_words(kind: str) -> bool:
    """Whether letters of that kind are worded here."""
    return kind in _WORDS


def worded_kinds() -> tuple[str, ...]:
    """The kinds of letters that are worded here."""
    return tuple(_WORDS)


def short_opening(kind: str, case: Case, t: Translator) -> str:
    """The first sentence of the short text."""
    return _SHORT[kind](case, t)


def _glad(case: Case, t: Translator) -> str:
    return t.gettext("We are glad to have you as our customer.") if case.tone is Level.WARM else ""


def _courtesy(case: Case, t: Translator) -> Prose:
    return Prose(
        t.gettext("Your next payment"),
        t.gettext("A friendly note: %(total)s is due on %(day)s.", total=case.total, day=case.pay_by),
        (t.gettext("Have you already arranged the payment? Then you need not do anything."), _glad(case, t)),
    )


def _not_seen(case: Case, t: Translator) -> str:
    return t.ngettext(
        "We cannot see that invoice %(number)s has been paid yet.",
        "We cannot see that these %(num)s invoices have been paid yet.",
        len(case.numbers),
        number=case.numbers[0] if case.numbers else "",
    )


def _soft_ask(case: Case, t: Translator) -> str:
    if case.tone is Level.WARM:
        return t.gettext(
            "It is easily overlooked. Could you please pay %(total)s by %(day)s?",
            total=case.total,
            day=case.pay_by,
        )
    return t.gettext("It is easily overlooked. Please pay %(total)s by %(day)s.", total=case.total, day=case.pay_by)


def _fee_reminder(case: Case, t: Translator) -> Prose:
    if not case.adds:
        return _reminder(case, t)
    if case.tone <= Level.FRIENDLY:
        ask = _soft_ask(case, t)
    else:
        ask = t.gettext("Please pay %(total)s by %(day)s.", total=case.total, day=case.pay_by)
    why = t.gettext("The payment is late, so we have added something. Each part has a line of its own below.")
    return Prose(t.gettext("Payment reminder with a charge"), _not_seen(case, t), (ask, why, _glad(case, t)))


def _reminder(case: Case, t: Translator) -> Prose:
    return Prose(t.gettext("Payment reminder"), _not_seen(case, t), (_soft_ask(case, t), "", _glad(case, t)))


def _final_reminder(case: Case, t: Translator) -> Prose:
    gentle = case.tone <= Level.FRIENDLY
    if gentle:
        lead = t.gettext("We have not heard from you yet about %(total)s, and we would like to help.", total=case.total)
        ask = t.gettext("If all is well, would you please pay by %(day)s?", day=case.pay_by)
    else:
        lead = t.gettext("We have written to you before, and %(total)s is still unpaid.", total=case.total)
        ask = t.gettext("If all is well, please pay by %(day)s.", day=case.pay_by)
    question = t.gettext(
        "Is there something we should know? Perhaps an invoice is wrong, or money is tight right now. "
        "Tell us, and we will find a way together."
    )
    return Prose(t.gettext("Last reminder"), lead, (question, ask, _glad(case, t)))


def _formal_notice(case: Case, t: Translator) -> Prose:
    follows = t.gettext(
        "If we have neither been paid nor heard from you by then, we will send the case to debt collection. "
        "That may cost you more."
    )
    rather = t.gettext("We would much rather find a way with you. Please call or write before that day.")
    parts = t.gettext("You can still pay in parts, or tell us if something is wrong.")
    advice = _ADVICE.get(case.consumer_in or "")
    return Prose(
        notice_heading(case.country, t),
        t.gettext(
            "We have not been paid %(total)s. The last day to pay is %(day)s.", total=case.total, day=case.pay_by
        ),
        (rather if case.tone < Level.FIRM else "", parts if case.has_link else ""),
        (follows,),
        t.gettext(advice) if advice else "",
    )


def _hand_over(case: Case, t: Translator) -> Prose:
    partner = case.partner or t.gettext("our collection partner")
    still = t.gettext(
        "Until then you can still pay %(total)s to us, or call us. After that they will write to you.",
        total=case.total,
    )
    rather = t.gettext("We would rather keep you as our customer. There is still time to find another way.")
    return Prose(
        t.gettext("Your case goes to debt collection"),
        t.gettext(
            "We are sorry that we have not found a way together. On %(day)s the case goes to %(partner)s.",
            day=case.pay_by,
            partner=partner,
        ),
        (rather if case.tone < Level.FIRM else "",),
        (still,),
    )


def _plan_offer(case: Case, t: Translator) -> Prose:
    return Prose(
        t.gettext("Offer of a payment plan"),
        t.gettext("Would it help to pay %(total)s in parts?", total=case.total),
        (
            t.gettext(
                "Anyone can have a tight month. Choose what suits you below. "
                "Once you have said yes, we send no more reminders for these invoices."
            ),
        ),
    )


def _plan_agreement(case: Case, t: Translator) -> Prose:
    return Prose(
        t.gettext("Your payment plan"),
        t.gettext("Thank you. This is what we have agreed."),
        (
            t.ngettext(
                "You pay %(total)s at one time. We send no reminders as long as the plan is kept.",
                "You pay %(total)s in %(num)s parts. We send no reminders as long as the plan is kept.",
                case.parts,
                total=case.total,
            ),
            t.gettext(
                "If a date becomes difficult, please tell us before it. "
                "If a payment is late, we get in touch, and look for another day with you. Only a person ends the plan."
            ),
        ),
    )


# Where a consumer gets free advice about money, by the country they live in.
_ADVICE = {
    "NO": "Do you need advice about money? NAV gives it free of charge.",
    "DK": "Do you need advice about money? See free debt advice at borger.dk.",
    "SE": "Do you need advice about money? Your municipality gives it free of charge.",
    "FI": "Do you need advice about money? The state's debt counselling is free of charge.",
    "DE": "Do you need advice about money? A debt advice centre near you gives it free of charge.",
    "GB": "Do you need advice about money? MoneyHelper gives it free of charge.",
}


def _short_courtesy(case: Case, t: Translator) -> str:
    return t.gettext("A friendly note: %(total)s is due on %(day)s.", total=case.total, day=case.pay_by)


def _short_reminder(case: Case, t: Translator) -> str:
    ask = t.gettext("Please pay %(total)s by %(day)s.", total=case.total, day=case.pay_by)
    return f"{_not_seen(case, t)} {ask}"


def _short_notice(case: Case, t: Translator) -> str:
    return t.gettext(
        "You get a letter from us: %(name)s. The last day to pay %(total)s is %(day)s. Please read it.",
        name=notice_heading(case.country, t),
        total=case.total,
        day=case.pay_by,
    )


def _short_hand_over(case: Case, t: Translator) -> str:
    return t.gettext(
        "On %(day)s your case goes to debt collection. Until then you can pay %(total)s to us, or call us.",
        day=case.pay_by,
        total=case.total,
    )


def _short_offer(case: Case, t: Translator) -> str:
    ask = t.gettext("Would it help to pay %(total)s in parts?", total=case.total)
    choose = t.gettext("You choose what suits you.")
    return f"{ask} {choose}"


def _short_agreement(case: Case, t: Translator) -> str:
    return t.ngettext(
        "Thank you. We have agreed that you pay %(total)s by %(day)s.",
        "Thank you. We have agreed that you pay %(total)s in %(num)s parts, the first by %(day)s.",
        case.parts,
        total=case.total,
        day=case.pay_by,
    )


_WORDS: dict[str, Callable[[Case, Translator], Prose]] = {
    "courtesy": _courtesy,
    "reminder": _reminder,
    "fee_reminder": _fee_reminder,
    "final_reminder": _final_reminder,
    "formal_notice": _formal_notice,
    "hand_over": _hand_over,
    "plan_offer": _plan_offer,
    "plan_agreement": _plan_agreement,
}
_SHORT: dict[str, Callable[[Case, Translator], str]] = {
    "courtesy": _short_courtesy,
    "reminder": _short_reminder,
    "fee_reminder": _short_reminder,
    "final_reminder": _short_reminder,
    "formal_notice": _short_notice,
    "hand_over": _short_hand_over,
    "plan_offer": _short_offer,
    "plan_agreement": _short_agreement,
}
