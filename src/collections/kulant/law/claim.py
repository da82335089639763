"""``kulant claim``: what is owed beside the principal on a day, what may come next, and how each figure is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.law.book import Figure
from kulant.law.compensation import combined, compensation
from kulant.law.facts import Facts, read_facts
from kulant.law.fees import Charged, agreed_fee_for, charged_fees, fee_for, first_day, max_fee
from kulant.law.interest import Exact, Segment, accrue, rounded
from kulant.law.notices import hand_over_from, notice_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is owed on a day. Amounts in minor units."""

    facts: Facts
    principal: int
    interest: int
    segments: tuple[Segment, ...]
    fees: tuple[Charged, ...]
    letters: tuple[Charged, ...]  # what the letters cost before compensation took the place of it
    compensation: int
    figures: tuple[Figure, ...]

    @property
    def total(self) -> int:
        return self.principal + self.interest + sum(one.minor for one in self.fees) + self.compensation


def claim(data: object, *, default_today: date | None = None) -> dict[str, Any] | list[dict[str, Any]]:
    """A claim as JSON to the answer as JSON; an array of claims to an array of answers, in order."""
    if not isinstance(data, list):
        return as_json(compute(read_facts(data, default_today=default_today)))
    answers = []
    for n, one in enumerate(data):
        try:
            answers.append(as_json(compute(read_facts(one, default_today=default_today))))
        except Refusal as refusal:
            raise Refusal(refusal.code, f"[{n}]: {refusal.sentence}") from None
    return answers


def compute(facts: Facts) -> Claim:
    """What is owed on the day of the facts."""
    figures: list[Figure] = []
    segments: list[Segment] = []
    if facts.agreed_interest:
        for invoice in facts.invoices:
            segments += accrue(facts.law, facts.debtor, invoice, facts.as_of)
    if segments:
        figures += _interest_figures(facts, segments)
    sums = charged_fees(facts, figures)
    owed, fees = combined(facts, compensation(facts, figures), sums, figures)
    return Claim(
        facts=facts,
        principal=sum(one.unpaid(facts.as_of) for one in facts.invoices),
        interest=rounded(sum(one.interest for one in segments)),
        segments=tuple(segments),
        fees=tuple(fees),
        letters=tuple(sums),
        compensation=owed,
        figures=tuple(figures),
    )


def _interest_figures(facts: Facts, segments: list[Segment]) -> list[Figure]:
    counted = facts.law.file.interest.day_count
    return [*(one.rate.figure for one in segments), Figure(f"days counted {counted.value}", counted)]


def as_json(owed: Claim) -> dict[str, Any]:
    """The answer as the contract shows it."""
    facts, figures = owed.facts, list(owed.figures)
    may = _may(facts, owed, figures)
    return {
        "principal": decimal_string(owed.principal, facts.currency),
        "interest": decimal_string(owed.interest, facts.currency),
        "fees": [_fee(one, facts.currency) for one in owed.fees],
        "compensation": decimal_string(owed.compensation, facts.currency),
        "total": decimal_string(owed.total, facts.currency),
        "segments": _segments(owed.segments, facts.currency),
        "may": may,
        "sources": _sources(facts, figures),
    }


def _fee(one: Charged, currency: str) -> dict[str, str]:
    amount = decimal_string(one.minor, currency)
    return {"kind": one.fee.kind, "amount": amount, "date": one.on.isoformat(), "rule": one.fee.rule}


def _segments(segments: tuple[Segment, ...], currency: str) -> list[dict[str, Any]]:
    """The segments, with amounts that add up to the interest: each is the growth of the rounded sum."""
    shown = []
    exact: Exact = 0
    before = 0
    for one in segments:
        exact += one.interest
        after = rounded(exact)
        shown.append(
            {
                "invoice": one.invoice,
                "from": one.first.isoformat(),
                "to": one.last.isoformat(),
                "days": one.days,
                "base": decimal_string(int((2 * one.base + 1) // 2), currency),
                "rate": one.rate.shown,
                "amount": decimal_string(after - before, currency),
            }
        )
        before = after
    return shown


def _may(facts: Facts, owed: Claim, figures: list[Figure]) -> dict[str, Any]:
    """What may be sent, from when, and what it may cost at most."""
    charged = list(owed.letters)
    rules = facts.law.rules_on(facts.as_of)
    notice = rules.notice
    if rules.regime:
        figures.append(Figure(f"{rules.regime.name} from {rules.regime.since}", rules.regime))
    if notice:
        figures.append(Figure(f"{notice.name}: wait of {notice.wait_days} days", notice))
    unasked = rules.regime.rule if rules.regime else "no notice is required by statute"
    if notice is None and rules.no_notice:
        figures.append(Figure(unasked, rules.no_notice))
    elif notice is None:
        unasked = "the notice before collection is not known here"
    before = notice.rule if notice and facts.debtor in notice.debtors else unasked
    return {
        "fee_reminder": _may_remind(facts, charged, figures),
        "formal_notice": _step(facts, "formal_notice", notice.rule if notice else unasked, charged, figures),
        "hand_over": _step(facts, "hand_over", before, charged, figures),
    }


def _may_remind(facts: Facts, charged: list[Charged], figures: list[Figure]) -> dict[str, Any]:
    fee = fee_for(facts, "fee_reminder", facts.as_of)
    if fee is None:
        regime = facts.law.rules_on(facts.as_of).regime
        return _answer(facts, None, 0, regime.no_fee if regime else "the law knows no reminder fee")
    if agreed_fee_for(facts, "fee_reminder", facts.as_of) is None:
        return _answer(facts, None, 0, "no reminder fee was agreed")
    first = _before_a_regime(facts, first_day(facts, fee, charged, facts.as_of), "fee_reminder")
    return _answer(facts, first, max_fee(facts, fee, charged, facts.as_of, figures) if first else 0, fee.rule)


def _step(facts: Facts, document: str, rule: str, charged: list[Charged], figures: list[Figure]) -> dict[str, Any]:
    """A step that may be taken with or without a fee; the fee has its own first day."""
    first = (notice_from if document == "formal_notice" else hand_over_from)(facts, facts.as_of)
    fee = agreed_fee_for(facts, document, facts.as_of)
    costs_from = first_day(facts, fee, charged, facts.as_of) if fee else None
    minor = 0
    if fee and costs_from and costs_from <= facts.as_of:
        minor = max_fee(facts, fee, charged, facts.as_of, figures)
    if first and facts.law.rules_on(first).forbids(document):
        first = None
    return _answer(facts, first, minor, rule)


def _before_a_regime(facts: Facts, first: date | None, document: str) -> date | None:
    """The day, unless a regime without that fee has begun by then."""
    return first if first and fee_for(facts, document, first) else None


def _answer(facts: Facts, first: date | None, minor: int, rule: str) -> dict[str, Any]:
    return {
        "allowed": first is not None and first <= facts.as_of,
        "from": first.isoformat() if first else None,
        "max_fee": decimal_string(minor, facts.currency),
        "rule": rule,
    }


def _sources(facts: Facts, figures: list[Figure]) -> list[dict[str, str]]:
    """Each figure once, in the order it was used."""
    return [one.as_json(facts.law) for one in {figure.what: figure for figure in figures}.values()]
