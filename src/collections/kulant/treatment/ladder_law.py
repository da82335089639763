"""Whether the law lets a ladder ask for what it asks for; said with the rule when the ladder is applied. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kulant.core.errors import Refusal
from kulant.law.book import COUNTRIES, Law, law_book
from kulant.law.entered import Entered
from kulant.law.ladder_rules import Asked, forbids
from kulant.law.model import BOTH, Debtor
from kulant.treatment.charges import STATUTORY, own_fee
from kulant.treatment.ladder import Policy, Step
from kulant.treatment.timing import REMINDERS

# Letters that may bear a compensation by law where the law knows no fee for them.
_FIRM = frozenset(("fee_reminder", "formal_notice"))


@dataclass(frozen=True, slots=True)
class House:
    """The creditor, as far as the law asks about it."""

    code: str
    country: str
    fee_agreed: bool
    entered: tuple[Entered, ...] = ()


def refuse_unlawful(policy: Policy, house: House, today: date) -> None:
    """Refuses the ladder with the first thing in it that the law forbids."""
    for sentence in unlawful(policy, house, today):
        raise Refusal("unlawful_ladder", sentence)


def unlawful(policy: Policy, house: House, today: date) -> list[str]:
    """Everything in the ladder that the law forbids, each in one sentence with its place and the rule.

    A ladder for both kinds of customers may ask for what is lawful for one of them: from the others it is not asked.
    Waits, and letters a creditor may not send at all, must be right for everybody the ladder applies to.
    """
    return list(dict.fromkeys(_unlawful(policy, house, today)))


def _unlawful(policy: Policy, house: House, today: date) -> Iterator[str]:
    kinds: Sequence[Debtor] = policy.applies_to.kinds or BOTH
    if policy.interest == STATUTORY:
        asked = Asked(document="reminder", interest=True)
        found = [forbids(house.country, today, kind, asked, entered=house.entered) for kind in kinds]
        if all(found):
            yield f"interest: {found[0]}; write interest: none"
    days = _days_after_due(policy.steps)
    for n, step in enumerate(policy.steps):
        if step.approval == "off":
            continue
        asked = _asked(policy.steps, n, days, _same_limit(house, step.document, today))
        for kind in kinds:
            why = forbids(house.country, today, kind, replace(asked, fee="none"), entered=house.entered)
            why = why or _comes_first(house, policy.steps, n, days, today)
            if why:
                yield f"steps[{n}] ({step.code}): {why}"
        if step.fee != "none":
            yield from _fee(house, step, n, kinds, asked, today)


def _days_after_due(steps: Sequence[Step]) -> list[int]:
    """The day of each step after the due date, when every step goes out on its day."""
    days: list[int] = []
    for step in steps:
        before = days[-1] if days and step.after.origin == "previous_step" else 0
        days.append(before + step.after.days)
    return days


def _same_limit(house: House, document: str, today: date) -> set[str]:
    """The letters whose fees are counted together with this one's."""
    law = _book(house, today)
    limits = law.rules_on(today).limits if law else ()
    return {one for limit in limits if document in limit.documents for one in limit.documents}


def _asked(steps: Sequence[Step], n: int, days: Sequence[int], together: Collection[str]) -> Asked:
    step = steps[n]
    earlier = [m for m in range(n) if steps[m].approval != "off"]
    costing = [m for m in earlier if steps[m].fee != "none" and steps[m].document in together]
    notices = [m for m in earlier if steps[m].document == "formal_notice"]
    return Asked(
        document=step.document,
        fee=step.fee if step.fee in ("none", STATUTORY) else own_fee(step.fee),
        days_after_due=days[n],
        days_after_fee=days[n] - days[costing[-1]] if costing else None,
        fees_before=len(costing),
        notice_before=bool(notices),
        days_after_notice=days[n] - days[notices[-1]] if notices else None,
    )


def _comes_first(house: House, steps: Sequence[Step], n: int, days: Sequence[int], today: date) -> str | None:
    """What must come before: a reminder where a notice needs one, and a notice where nobody knows the law."""
    law = _book(house, today)
    earlier = [m for m in range(n) if steps[m].approval != "off"]
    if law is None:
        noticed = any(steps[m].document == "formal_notice" for m in earlier)
        missing = steps[n].document == "hand_over" and not noticed
        return "hand_over must come after a formal_notice, for the law is not known" if missing else None
    notice = law.rules_on(today).notice
    if steps[n].document != "formal_notice" or notice is None or notice.days_after_reminder is None:
        return None
    reminded = [days[m] for m in earlier if steps[m].document in REMINDERS]
    if not reminded:
        return f"a reminder must come before a {notice.name} ({notice.rule})"
    if days[n] - reminded[0] < notice.days_after_reminder:
        return f"a {notice.name} waits at least {notice.days_after_reminder} days after the reminder ({notice.rule})"
    return None


def _fee(house: House, step: Step, n: int, kinds: Sequence[Debtor], asked: Asked, today: date) -> Iterator[str]:
    law = _book(house, today)
    if law is not None and step.fee == STATUTORY and "business" in kinds and step.document in _FIRM:
        fee = next((one for one in law.rules_on(today).fees if one.document == step.document), None)
        if fee is None and law.file.compensation.amounts and law.rules_on(today).regime is None:
            return  # what the law gives here is the compensation
    found = [forbids(house.country, today, kind, asked, entered=house.entered) for kind in kinds]
    if all(found):
        yield f"steps[{n}].fee: {found[0]}; write fee: none, or what the law allows"
        return
    fees = law.rules_on(today).fees if law else ()
    needing = next((one for one in fees if one.document == step.document and one.if_agreed), None)
    if needing is not None and not house.fee_agreed:
        yield (
            f"steps[{n}].fee: it is owed only where it was agreed when the debt arose ({needing.rule}); "
            f"if your terms of sale say so, run: kulant creditor set {house.code} --fee-agreed; else write fee: none"
        )


def _book(house: House, today: date) -> Law | None:
    """The law of the creditor's country, with what was entered; none for a country nobody wrote down."""
    if house.country not in COUNTRIES:
        return None
    return law_book(house.country, tuple(row for row in house.entered if row.on <= today))
