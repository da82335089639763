"""What the law says of letters at the moment they would leave, from what is known then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from kulant.delivery.gate_facts import LawFacts
from kulant.delivery.gate_known import Known, Listed
from kulant.law import entries as law_entries
from kulant.law.book import Law
from kulant.law.entered import Entered
from kulant.ledger.models import OpenItem
from kulant.ledger.service import disputed_minor
from kulant.treatment import queries as treatment
from kulant.treatment.charged import Past, account_of, law_in_force
from kulant.treatment.charges import charge
from kulant.treatment.deadlines import why_wait
from kulant.treatment.models import Proposal, StepSent
from kulant.treatment.stops import Reason


class LawKnown:
    """What the law asks about the letters of some proposals; each read once, when first asked for."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def facts(self, proposal: Proposal) -> LawFacts:
        """The waits that have not ended, and what the letter charges beside what it may charge today."""
        if proposal.document is None:
            return LawFacts()
        listed = self._known.listed.get(proposal.id, ())
        waits = self._waits(proposal, listed)
        if not proposal.charges:
            return LawFacts(waits=waits)
        charged = _sums(proposal.charges)
        law, unknown = self._law
        if law is None:
            return LawFacts(waits=waits, charged=charged, unknown=unknown.text if unknown else None)
        allowed, refused = self._may_charge(proposal, listed, law)
        return LawFacts(waits=waits, charged=charged, allowed=allowed, unknown=refused)

    def _may_charge(
        self, proposal: Proposal, listed: Listed, law: Law
    ) -> tuple[dict[tuple[str, str], int], str | None]:
        known, debts = self._known, _debts(listed)
        account = account_of(
            known.house.creditor,
            kind=known.customers[proposal.customer_id].kind,
            currency=proposal.currency,
            debts=[(item, disputed_minor(known.disputes.get(item.id), item)) for item in debts],
            credits=[item for row, item in listed if row.asked_minor < 0],
            steps=[step for item in debts for step in self._steps.get(item.id, ())],
            past=self._past,
            today=known.today,
            law=law,
            handed_over=self._handed_over.get((proposal.customer_id, proposal.currency), ()),
        )
        letter = proposal.facts.get("ladder_letter", {})
        now = charge(
            account,
            law,
            document=proposal.document or "",
            fee=letter.get("fee", "none"),
            interest=letter.get("interest", "none"),
        )
        return _sums([line.as_json() for line in now.lines]), now.reason.text if now.reason else None

    def _waits(self, proposal: Proposal, listed: Listed) -> list[Reason]:
        known = self._known
        found = [
            why_wait(
                proposal.document or "",
                country=known.house.creditor.country,
                debtor=known.customers[proposal.customer_id].kind,
                due=item.due_date,
                sent=[(step.document, step.sent_on) for step in self._steps.get(item.id, ())],
                today=known.today,
                entered=self._entered,
            )
            for row, item in listed
            if row.step is not None and item.due_date is not None
        ]
        return [reason for reason in found if reason is not None]

    @cached_property
    def _entered(self) -> tuple[Entered, ...]:
        return law_entries.entered(self._known.session)

    @cached_property
    def _law(self) -> tuple[Law | None, Reason | None]:
        return law_in_force(self._known.house.creditor, self._known.today, self._entered)

    @cached_property
    def _steps(self) -> dict[int, list[StepSent]]:
        ids = {item.id for listed in self._known.listed.values() for _, item in listed}
        return treatment.steps_sent(self._known.session, sorted(ids))

    @cached_property
    def _handed_over(self) -> dict[tuple[int, str], set[int]]:
        return treatment.handed_over(self._known.session, {one.customer_id for one in self._charging})

    @cached_property
    def _past(self) -> Past:
        listed = {item.id for one in self._charging for item in _debts(self._known.listed.get(one.id, ()))}
        gone = {item_id for items in self._handed_over.values() for item_id in items}
        return Past(self._known.session, sorted(listed | gone))

    @property
    def _charging(self) -> list[Proposal]:
        return [proposal for proposal in self._known.proposals.values() if proposal.charges]


def _debts(listed: Listed) -> list[OpenItem]:
    return [item for row, item in listed if row.asked_minor > 0 and item.kind == "invoice"]


def _sums(lines: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        sums[line["kind"], line["invoice"]] += line["amount_minor"]
    return dict(sums)
