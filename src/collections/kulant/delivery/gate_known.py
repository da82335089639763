"""What the send gate asks about many letters of one creditor, read at once: few statements, however many they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from kulant.delivery import queries
from kulant.delivery.sending_rules import SendingRules, sending_rules
from kulant.ledger import queries as ledger
from kulant.ledger.models import Contact, Customer, Dispute, OpenItem
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.relationship import queries as relationship
from kulant.relationship.care_queries import late_reasons, standings, strikes_since
from kulant.relationship.models import Hold, Score
from kulant.relationship.models_view import Standing
from kulant.relationship.pressure_queries import contacts
from kulant.relationship.rulebook import RuleBook, rules_of
from kulant.relationship.strikes import counting_since
from kulant.treatment import queries as treatment
from kulant.treatment.models import Proposal, ProposalItem
from kulant.treatment.policies import LadderInForce, ladders_in_force

Listed = Sequence[tuple[ProposalItem, OpenItem]]


@dataclass(frozen=True, slots=True)
class House:
    """What holds for every letter of the creditor."""

    creditor: Creditor
    ladders: Sequence[LadderInForce]
    care: RuleBook
    sending: SendingRules
    newest_bank_data: date | None


def house_of(session: Session, creditor: Creditor) -> House:
    """Reads what holds for every letter of the creditor."""
    return House(
        creditor=creditor,
        ladders=ladders_in_force(session, creditor.id),
        care=rules_of(session, creditor.id),
        sending=sending_rules(session, creditor.id),
        newest_bank_data=ledger.newest_payment_date(session, creditor.id),
    )


class Known:
    """What is known of the customers and debts of some proposals, by customer; each read once, when first asked for."""

    def __init__(
        self,
        session: Session,
        house: House,
        proposals: Collection[Proposal],
        today: date,
        addresses: Collection[str] = (),
    ) -> None:
        self.session, self.house, self.today = session, house, today
        self._addresses = addresses
        self.proposals = {proposal.id: proposal for proposal in proposals}
        self._customer_ids = sorted({proposal.customer_id for proposal in proposals})

    @cached_property
    def customers(self) -> dict[int, Customer]:
        return ledger.customers_by_id(self.session, self._customer_ids)

    @cached_property
    def contacts(self) -> dict[int, Contact]:
        return ledger.primary_contacts(self.session, self._customer_ids)

    @cached_property
    def listed(self) -> dict[int, list[tuple[ProposalItem, OpenItem]]]:
        """What each proposal lists."""
        return treatment.proposal_items(self.session, list(self.proposals))

    @cached_property
    def disputes(self) -> dict[int, Dispute]:
        return ledger.open_disputes(self.session, self._customer_ids)

    @cached_property
    def in_plans(self) -> dict[int, Plan]:
        return treatment.items_in_active_plans(self.session, self._customer_ids)

    @cached_property
    def _holds(self) -> Sequence[Hold]:
        return relationship.holds_in_force(self.session, self._customer_ids, self.today)

    @cached_property
    def customers_held(self) -> dict[int, date]:
        """Until when each customer is on hold."""
        held: dict[int, date] = {}
        for hold in self._holds:
            if hold.item_id is None:
                held[hold.customer_id] = max(hold.until, held.get(hold.customer_id, hold.until))
        return held

    @cached_property
    def items_held(self) -> dict[int | None, date]:
        """Until when each item is on hold."""
        return {hold.item_id: hold.until for hold in self._holds if hold.item_id is not None}

    @cached_property
    def promised(self) -> dict[int, date]:
        """The day of the last promise that is still open."""
        due: dict[int, date] = {}
        for promise in relationship.promises(self.session, self._customer_ids):
            if promise.status == "open" and promise.due >= self.today:
                due[promise.customer_id] = max(promise.due, due.get(promise.customer_id, promise.due))
        return due

    @cached_property
    def complaining(self) -> set[int]:
        concerns = relationship.open_concerns(self.session, self._customer_ids)
        return {concern.customer_id for concern in concerns if concern.kind == "complaint"}

    @cached_property
    def strikes(self) -> dict[int, int]:
        since = counting_since(self.today, self.house.care)
        return strikes_since(self.session, self._customer_ids, since, self.today)

    @cached_property
    def gaps(self) -> set[int]:
        """Who got less than they expected."""
        return queries.open_gaps(self.session, self._customer_ids, self.house.care)

    @cached_property
    def unread(self) -> dict[int, date]:
        """When the oldest reply came that nobody has read."""
        return queries.unread_replies(self.session, self._customer_ids)

    @cached_property
    def late_reasons(self) -> dict[int, str]:
        rows = late_reasons(self.session, self._customer_ids)
        return {customer_id: row.code for customer_id, row in rows.items() if row.set_on <= self.today}

    @cached_property
    def scores(self) -> dict[int, Score]:
        return relationship.scores(self.session, self._customer_ids)

    @cached_property
    def standings(self) -> dict[int, Standing]:
        return standings(self.session, self._customer_ids)

    @cached_property
    def heard(self) -> dict[int, list[date]]:
        """When each customer heard from us, as far back as any ladder counts."""
        caps = [ladder.policy.contact.max_contacts for ladder in self.house.ladders if ladder.policy.contact]
        days = max((cap.days for cap in caps if cap), default=0)
        if not days:
            return {}
        found = contacts(self.session, self._customer_ids, self.today, days)
        return {customer_id: [one.on for one in heard] for customer_id, heard in found.items()}

    @cached_property
    def refused(self) -> dict[str, date]:
        """Those of the addresses that are not written to, and since when."""
        return queries.refused_addresses(self.session, self.house.creditor.id, self._addresses)

    @cached_property
    def credits(self) -> dict[tuple[int, str], int]:
        """Unallocated credit by customer and currency, in minor units below zero."""
        return queries.credits_now(self.session, self._customer_ids, self.today)

    @cached_property
    def loose(self) -> dict[str, list[int]]:
        """Unmatched payments of unknown payers by currency, in minor units above zero."""
        return queries.loose_payments(self.session, self.house.creditor.id)
