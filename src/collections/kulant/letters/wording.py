"""What each kind of letter says in its heading and first sentences.

One tired person reads it once: short sentences, everyday words, one thing asked, one consequence at most. The texts are
written here in English and by hand in the other languages (``locale``); ``readability`` measures them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kulant.i18n import Translator

KINDS = (
    "courtesy",
    "reminder",
    "fee_reminder",
    "final_reminder",
    "formal_notice",
    "hand_over",
    "plan_offer",
    "plan_agreement",
    "thank_you",
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


@dataclass(frozen=True, slots=True)
class Prose:
    """A heading that names the document, a first sentence, and what follows it."""

    heading: str
    lead: str
    paragraphs: tuple[str, ...] = ()


def prose(kind: str, case: Case, t: Translator) -> Prose:
    """The words of that kind of letter."""
    said = _WORDS[kind](case, t)
    duties = (" ".join(case.duties),) if case.duties else ()
    return Prose(said.heading, said.lead, (*said.paragraphs, *duties))


def _courtesy(case: Case, t: Translator) -> Prose:
    return Prose(
        t.gettext("Your next payment"),
        t.gettext("A friendly note: %(total)s is due on %(day)s.", total=case.total, day=case.pay_by),
        (t.gettext("Have you already arranged the payment? Then you need not do anything."),),
    )


def _not_seen(case: Case, t: Translator) -> str:
    return t.ngettext(
        "We cannot see that invoice %(number)s has been paid yet.",
        "We cannot see that these %(num)s invoices have been paid yet.",
        len(case.numbers),
        number=case.numbers[0] if case.numbers else "",
    )


def _fee_reminder(case: Case, t: Translator) -> Prose:
    if not case.adds:
        return _reminder(case, t)
    ask = t.gettext("Please pay %(total)s by %(day)s.", total=case.total, day=case.pay_by)
    why = t.gettext("The invoices are late, so we have added something. Each part has a line of its own below.")
    return Prose(t.gettext("Payment reminder with a charge"), _not_seen(case, t), (ask, why))


def _reminder(case: Case, t: Translator) -> Prose:
    ask = t.gettext("It is easily overlooked. Please pay %(total)s by %(day)s.", total=case.total, day=case.pay_by)
    return Prose(t.gettext("Payment reminder"), _not_seen(case, t), (ask,))


def _final_reminder(case: Case, t: Translator) -> Prose:
    return Prose(
        t.gettext("Last reminder"),
        t.gettext("We have written to you before, and %(total)s is still unpaid.", total=case.total),
        (
            t.gettext(
                "Is there something we should know? Perhaps an invoice is wrong, or money is tight right now. "
                "Tell us, and we will find a way together."
            ),
            t.gettext("If all is well, please pay by %(day)s.", day=case.pay_by),
        ),
    )


def _formal_notice(case: Case, t: Translator) -> Prose:
    paragraphs = [
        t.gettext(
            "If we have neither been paid nor heard from you by then, we will send the case to debt collection. "
            "That may cost you more."
        )
    ]
    if case.has_link:
        paragraphs.append(t.gettext("You can still pay in parts, or tell us if something is wrong."))
    if case.consumer_in in _ADVICE:
        paragraphs.append(t.gettext(_ADVICE[case.consumer_in]))
    return Prose(
        _notice_heading(case.country, t),
        t.gettext(
            "We have not been paid %(total)s. The last day to pay is %(day)s.", total=case.total, day=case.pay_by
        ),
        tuple(paragraphs),
    )


def _hand_over(case: Case, t: Translator) -> Prose:
    partner = case.partner or t.gettext("our collection partner")
    return Prose(
        t.gettext("Your case goes to debt collection"),
        t.gettext(
            "We are sorry that we have not found a way together. On %(day)s the case goes to %(partner)s.",
            day=case.pay_by,
            partner=partner,
        ),
        (
            t.gettext(
                "Until then you can still pay %(total)s to us, or call us. After that they will write to you.",
                total=case.total,
            ),
        ),
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
                "If a date becomes difficult, please call us before it. "
                "If a payment is more than five days late, the plan ends. Then we write to you about the rest."
            ),
        ),
    )


def _thank_you(case: Case, t: Translator) -> Prose:
    return Prose(
        t.gettext("Thank you for your payment"),
        t.gettext("Everything is paid, and the matter is settled."),
        (t.gettext("You kept what we agreed, and we value that. There is nothing more for you to do."),),
    )


# The notice has a name of its own in law, which is not translated.
_NOTICE_NAMES = {
    "NO": "inkassovarsel",
    "DK": "inkassovarsel",
    "SE": "inkassokrav",
    "FI": "maksuvaatimus",
    "NL": "veertiendagenbrief",
    "GB": "Letter of Claim",
}
# Only in these does the name stand for the thing without being explained.
_AT_HOME = frozenset(("NO", "DK", "SE"))


def _notice_heading(country: str, t: Translator) -> str:
    name = _NOTICE_NAMES.get(country.upper())
    plain = t.gettext("Notice before debt collection")
    if name is None:
        return plain
    return name.capitalize() if t.language != "en" and country.upper() in _AT_HOME else f"{plain} ({name})"


# Where a consumer gets free advice about money, by the country they live in.
_ADVICE = {
    "NO": "Do you need advice about money? NAV gives it free of charge.",
    "DK": "Do you need advice about money? See free debt advice at borger.dk.",
    "SE": "Do you need advice about money? Your municipality gives it free of charge.",
}

_WORDS: dict[str, Callable[[Case, Translator], Prose]] = {
    "courtesy": _courtesy,
    "reminder": _reminder,
    "fee_reminder": _fee_reminder,
    "final_reminder": _final_reminder,
    "formal_notice": _formal_notice,
    "hand_over": _hand_over,
    "plan_offer": _plan_offer,
    "plan_agreement": _plan_agreement,
    "thank_you": _thank_you,
}
