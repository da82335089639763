"""What the law says of a letter at the moment it would leave, from what is known then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kulant.db import Act
from kulant.delivery.gate import LawFacts
from kulant.law import entries as law_entries
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.ledger.service import disputed_minor
from kulant.people.models import Creditor
from kulant.treatment import queries as treatment
from kulant.treatment.charged import Past, account_of, law_in_force
from kulant.treatment.charges import charge
from kulant.treatment.deadlines import why_wait
from kulant.treatment.models import Proposal, ProposalItem, StepSent
from kulant.treatment.stops import Reason

Listed = Sequence[tuple[ProposalItem, OpenItem]]


def law_facts(
    act: Act,
    *,
    creditor: Creditor,
    customer: Customer,
    proposal: Proposal,
    listed: Listed,
    disputes: Mapping[int, Dispute],
) -> LawFacts:
    """The waits that have not ended, and what the letter charges beside what it may charge today."""
    if proposal.document is None:
        return LawFacts()
    debts = [item for row, item in listed if row.asked_minor > 0 and item.kind == "invoice"]
    steps = treatment.steps_sent(act.session, [item.id for item in debts])
    waits = _waits(act, creditor, customer, proposal, listed, steps)
    if not proposal.charges:
        return LawFacts(waits=waits)
    law, unknown = law_in_force(creditor, act.today, law_entries.entered(act.session))
    if law is None:
        return LawFacts(waits=waits, charged=_sums(proposal.charges), unknown=unknown.text if unknown else None)
    gone = treatment.handed_over(act.session, customer.id, proposal.currency)
    account = account_of(
        creditor,
        kind=customer.kind,
        currency=proposal.currency,
        debts=[(item, disputed_minor(disputes.get(item.id), item)) for item in debts],
        credits=[item for row, item in listed if row.asked_minor < 0],
        steps=[step for item in debts for step in steps.get(item.id, ())],
        past=Past(act.session, [*(item.id for item in debts), *gone]),
        today=act.today,
        law=law,
        handed_over=gone,
    )
    letter = proposal.facts.get("ladder_letter", {})
    now = charge(
        account,
        law,
        document=proposal.document,
        fee=letter.get("fee", "none"),
        interest=letter.get("interest", "none"),
    )
    return LawFacts(
        waits=waits,
        charged=_sums(proposal.charges),
        allowed=_sums([line.as_json() for line in now.lines]),
        unknown=now.reason.text if now.reason else None,
    )


def _waits(
    act: Act,
    creditor: Creditor,
    customer: Customer,
    proposal: Proposal,
    listed: Listed,
    steps: Mapping[int, Sequence[StepSent]],
) -> list[Reason]:
    entered = law_entries.entered(act.session)
    found = [
        why_wait(
            proposal.document or "",
            country=creditor.country,
            debtor=customer.kind,
            due=item.due_date,
            sent=[(step.document, step.sent_on) for step in steps.get(item.id, ())],
            today=act.today,
            entered=entered,
        )
        for row, item in listed
        if row.step is not None and item.due_date is not None
    ]
    return [reason for reason in found if reason is not None]


def _sums(lines: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        sums[line["kind"], line["invoice"]] += line["amount_minor"]
    return dict(sums)
