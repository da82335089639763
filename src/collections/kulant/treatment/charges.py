"""What a letter adds to the debt: interest, a fee, a compensation, as the ladder asks and the law allows. Pure.

Each charge is one line with its rule; interest has one line for each invoice and rate. What was charged before is taken
off, so that the letters together never ask for more than the law knows on the day the last of them leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from kulant.core.errors import Refusal
from kulant.law.book import Figure, Law
from kulant.law.compensation import compensation
from kulant.law.facts import Facts, Invoice, Payment, Step
from kulant.law.fees import Charged, fee_for, first_day, max_fee
from kulant.law.interest import Exact, Segment, accrue, rounded
from kulant.law.model import Debtor
from kulant.treatment.stops import Reason

KINDS = ("interest", "fee", "compensation")
STATUTORY = "statutory"

# Nothing is late yet when a courtesy note goes out.
_WITHOUT_CHARGES = frozenset(("courtesy",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An overdue invoice of the letter: what it was for, what came in on it, what was charged on it before."""

    item_id: int
    number: str
    principal: int
    due: date
    payments: tuple[Payment, ...] = ()
    disputed: int = 0
    interest_before: int = 0
    interest_to: date | None = None  # the last day that was charged
    compensation_before: int = 0


@dataclass(frozen=True, slots=True)
class FeeBefore:
    """A fee that an earlier letter about any of these invoices cost."""

    document: str
    on: date
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything the law asks about before a letter may cost something. Amounts in minor units."""

    today: date
    debtor: Debtor
    currency: str
    owed: tuple[Owed, ...]  # oldest due first
    steps: tuple[Step, ...] = ()
    fees_before: tuple[FeeBefore, ...] = ()
    fee_agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One line: so much, on which invoice, by which rule; for interest also the days, the rate and the base."""

    kind: Literal["interest", "fee", "compensation"]
    item_id: int
    invoice: str
    amount_minor: int
    rule: str
    name: str = ""
    first: date | None = None
    last: date | None = None
    days: int | None = None
    rate: str | None = None
    base_minor: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The line as the proposal keeps it."""
        return {
            "kind": self.kind,
            "item": self.item_id,
            "invoice": self.invoice,
            "amount_minor": self.amount_minor,
            "rule": self.rule,
            "name": self.name,
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "days": self.days,
            "rate": self.rate,
            "base_minor": self.base_minor,
        }


@dataclass(frozen=True, slots=True)
class Charges:
    """The lines, and why there are none where the ladder asks for some."""

    lines: tuple[Charge, ...] = ()
    reason: Reason | None = None


NOTHING = Charges()


def charge(account: Account, law: Law, *, document: str | None, fee: str, interest: str) -> Charges:
    """What this letter adds. What the law does not say is never guessed: the letter then goes without charges."""
    if document is None or document in _WITHOUT_CHARGES or (fee == "none" and interest == "none"):
        return NOTHING
    if account.currency != law.file.currency:
        why = f"the law of {law.file.name} is known in {law.file.currency} only"
        return Charges(reason=Reason("law_unknown", f"No interest and no fees: {why}."))
    try:
        lines = _interest(account, law) if interest == STATUTORY else []
        if fee != "none":
            lines += _costs(account, law, document, fee)
    except Refusal as refusal:
        return Charges(reason=Reason("law_unknown", f"No interest and no fees: {refusal.sentence}."))
    return Charges(tuple(lines))


# What days charged before may come to more by the rounding of one sum; it goes into the days that follow.
_ROUNDING = 1


def _late(account: Account) -> list[Owed]:
    return [one for one in account.owed if one.due < account.today]


def _invoice(one: Owed) -> Invoice:
    """As the law sees it: the disputed part bears nothing while it is disputed."""
    return Invoice(one.number, max(0, one.principal - one.disputed), one.due, one.payments)


def _interest(account: Account, law: Law) -> list[Charge]:
    """The interest since the last letter, line by line; each sum is the growth of the one rounded sum of all."""
    found: list[Charge] = []
    exact: Exact = 0
    for one in _late(account):
        begun = rounded(exact)
        charged = one.interest_before
        for segment in accrue(law, account.debtor, _split(one), account.today):
            exact += segment.interest
            grown = rounded(exact) - begun
            told = one.interest_to is not None and segment.last <= one.interest_to
            if grown > charged + (_ROUNDING if told else 0):
                found.append(_interest_line(one, segment, grown - charged, law))
                charged = grown
    over = sum(one.interest_before for one in _late(account)) + _sum(found) - rounded(exact)
    return _trimmed(found, over)


def _split(one: Owed) -> Invoice:
    """The invoice with a mark on the last day charged before, so that a line begins on the day after it."""
    invoice = _invoice(one)
    if one.interest_to is None:
        return invoice
    payments = (*invoice.payments, Payment(one.interest_to, 0))
    return replace(invoice, payments=tuple(sorted(payments, key=lambda payment: payment.on)))


def _interest_line(one: Owed, segment: Segment, minor: int, law: Law) -> Charge:
    return Charge(
        kind="interest",
        item_id=one.item_id,
        invoice=one.number,
        amount_minor=minor,
        rule=law.file.interest.rule,
        first=segment.first,
        last=segment.last,
        days=segment.days,
        rate=segment.rate.shown,
        base_minor=int((2 * segment.base + 1) // 2),
    )


def _trimmed(lines: list[Charge], over: int) -> list[Charge]:
    """Less by what was charged too much before, taken from the newest lines."""
    kept: list[Charge] = []
    for line in reversed(lines):
        less = min(max(0, over), line.amount_minor)
        over -= less
        if line.amount_minor > less:
            kept.insert(0, replace(line, amount_minor=line.amount_minor - less))
    return kept


def _costs(account: Account, law: Law, document: str, fee: str) -> list[Charge]:
    """The fee of this letter and the compensation, as the country lets them stand beside each other."""
    undisputed = [one for one in _late(account) if not one.disputed]
    facts = Facts(
        law=law,
        debtor=account.debtor,
        currency=account.currency,
        as_of=account.today,
        invoices=tuple(_invoice(one) for one in undisputed),
        steps=account.steps,
        agreed_interest=True,
        agreed_fee=True,
    )
    if not facts.overdue(account.today):
        return []
    before = _fees_before(facts, account.fees_before)
    fees = _fee(account, facts, before, undisputed, document, fee)
    if fee != STATUTORY:
        return _trimmed(fees, sum(one.compensation_before for one in undisputed) if _only_larger(law) else 0)
    return _combined(facts, fees, before, _compensations(facts, undisputed), undisputed)


def _fees_before(facts: Facts, before: Sequence[FeeBefore]) -> list[Charged]:
    known = ((fee_for(facts, one.document, one.on), one) for one in sorted(before, key=lambda one: one.on))
    return [Charged(fee, one.on, one.minor) for fee, one in known if fee is not None]


def _fee(
    account: Account, facts: Facts, before: list[Charged], undisputed: Sequence[Owed], document: str, wanted: str
) -> list[Charge]:
    fee = fee_for(facts, document, account.today)
    if fee is None or (fee.if_agreed and not account.fee_agreed):
        return []
    first = first_day(facts, fee, before, account.today)
    if first is None or account.today < first:
        return []
    figures: list[Figure] = []
    minor = max_fee(facts, fee, before, account.today, figures)
    if wanted != STATUTORY:
        minor = min(minor, own_fee(wanted))
    oldest = next(one for one in undisputed if _invoice(one).unpaid(account.today))
    if minor <= 0:
        return []
    return [
        Charge(
            kind="fee",
            item_id=oldest.item_id,
            invoice=oldest.number,
            amount_minor=minor,
            rule=fee.rule,
            name=fee.name,
        )
    ]


def own_fee(written: str) -> int:
    """A ladder's own fee, in hundredths, which is what every currency with fees by law has."""
    whole, _, part = written.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0")[:2] or 0)


def _compensations(facts: Facts, undisputed: Sequence[Owed]) -> list[Charge]:
    """The compensation of each invoice that has not borne one yet."""
    found = []
    for one in undisputed:
        figures: list[Figure] = []
        minor = compensation(replace(facts, invoices=(_invoice(one),)), figures) - one.compensation_before
        if minor > 0 and _invoice(one).unpaid(facts.as_of):
            rule = facts.law.file.compensation.rule
            found.append(
                Charge(kind="compensation", item_id=one.item_id, invoice=one.number, amount_minor=minor, rule=rule)
            )
    return found


def _combined(
    facts: Facts, fees: list[Charge], before: list[Charged], compensations: list[Charge], undisputed: Sequence[Owed]
) -> list[Charge]:
    """Both, or only the larger of the two: then one takes the place of what the other has come to so far."""
    if not _only_larger(facts.law):
        return [*fees, *compensations]
    fees_before = sum(one.minor for one in before)
    compensation_before = sum(one.compensation_before for one in undisputed)
    as_fees = fees_before + _sum(fees)
    as_compensation = compensation_before + _sum(compensations)
    if as_compensation and as_compensation >= as_fees:
        return _trimmed(compensations, fees_before)
    return _trimmed(fees, compensation_before)


def _only_larger(law: Law) -> bool:
    return law.file.compensation.combine == "larger"


def _sum(lines: Sequence[Charge]) -> int:
    return sum(line.amount_minor for line in lines)
