"""Which letters may go on a day: each once, never skipping upward, each after its time. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kulant.treatment.deadlines import last_day_of_notice
from kulant.treatment.facts import Facts
from kulant.treatment.priors import DOCUMENTS

_ORDER = {document: place for place, document in enumerate(DOCUMENTS)}
REMINDERS = frozenset(("reminder", "fee_reminder", "final_reminder"))

COURTESY_GAP_DAYS = 7
STEP_GAP_DAYS = 14
LATE_DAYS = {"reminder": 10, "final_reminder": 24, "formal_notice": 28, "hand_over": 45}


@dataclass(frozen=True, slots=True)
class Due:
    """What the creditor's own ladder says of the day: the one document due (none: nothing), and how it goes out."""

    document: str | None
    channel: str = "email"
    relationship: bool = True  # off: the plain ladder, only the hard stops hold it back
    lawful: bool = False  # the law was asked about each invoice already, with what people here have entered


def documents_due(facts: Facts, days_late: int, due: Due | None) -> tuple[str, ...]:
    """The letters that may go today, gentlest first: the ladder's own, or those of the usual waits."""
    if due is not None:
        may_go = due.document is not None and (due.lawful or not _too_early(facts, due.document))
        return (due.document,) if may_go and due.document else ()
    return tuple(document for document in LATE_DAYS if why_not(facts, days_late, document) is None)


def why_not(facts: Facts, days_late: int, document: str) -> str | None:
    """Why this letter may not go today by the usual waits, in words; none when it may."""
    if document not in LATE_DAYS:
        return "no ladder asks for it today"
    sent = {step.document for step in facts.steps_sent if step.document in _ORDER}
    if max((_ORDER[one] for one in sent), default=-1) >= _ORDER[document]:
        return "this letter, or a firmer one, was already sent"
    if document != "reminder" and not sent & REMINDERS:
        return "no reminder was sent yet"
    if document == "hand_over" and "formal_notice" not in sent:
        return "no formal notice was sent yet"
    if document == "hand_over" and not _all_was_named(facts):
        return f"the formal notice did not name the newest invoice{_rule(facts)}"
    unlawful = _why_too_early(facts, document)
    if unlawful is not None:
        return unlawful
    if days_late < LATE_DAYS[document]:
        return f"it waits until the debt is {LATE_DAYS[document]} days late"
    gap = COURTESY_GAP_DAYS if document == "reminder" else STEP_GAP_DAYS
    return None if _days_have_passed(facts, gap) else f"the last letter is less than {gap} days old"


def _days_have_passed(facts: Facts, days: int) -> bool:
    """So many days since the last letter. A letter of unknown date may have gone today."""
    return all(step.on is not None and (facts.today - step.on).days >= days for step in facts.steps_sent)


def _all_was_named(facts: Facts) -> bool:
    """Whether a notice left after all of it had fallen due: it cannot have named a later invoice.

    What is not due yet counts like what is late since: a debt that is less late never meets a firmer answer.
    """
    newest = max((one.due for one in facts.invoices if one.open_minor > 0 and one.due is not None), default=None)
    notices = [step.on for step in facts.steps_sent if step.document == "formal_notice" and step.on is not None]
    return newest is None or any(on > newest for on in notices)


def _too_early(facts: Facts, document: str) -> bool:
    return _why_too_early(facts, document) is not None


def _why_too_early(facts: Facts, document: str) -> str | None:
    """By which rule it must wait: nobody is handed over before a formal notice's last day has passed."""
    if document in ("formal_notice", "hand_over") and (unlawful := _unlawful(facts, document)):
        return unlawful
    if document != "hand_over":
        return None
    notices = [step.on for step in facts.steps_sent if step.document == "formal_notice"]
    if notices and all(on is not None and facts.today > last_day_of_notice(on, facts.country) for on in notices):
        return None
    return f"the formal notice's time has not run out{_rule(facts)}"


def _unlawful(facts: Facts, document: str) -> str | None:
    """Why the creditor may not send it at all: nobody knows its law, or the law leaves it to agencies."""
    from kulant.law.book import COUNTRIES, law_book

    if facts.country not in COUNTRIES:
        return f"the law of {facts.country} on notices and waits is not known"
    return law_book(facts.country).rules_on(facts.today).forbids(document)


def _rule(facts: Facts) -> str:
    from kulant.law.book import COUNTRIES, law_book  # opened only where a notice was sent

    notice = law_book(facts.country).rules_on(facts.today).notice if facts.country in COUNTRIES else None
    return f" ({notice.rule})" if notice else ""
