"""What a customer's pages show of their account: what is owed, what is looked into, how the plan goes, how to pay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select

from kulant.i18n import Translator
from kulant.ledger import queries as ledger
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Dispute, OpenItem
from kulant.ledger.rules import spread
from kulant.letters import paying
from kulant.plans import queries as plans
from kulant.plans import rules
from kulant.plans.models import Instalment, Plan
from kulant.plans.offering import offers_for
from kulant.plans.service import to_offer
from kulant.plans.states import RUNNING
from kulant.portal import queries
from kulant.portal.visit import Visit

_ACCOUNTS, _DISPUTES = "accounts", "disputes"
RECENT_DAYS = 60  # a completed plan is still shown so long


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan being paid, or paid lately."""

    plan: Plan
    instalments: tuple[Instalment, ...]
    items: tuple[OpenItem, ...]

    @property
    def invoices(self) -> list[str]:
        """The numbers of the invoices it covers."""
        return [item.number for item in self.items]

    @property
    def runs(self) -> bool:
        """Whether it is still being paid."""
        return self.plan.status in RUNNING

    @property
    def total_minor(self) -> int:
        """All payments together."""
        return sum(part.amount_minor for part in self.instalments)

    @property
    def paid_minor(self) -> int:
        """What has been paid on it."""
        return sum(part.paid_minor for part in self.instalments)

    @property
    def next(self) -> rules.Payment | None:
        """The next payment's day and what is left of it."""
        schedule = [(part.due, part.amount_minor) for part in self.instalments]
        return rules.next_payment(schedule, [part.paid_minor for part in self.instalments])


@dataclass(frozen=True, slots=True)
class Account:
    """The customer's account in one currency."""

    claim: plans.Claim
    coming: tuple[OpenItem, ...]  # owed but not yet due
    plan: PlanView | None

    @property
    def currency(self) -> str:
        """The currency of every amount in it."""
        return self.claim.currency

    @property
    def total_minor(self) -> int:
        """What is asked for now, outside any plan."""
        return self.claim.total_minor

    @property
    def owed_minor(self) -> int:
        """What is asked for now with what letters have charged on it; a plan never covers those charges."""
        return self.total_minor + sum(charge.open_minor for charge in self.charges)

    @property
    def charges(self) -> tuple[OpenItem, ...]:
        """Interest and fees that letters have charged; nothing asks for them alone."""
        return self.claim.charges if self.total_minor > 0 else ()

    @property
    def asked(self) -> list[plans.ClaimItem]:
        """Overdue items of which something is asked."""
        return [part for part in self.claim.items if part.asked_minor > 0]

    @property
    def disputed(self) -> list[plans.ClaimItem]:
        """Items of which a part is being looked into."""
        return [part for part in self.claim.items if part.disputed_minor > 0]

    @property
    def active_plan(self) -> PlanView | None:
        """The plan, while it is being paid."""
        return self.plan if self.plan and self.plan.runs else None


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One payment to make: to which account, with which reference, how much, for which invoice."""

    reference_label: str
    reference: str
    amount_minor: int
    invoice: str | None = None
    due: date | None = None


def read_accounts(visit: Visit) -> list[Account]:
    """One account for each currency the customer owes in or has a plan in; read once for a page."""
    if _ACCOUNTS not in visit.memo:
        visit.memo[_ACCOUNTS] = _read(visit)
    accounts: list[Account] = visit.memo[_ACCOUNTS]
    return accounts


def _read(visit: Visit) -> list[Account]:
    """All accounts: four statements, and two more for each plan."""
    session, customer_id = visit.session, visit.customer.id
    items = ledger.open_items(session, customer_id, today=visit.today)
    agreed = plans.agreed_plans(session, customer_id)
    covered = plans.items_in_active_plans(session, customer_id) if agreed else set()
    disputes = {item.id: dispute for dispute, item in disputes_of(visit) if dispute.resolved_on is None}
    found = []
    for currency in queries.currencies(items, agreed) or [visit.creditor.currency]:
        own = [item for item in items if item.currency == currency]
        claim = plans.claim_of(currency, visit.today, items=own, covered=covered, disputes=disputes)
        plan = next((plan for plan in agreed if plan.currency == currency), None)
        coming = tuple(item for item in own if _is_coming(item, visit.today) and item.id not in covered)
        found.append(Account(claim, coming, _plan_view(visit, plan)))
    return found


def _is_coming(item: OpenItem, today: date) -> bool:
    """Owed, but not yet due."""
    due = item.due_date
    return item.open_minor > 0 and item.kind not in CHARGES and due is not None and due >= today


def read_account(visit: Visit) -> Account:
    """The account in the currency asked for, else the one with most need of attention."""
    accounts = read_accounts(visit)
    for account in accounts:
        if account.currency == visit.asked_currency:
            return account
    return next((account for account in accounts if account.total_minor > 0), accounts[0])


def disputes_of(visit: Visit) -> list[tuple[Dispute, OpenItem]]:
    """What the customer disputes, and what was answered lately; the newest first. Read once for a page."""
    if _DISPUTES in visit.memo:
        known: list[tuple[Dispute, OpenItem]] = visit.memo[_DISPUTES]
        return known
    since = visit.today - timedelta(days=RECENT_DAYS)
    rows = visit.session.execute(
        select(Dispute, OpenItem)
        .join(OpenItem, OpenItem.id == Dispute.item_id)
        .where(
            Dispute.customer_id == visit.customer.id,
            or_(Dispute.resolved_on.is_(None), Dispute.resolved_on >= since),
        )
        .order_by(Dispute.id.desc())
    )
    found = [(dispute, item) for dispute, item in rows]
    visit.memo[_DISPUTES] = found
    return found


def _plan_view(visit: Visit, plan: Plan | None) -> PlanView | None:
    if plan is None or plan.status not in (*RUNNING, "completed"):
        return None
    if plan.ended_on and (visit.today - plan.ended_on).days > RECENT_DAYS:
        return None
    instalments = tuple(plans.instalments_of(visit.session, plan.id))
    items = tuple(item for _, item in plans.items_of(visit.session, plan.id))
    return PlanView(plan, instalments, items)


@dataclass(frozen=True, slots=True)
class Way:
    """A plan the customer may choose, by the number it has among those offered."""

    number: int
    offer: rules.Offer


def ways_to_pay(visit: Visit, account: Account) -> list[Way]:
    """The plans the customer may choose from today: those offered to them while they stand, else fresh ones."""
    if account.total_minor <= 0 or account.active_plan:
        return []
    session, customer = visit.session, visit.customer
    standing = plans.current_offer(session, customer.id, account.currency, account.total_minor, visit.today)
    if standing is not None:
        return [Way(row.number, to_offer(row)) for row in plans.offers_of(session, standing.id)]
    fresh = offers_for(
        session,
        creditor=visit.creditor,
        customer=customer,
        currency=account.currency,
        claim_minor=account.total_minor,
        today=visit.today,
    )
    return [Way(number, offer) for number, offer in enumerate(fresh, start=1)]


def payment_lines(visit: Visit, account: Account, t: Translator) -> list[PaymentLine]:
    """How to pay what is owed now: with one reference where one stands for all of it, else invoice by invoice."""
    country = visit.creditor.country
    view = account.active_plan
    lines = []
    if view is not None and view.next is not None:
        due, left = view.next
        label = paying.reference_label(view.plan.reference, country, t)
        lines.append(PaymentLine(label, view.plan.reference, left, due=due))
    asked = account.asked
    if account.total_minor <= 0:
        return lines
    ids = [*(part.item.id for part in asked), *(charge.id for charge in account.charges)]
    shared = queries.reference_for(visit.session, visit.customer.id, account.currency, ids)
    if shared is not None:
        return [*lines, PaymentLine(paying.reference_label(shared, country, t), shared, account.owed_minor)]
    return [*lines, *_by_invoice(account, country, t)]


def _by_invoice(account: Account, country: str, t: Translator) -> Iterator[PaymentLine]:
    """A payment for each invoice by its own reference, with what was charged on it."""
    asked = account.asked
    deducted = dict(spread(account.claim.credits_minor, [(part.item.id, part.asked_minor) for part in asked]))
    charged = Counter({part.item.id: 0 for part in asked})
    oldest = asked[0].item.id
    for charge in account.charges:
        own = charge.belongs_to_id if charge.belongs_to_id in charged else oldest
        charged[own or oldest] += charge.open_minor
    for part in asked:
        reference = part.item.payment_reference or part.item.number
        left = part.asked_minor - deducted.get(part.item.id, 0) + charged[part.item.id]
        if left > 0:
            label = paying.reference_label(reference, country, t)
            yield PaymentLine(label, reference, left, invoice=part.item.number)
