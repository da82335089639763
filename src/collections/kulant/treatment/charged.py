"""The charges of many letters at once: reads what came in and what was charged before, and asks the law."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.law.book import Law, law_of
from kulant.law.deadlines import payable_until
from kulant.law.entered import Entered
from kulant.law.facts import Payment, Step
from kulant.law.model import Debtor
from kulant.ledger.rules import Owing, spread
from kulant.people.models import Creditor
from kulant.treatment import queries
from kulant.treatment.case_queries import StepRow
from kulant.treatment.cases import CustomerCase
from kulant.treatment.charges import Account, Charges, FeeBefore, Owed, charge
from kulant.treatment.judge import Judgement
from kulant.treatment.models import StepSent
from kulant.treatment.queries import ChargedLetter
from kulant.treatment.stops import Reason


def with_charges(
    session: Session,
    creditor: Creditor,
    judgements: Sequence[Judgement],
    today: date,
    entered: tuple[Entered, ...] = (),
) -> list[Judgement]:
    """The judgements with what their letters add; three statements, and none where no ladder asks for anything."""
    asking = [one for one in judgements if one.asks_for_charges]
    if not asking:
        return list(judgements)
    past = Past(session, [item_id for one in asking for item_id in (*_listed(one), *_handed_over(one.case))])
    law, unknown = law_in_force(creditor, today, entered)
    return [_charged(one, creditor, law, unknown, past, today) if one.asks_for_charges else one for one in judgements]


def law_in_force(
    creditor: Creditor, today: date, entered: tuple[Entered, ...] = ()
) -> tuple[Law | None, Reason | None]:
    """The law of the creditor's country on the day; else why it is not known."""
    try:
        return law_of(creditor.country, today, entered), None
    except Refusal as refusal:
        return None, Reason("law_unknown", f"No interest and no fees: {refusal.sentence}.")


def _listed(judgement: Judgement) -> set[int]:
    return {row.item.id for row in judgement.debt_rows}


def _handed_over(case: CustomerCase) -> set[int]:
    """The customer's invoices that were handed over: what letters about them cost still counts as asked before."""
    return {debt.item.id for debt in case.debts if any(step.document == "hand_over" for step in debt.steps)}


class Past:
    """What has come in on some invoices, and what letters about them have charged."""

    def __init__(self, session: Session, item_ids: Sequence[int]) -> None:
        self._came_in = queries.movements(session, item_ids)
        letters = queries.charged_letters(session, item_ids)
        self._lines: dict[int, list[dict[str, Any]]] = defaultdict(list)  # by the item they were charged on
        for line in (line for letter in letters for line in letter.charges):
            self._lines[line["item"]].append(line)
        listed = queries.items_listed_by(session, [letter.id for letter in letters])
        self._about: dict[int, list[ChargedLetter]] = defaultdict(list)
        for letter in letters:
            for item_id in listed[letter.id]:
                self._about[item_id].append(letter)

    def owed(self, item: Owing, disputed: int, credit: Sequence[Payment] = ()) -> Owed:
        """The invoice as the law asks about it."""
        lines = self._lines.get(item.id, ())
        interest = [line for line in lines if line["kind"] == "interest"]
        payments = [*(Payment(on, minor) for on, minor in self._came_in.get(item.id, ())), *credit]
        return Owed(
            item_id=item.id,
            number=item.number,
            principal=item.amount_minor,
            due=item.due_date or date.max,
            payments=tuple(sorted(payments, key=lambda payment: payment.on)),
            disputed=disputed,
            interest_before=sum(line["amount_minor"] for line in interest),
            interest_to=max((date.fromisoformat(line["to"]) for line in interest), default=None),
            compensation_before=sum(line["amount_minor"] for line in lines if line["kind"] == "compensation"),
        )

    def fees(self, item_ids: set[int]) -> tuple[FeeBefore, ...]:
        """The fees of the letters that were about any of these invoices, oldest letter first."""
        letters = {letter.id: letter for item_id in item_ids for letter in self._about.get(item_id, ())}
        return tuple(
            FeeBefore(str(one.document), _left_on(one), line["amount_minor"])
            for _, one in sorted(letters.items())
            for line in one.charges
            if line["kind"] == "fee"
        )


def _left_on(letter: ChargedLetter) -> date:
    return max((date.fromisoformat(line["on"]) for line in letter.charges if line.get("on")), default=letter.on)


def debtor_kind(kind: str | None) -> Debtor:
    """What is not known to be a business is a consumer, whom the law protects more."""
    return "business" if kind == "business" else "consumer"


def credit_as_payments(credits: Sequence[Owing], debts: Sequence[Owing]) -> dict[int, list[Payment]]:
    """Money on the account that no invoice has got yet, taken as if the oldest had got it on its day."""
    left = {debt.id: debt.open_minor for debt in debts}
    found: dict[int, list[Payment]] = {}
    for credit in sorted(credits, key=lambda credit: (credit.issue_date or date.min, credit.id)):
        for item_id, minor in spread(-credit.open_minor, list(left.items())):
            left[item_id] -= minor
            found.setdefault(item_id, []).append(Payment(credit.issue_date or date.min, minor))
    return found


def account_of(
    creditor: Creditor,
    *,
    kind: str | None,
    currency: str,
    debts: Sequence[tuple[Owing, int]],
    credits: Sequence[Owing],
    steps: Sequence[StepSent | StepRow],
    past: Past,
    today: date,
    law: Law,
    handed_over: Collection[int] = (),
) -> Account:
    """The account of a letter about these invoices, each with its disputed part and due on the day the law counts.

    The fees of letters about ``handed_over`` count among those before.
    """
    dated = sorted(
        ((item, disputed) for item, disputed in debts if item.due_date is not None and not item.due_assumed),
        key=lambda debt: (debt[0].due_date or date.max, debt[0].id),
    )
    credit = credit_as_payments(credits, [item for item, _ in dated])
    sent = {(step.document, step.sent_on) for step in steps if step.sent_on <= today}
    return Account(
        today=today,
        debtor=debtor_kind(kind),
        currency=currency,
        owed=tuple(_in_time(past.owed(item, disputed, credit.get(item.id, ())), law) for item, disputed in dated),
        steps=tuple(Step(document, on) for document, on in sorted(sent, key=lambda step: (step[1], step[0]))),
        fees_before=past.fees({*(item.id for item, _ in debts), *handed_over}),
        fee_agreed=creditor.fee_agreed,
    )


def _in_time(owed: Owed, law: Law) -> Owed:
    return replace(owed, due=payable_until(law, owed.due))


def _charged(
    judgement: Judgement, creditor: Creditor, law: Law | None, unknown: Reason | None, past: Past, today: date
) -> Judgement:
    letter = judgement.ladder_letter
    if letter is None:
        return judgement
    if law is None:
        return replace(judgement, charged=Charges(reason=unknown))
    case = judgement.case
    listed = _listed(judgement)
    debts = [debt for debt in case.debts if debt.item.id in listed]
    account = account_of(
        creditor,
        kind=case.customer.kind,
        currency=case.currency,
        debts=[(debt.item, debt.disputed_minor) for debt in debts],
        credits=case.credits,
        steps=[step for debt in debts for step in debt.steps],
        past=past,
        today=today,
        law=law,
        handed_over=_handed_over(case),
    )
    return replace(
        judgement, charged=charge(account, law, document=letter.document, fee=letter.fee, interest=letter.interest)
    )
