"""What the law asks of a ladder: what each letter must say, how long it waits, and what may not be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kulant.core.calendar import next_business_day
from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.core.words import day_words
from kulant.law.book import COUNTRIES, Law, Rules, amount_on, law_book, law_of
from kulant.law.entered import Entered
from kulant.law.model import Content, Debtor, Fee, Limit
from kulant.law.notices import last_day

ASKING = ("reminder", "fee_reminder", "final_reminder", "formal_notice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a step of a ladder asks for, as far as the law has a say in it.

    ``fee`` is ``none``, ``statutory`` (what the law allows, and when) or a sum in minor units of the currency.
    Days are the fewest that the ladder lets pass; unknown ones are not judged.
    """

    document: str
    fee: str | int = "none"
    interest: bool = False
    days_after_due: int | None = None
    days_after_fee: int | None = None  # since the letter before that cost something
    fees_before: int = 0  # letters before that cost something and count towards the same limit
    notice_before: bool = True  # a formal notice comes before a hand-over
    days_after_notice: int | None = None


def must_say(
    country: str, as_of: date, debtor: Debtor, document: str, *, charged: bool = True, entered: tuple[Entered, ...] = ()
) -> tuple[Content, ...]:
    """What a letter must say at least, by the short names of ``model.CONTENTS``; nothing where no law is known.

    ``charged``: the letter asks for interest, a fee or another cost beside the principal.
    """
    law = _known(country, as_of, entered)
    if law is None or document not in ASKING:
        return ()
    rules = law.rules_on(as_of)
    notice = rules.notice if document == "formal_notice" else None
    parts = law.file.letters_say if charged else ()
    always = rules.regime.must_say if rules.regime else ()
    own = notice.must_say if notice and debtor in notice.debtors else ()
    if notice is None and document == "formal_notice" and law.file.puts_in_default:
        own = law.file.puts_in_default.must_say.get(debtor, ())
    return tuple(dict.fromkeys((*own, *parts, *always)))


def wait_until(
    country: str, document: str, sent: date, *, debtor: Debtor = "consumer", entered: tuple[Entered, ...] = ()
) -> date:
    """The last day on which paying answers a letter in time; the next step may follow on the day after.

    A letter with no wait in law: the day it was sent.
    """
    law = _known(country, sent, entered)
    if law is None:
        return sent
    rules = law.rules_on(sent)
    if document == "formal_notice":
        notice = rules.notice
        return last_day(notice, sent, country) if notice and debtor in notice.debtors else sent
    deadlines = [one.missed_deadline_days for one in _limits(rules, debtor, document)]
    days = max(deadlines, default=0)
    return next_business_day(sent + timedelta(days=days), country) if days else sent


def forbids(
    country: str, as_of: date, debtor: Debtor, asked: Asked, *, entered: tuple[Entered, ...] = ()
) -> str | None:
    """The sentence by which a ladder may not ask for this, with the rule; none when it may.

    A country or day of which nothing is known forbids what only a known law allows: interest, fees, and handing over.
    """
    return next(forbidden(country, as_of, debtor, asked, entered=entered), None)


def forbidden(
    country: str, as_of: date, debtor: Debtor, asked: Asked, *, entered: tuple[Entered, ...] = ()
) -> Iterator[str]:
    """Every such sentence."""
    try:
        law = law_of(country, as_of, entered)
    except Refusal as refusal:
        if asked.interest or asked.fee not in ("none", 0) or _undecided(country, as_of, asked.document, entered):
            yield refusal.sentence
        return
    rules = law.rules_on(as_of)
    if rule := rules.forbids(asked.document):
        yield f"a creditor in {law.file.name} may not send it: {rule}"
    if asked.interest:
        yield from _interest(law, debtor)
    if asked.fee not in ("none", 0):
        yield from _fee(law, rules, as_of, debtor, asked)
    if asked.document == "hand_over":
        yield from _hand_over(law, rules, debtor, asked)
    if asked.document == "formal_notice":
        yield from _notice(rules, asked)


def _known(country: str, on: date, entered: tuple[Entered, ...]) -> Law | None:
    """The law for what letters say and how long they wait: these hold on until another rule takes their place."""
    if country not in COUNTRIES:
        return None
    law = law_book(country, tuple(row for row in entered if row.on <= on))
    return law if law.file.known_from <= on else None


def _undecided(country: str, as_of: date, document: str, entered: tuple[Entered, ...]) -> bool:
    """Whether a regime that may be in force by then would forbid the letter."""
    law = _known(country, as_of, entered)
    regime = law.undecided if law else None
    return bool(regime and regime.signalled and regime.signalled <= as_of and document in regime.only_agencies)


def _interest(law: Law, debtor: Debtor) -> Iterator[str]:
    if debtor in law.file.interest.not_owed_by or not law.rates[debtor]:
        yield f"the law ({law.file.name}) gives no interest on a {debtor}'s debt ({law.file.interest.rule})"


def _fee(law: Law, rules: Rules, as_of: date, debtor: Debtor, asked: Asked) -> Iterator[str]:
    fee = _fee_of(rules, debtor, asked.document)
    letter = f"a {asked.document.replace('_', ' ')} to a {debtor} in {law.file.name}"
    if fee is None:
        yield f"{letter} may not cost anything: {rules.regime.no_fee if rules.regime else 'the law knows no such fee'}"
        return
    most = _most(fee, as_of)
    if most is None:
        yield f"what {letter} may cost on {day_words(as_of)} is not known ({fee.rule})"
    elif isinstance(asked.fee, int) and asked.fee > most:
        yield f"{letter} may cost {decimal_string(most, law.file.currency)} {law.file.currency} at most ({fee.rule})"
    days, earliest = asked.days_after_due, fee.earliest_days_after_due
    if days is not None and days < earliest:
        yield f"{letter} may cost something from {earliest} days after the due date only ({fee.rule})"
    for limit in _limits(rules, debtor, asked.document):
        yield from _limit(limit, letter, asked)


def _limit(limit: Limit, letter: str, asked: Asked) -> Iterator[str]:
    forgotten = limit.forgotten_after_months is not None
    if limit.at_most is not None and asked.fees_before >= limit.at_most and not forgotten:
        yield f"{letter} may not cost anything again ({limit.rule})"
    # A ladder may name the days of the deadline itself: the send gate waits for its last day to pass.
    apart = max(limit.days_between, limit.missed_deadline_days)
    if asked.fees_before and asked.days_after_fee is not None and asked.days_after_fee < apart:
        yield f"{letter} may cost something at least {apart} days after the last that did ({limit.rule})"


def _hand_over(law: Law, rules: Rules, debtor: Debtor, asked: Asked) -> Iterator[str]:
    notice = rules.notice
    if notice is None and rules.no_notice is None:
        yield f"nothing may be handed over: the notice before collection is not known ({law.file.name})"
        return
    if notice is None or debtor not in notice.debtors:
        return
    if not asked.notice_before:
        yield f"the {notice.name} must come before handing over ({notice.rule})"
    elif asked.days_after_notice is not None and asked.days_after_notice < notice.wait_days:
        yield f"handing over waits at least {notice.wait_days} days after the {notice.name} ({notice.rule})"


def _notice(rules: Rules, asked: Asked) -> Iterator[str]:
    notice = rules.notice
    days = asked.days_after_due
    if notice and days is not None and days < notice.days_after_due:
        yield f"the {notice.name} may go from {notice.days_after_due} days after the due date only ({notice.rule})"


def _fee_of(rules: Rules, debtor: Debtor, document: str) -> Fee | None:
    return next((one for one in rules.fees if one.document == document and debtor in one.debtors), None)


def _most(fee: Fee, as_of: date) -> int | None:
    """The most such a letter may cost whatever the principal, in minor units; none where no sum is known."""
    if fee.scale and as_of >= fee.scale.since:
        return int(fee.scale.most * 100)
    anything = 10**15
    row = amount_on(fee.amounts, as_of, anything)
    return int(row.amount * 100) if row else None


def _limits(rules: Rules, debtor: Debtor, document: str) -> list[Limit]:
    return [one for one in rules.limits if document in one.documents and debtor in one.debtors]
