"""What letters may cost the debtor: how much, how early, how many, how far apart; collection costs by slices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from kulant.core.calendar import add_months
from kulant.law.book import Figure, amount_on
from kulant.law.facts import Facts
from kulant.law.model import Fee, Limit, Scale
from kulant.law.notices import hand_over_from


@dataclass(frozen=True, slots=True)
class Charged:
    """A fee that is owed for a letter."""

    fee: Fee
    on: date
    minor: int


def charged_fees(facts: Facts, figures: list[Figure]) -> list[Charged]:
    """The fees owed for the letters that were sent. A letter sent too early, or one too many, costs nothing."""
    charged: list[Charged] = []
    for step in facts.steps:
        fee = agreed_fee_for(facts, step.document, step.on)
        first = first_day(facts, fee, charged, step.on) if fee else None
        if fee and first and step.on >= first:
            minor = max_fee(facts, fee, charged, step.on, figures)
            if minor > 0:
                charged.append(Charged(fee, step.on, minor))
                figures += [Figure(f"limit: {limit.rule}", limit) for limit in limits_on(facts, step.document, step.on)]
    return charged


def fee_for(facts: Facts, document: str, on: date) -> Fee | None:
    """The fee of a letter on a day to this kind of debtor, where the law knows one."""
    for fee in facts.law.rules_on(on).fees:
        if fee.document == document and facts.debtor in fee.debtors:
            return fee
    return None


def agreed_fee_for(facts: Facts, document: str, on: date) -> Fee | None:
    """The same, unless it is not to be claimed: what was agreed decides over all fees of a country's law, except where
    that law itself tells those that must be agreed from those that need not."""
    fee = fee_for(facts, document, on)
    if fee is None or facts.agreed_fee:
        return fee
    told_apart = any(one.if_agreed for one in facts.law.rules_on(on).fees)
    return fee if told_apart and not fee.if_agreed else None


def limits_on(facts: Facts, document: str, on: date) -> list[Limit]:
    """The limits a letter of a day counts towards."""
    return [one for one in facts.law.rules_on(on).limits if document in one.documents and facts.debtor in one.debtors]


def first_day(facts: Facts, fee: Fee, charged: Iterable[Charged], on: date) -> date | None:
    """The first day on which the next such letter may cost something; none when there may be no more, or no debt.

    ``on`` is the day on which one asks: what is unpaid then is what the letter is about.
    """
    overdue = facts.overdue(on)
    if not overdue:
        return None
    first = min(one.due for one in overdue) + timedelta(days=fee.earliest_days_after_due)
    if fee.document == "hand_over":
        allowed = hand_over_from(facts, on)
        if allowed is None:
            return None
        first = max(first, allowed)
    for limit in limits_on(facts, fee.document, on):
        free = _free_again(limit, [one.on for one in charged if one.fee.document in limit.documents])
        if free is None:
            return None
        first = max(first, free)
    return first


def _free_again(limit: Limit, sent: list[date]) -> date | None:
    """The day from which a limit allows another letter; none when it never does again."""
    counted: list[date] = []
    for on in sent:
        if counted and limit.forgotten_after_months and on >= add_months(counted[-1], limit.forgotten_after_months):
            counted = []
        counted.append(on)
    if not counted:
        return date.min
    if limit.at_most is not None and len(counted) >= limit.at_most:
        return add_months(counted[-1], limit.forgotten_after_months) if limit.forgotten_after_months else None
    return counted[-1] + timedelta(days=days_apart(limit))


def days_apart(limit: Limit) -> int:
    """How many days after a letter the next one may cost something: a missed deadline's last day must have passed."""
    return max(limit.days_between, limit.missed_deadline_days + 1 if limit.missed_deadline_days else 0)


def max_fee(facts: Facts, fee: Fee, charged: list[Charged], on: date, figures: list[Figure]) -> int:
    """The most a letter may cost on a day, in minor units, under the cap of all fees together."""
    principal = sum(one.unpaid(on) for one in facts.overdue(on))
    minor = _amount(facts, fee, on, principal, figures)
    if any(one.fee.document == fee.document for one in charged):
        minor = minor * fee.again_percent // 100
    for cap in facts.law.file.caps:
        row = amount_on(cap.amounts, on, principal) if facts.debtor in cap.debtors else None
        if row:
            figures.append(Figure(f"cap of all fees from {row.since}: {row.amount} ({cap.rule})", row))
            minor = min(minor, int(row.amount * 100) - sum(one.minor for one in charged))
    return max(0, minor)


def _amount(facts: Facts, fee: Fee, on: date, principal: int, figures: list[Figure]) -> int:
    if fee.scale and on >= fee.scale.since:
        figures.append(Figure(f"{fee.name} from {fee.scale.since}: by slices of the principal", fee.scale))
        return collection_cost(fee.scale, principal)
    row = amount_on(fee.amounts, on, principal)
    if row is None:
        facts.law.refuse(f"the {fee.name} of {on} is not known")
    figures.append(Figure(f"{fee.name} from {row.since}: {row.amount}", row))
    return int(row.amount * 100)


def collection_cost(scale: Scale, principal: int) -> int:
    """The cost of collection of a principal by the slices of a scale, in minor units, halves up."""
    rest, hundredths = principal, 0
    for band in scale.bands:
        slice_minor = rest if band.of_next is None else min(rest, int(band.of_next * 100))
        hundredths += slice_minor * int(band.percent * 100)
        rest -= slice_minor
    cost = (hundredths + 5_000) // 10_000
    return min(max(cost, int(scale.least * 100)), int(scale.most * 100))
