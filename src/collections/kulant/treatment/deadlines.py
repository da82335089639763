"""By when a letter asks to be paid, and when the next may go: the law's waits, and the days we gave ourselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kulant.core.calendar import next_business_day
from kulant.core.errors import Refusal
from kulant.core.words import day_words
from kulant.treatment.stops import Reason

if TYPE_CHECKING:  # most decisions never open the law book
    from kulant.law.book import Law
    from kulant.law.entered import Entered

USUAL_DAYS = 10
DAYS = {"fee_reminder": 14, "formal_notice": 14, "hand_over": 14}

Sent = tuple[str, date]

# Letters the law itself makes wait; the others wait for the days the letter before has given.
BY_LAW = frozenset(("formal_notice", "hand_over"))


def pay_by(document: str, on: date, country: str) -> date:
    """The last day to pay that a letter of that day names: always a business day, for a notice the law's own wait."""
    if document == "formal_notice":
        return last_day_of_notice(on, country)
    return next_business_day(on + timedelta(days=DAYS.get(document, USUAL_DAYS)), country)


def last_day_of_notice(on: date, country: str) -> date:
    """The last day on which paying answers a formal notice in time; two weeks where the law names no wait."""
    from kulant.law.book import COUNTRIES, law_book
    from kulant.law.notices import last_day

    notice = law_book(country).rules_on(on).notice if country in COUNTRIES else None
    if notice is None:
        return next_business_day(on + timedelta(days=DAYS["formal_notice"]), country)
    return last_day(notice, on, country)


def why_wait(
    document: str,
    *,
    country: str,
    debtor: str | None,
    due: date,
    sent: Sequence[Sent],
    today: date,
    entered: tuple[Entered, ...] = (),
) -> Reason | None:
    """Why this letter about one invoice may not go today; none when it may. ``sent``: what left about the invoice."""
    given = _deadline(sent, country, today) if sent else None
    if given is not None and today <= given:
        return Reason(
            "law_wait", f"The last letter gave until {day_words(given)}; the next one waits until that day has passed."
        )
    if document not in BY_LAW:
        return None
    try:
        from kulant.law.book import law_of

        return _by_law(law_of(country, today, entered), document, debtor, due, sent, today)
    except Refusal as refusal:
        return Reason("law_unknown", f"Nobody can say how long it must wait: {refusal.sentence}.")


def _deadline(sent: Iterable[Sent], country: str, today: date) -> date | None:
    """The last day that any letter sent so far has given."""
    return max((pay_by(document, on, country) for document, on in sent if document != "courtesy" and on <= today),
               default=None)  # fmt: skip


def _by_law(law: Law, document: str, debtor: str | None, due: date, sent: Sequence[Sent], today: date) -> Reason | None:
    from kulant.law.facts import Facts, Invoice, Step
    from kulant.law.notices import hand_over_from, notice_from

    facts = Facts(
        law=law,
        debtor="business" if debtor == "business" else "consumer",
        currency=law.file.currency,
        as_of=today,
        invoices=(Invoice("", 1, due),),
        steps=tuple(Step(document, on) for document, on in sorted(sent, key=lambda step: step[1])),
    )
    rules = law.rules_on(today)
    forbidden = rules.forbids(document)
    if forbidden:
        return Reason("law_regime", f"A creditor in {law.file.name} may not send it any more: {forbidden}.")
    first = (notice_from if document == "formal_notice" else hand_over_from)(facts, today)
    if first is not None and first <= today:
        return None
    notice = rules.notice
    if notice is None:
        return Reason("law_unknown", f"Nobody can say how long it must wait: no notice is known in {law.file.name}.")
    if first is not None:
        return Reason("law_wait", f"It waits until {day_words(first)}: {notice.rule}.")
    needed = "a reminder" if document == "formal_notice" else f"the {notice.name}"
    return Reason("law_wait", f"It waits for {needed}, which comes first: {notice.rule}.")
