"""Says of an invoice that it will soon be too old to be enforced; what is decided about it does not change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kulant.core.words import day_words
from kulant.law.book import COUNTRIES, Law, law_book
from kulant.law.entered import Entered
from kulant.law.limitation import last_enforceable_day, mark
from kulant.people.models import Creditor
from kulant.treatment.charged import debtor_kind
from kulant.treatment.judge import Judgement
from kulant.treatment.rows import ItemJudged
from kulant.treatment.stops import Reason


def with_limits(
    judgements: Sequence[Judgement], creditor: Creditor, today: date, entered: tuple[Entered, ...] = ()
) -> list[Judgement]:
    """The judgements with a note on each invoice that is within twelve months of its last enforceable day."""
    law = law_book(creditor.country, entered) if creditor.country in COUNTRIES else None
    if law is None or law.file.limitation is None:
        return list(judgements)
    return [
        replace(one, items=tuple(_noted(item, one.case.customer.kind, law, today) for item in one.items))
        for one in judgements
    ]


def _noted(item: ItemJudged, kind: str | None, law: Law, today: date) -> ItemJudged:
    due, rule = item.debt.item.due_date, law.file.limitation
    if due is None or rule is None:
        return item
    reminded = [step.sent_on for step in item.debt.steps if step.document != "courtesy"]
    last = last_enforceable_day(law, debtor_kind(kind), due, reminded)
    if mark(last, today) is None:
        return item
    said = f"It can be enforced until {day_words(last)} at the latest, by {rule.rule}."
    return replace(item, note=Reason("limitation", said))
