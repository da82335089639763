"""One customer as the desk shows them: what is owed, what they are worth, what is proposed, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from sqlalchemy.orm import Session

from kulant.core.calendar import add_business_days
from kulant.core.money import Money, decimal_string
from kulant.core.words import amount_words, day_words
from kulant.desk import wording
from kulant.desk.care import SHOWN_AS_CARE, Care, shown_care
from kulant.desk.late import ShownLate, shown_late
from kulant.desk.losses import ShownLoss, shown_loss
from kulant.desk.offer import ShownPlan, shown_plans
from kulant.desk.plan_offers import Ways, shown_ways
from kulant.desk.pressure import ShownPressure, shown_pressure
from kulant.desk.proposal import ShownProposal, shown_proposals
from kulant.desk.relationship import ShownRelationship, shown_relationship
from kulant.desk.timeline import BESIDE_THE_CASE, Story, shown_story
from kulant.desk.view import ListView
from kulant.insight.habit import last_invoices
from kulant.ledger import queries as ledger
from kulant.ledger.charges import CHARGES
from kulant.ledger.matching_queries import placed_of
from kulant.ledger.models import Contact, Customer, Dispute, OpenItem
from kulant.people.models import Creditor
from kulant.relationship import queries as relationship
from kulant.relationship.models import Hold, Score
from kulant.settings import Settings
from kulant.treatment import queries as treatment
from kulant.treatment.service import judge_customers
from kulant.treatment.words import charge_words

PROMISE_DAYS = 5  # business days: what the form suggests
HOLD_DAYS = 14
SAID_AT_MOST = 6
PLACED_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A debt or credit in the table."""

    id: int
    number: str
    issue_date: date | None
    due_date: date | None
    days_late: int
    amount_minor: int
    open_minor: int
    currency: str
    state: str
    badge: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that stops letters or needs care, said before anything else."""

    text: str
    tone: str = "care"
    release: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the panel shows."""

    id: int
    number: str
    name: str
    currency: str
    facts: list[str]
    contact: Contact | None
    grade: str | None
    value_12m_minor: int | None
    value_reasons: list[dict[str, str]]
    thin_data: bool
    habit: list[str]
    habit_words: str
    open_minor: int
    overdue_minor: int
    credits_minor: int
    sum_minor: int
    items: list[ShownItem]
    warnings: list[Caution]
    held: str
    disputed: list[dict[str, str]]
    disputable: list[tuple[str, str]]
    proposals: list[ShownProposal]
    why_nothing: list[str]
    plans: list[ShownPlan]
    ways: Ways | None  # of paying in parts, while the form for a plan is open
    placed: Sequence[OpenItem]
    loss: ShownLoss
    relation: ShownRelationship
    late: ShownLate
    care: Care
    pressure: ShownPressure
    story: Story
    overdue_plain: str
    promise_day: date
    hold_day: date

    @property
    def path(self) -> str:
        """The customer's number as a part of an address, whatever signs it has."""
        return quote(self.number, safe="")


def open_case(
    session: Session, creditor: Creditor, number: str, *, settings: Settings, today: date, view: ListView
) -> Case:
    """Everything about the customer of that number; refuses when this creditor has none."""
    customer = ledger.customer_by_number(session, creditor.id, number)
    everything = ledger.open_items(session, customer.id, today=today)
    currency = view.currency or _main_currency(everything, today) or creditor.currency
    items = [item for item in everything if item.currency == currency]
    others = sorted({item.currency for item in everything} - {currency})
    disputes = ledger.open_disputes(session, [customer.id])
    holds = relationship.holds_in_force(session, [customer.id], today)
    score = relationship.scores(session, [customer.id]).get(customer.id)
    overdue = [item for item in items if _days_late(item, today) > 0]
    proposals = shown_proposals(session, customer, view=view, today=today)
    overdue_minor = sum(item.open_minor for item in overdue)
    return Case(
        id=customer.id,
        number=customer.number,
        name=customer.name,
        currency=currency,
        facts=_facts(customer, others),
        contact=ledger.primary_contacts(session, [customer.id]).get(customer.id),
        grade=score.grade if score else None,
        value_12m_minor=score.value_12m_minor if score else None,
        value_reasons=score.reasons if score else [],
        thin_data=score.thin_data if score else False,
        habit=last_invoices(session, customer.id, today),
        habit_words=_habit_words(score),
        open_minor=sum(item.open_minor for item in items if item.open_minor > 0),
        overdue_minor=overdue_minor,
        credits_minor=sum(item.open_minor for item in items if item.open_minor < 0),
        sum_minor=sum(item.open_minor for item in items),
        items=_shown_items(session, items, disputes, today),
        warnings=_warnings(session, customer, holds),
        held=" ".join(f"On hold until {day_words(hold.until)}: {hold.reason}." for hold in holds),
        disputed=[
            {"number": item.number, "reason": disputes[item.id].reason} for item in everything if item.id in disputes
        ],
        disputable=[
            (item.number, f"{item.number} · {amount_words(item.open_minor, item.currency)}")
            for item in items
            if item.open_minor > 0 and item.id not in disputes and item.kind not in CHARGES
        ],
        proposals=proposals,
        why_nothing=[] if proposals else _why_nothing(session, creditor, customer, today),
        plans=shown_plans(session, customer, settings=settings, today=today),
        ways=shown_ways(session, creditor, customer, currency, today) if view.do == "plan" else None,
        loss=shown_loss(session, customer.id),
        relation=shown_relationship(session, creditor, customer, score, today, Money(overdue_minor, currency)),
        late=shown_late(session, customer, today),
        placed=placed_of(session, customer.id, currency, limit=PLACED_AT_MOST),
        care=shown_care(session, creditor, customer, today),
        pressure=shown_pressure(session, creditor=creditor, customer=customer, today=today),
        story=shown_story(session, customer, today=today, limit=BESIDE_THE_CASE),
        overdue_plain=decimal_string(overdue_minor, currency),
        promise_day=add_business_days(today, PROMISE_DAYS, creditor.country),
        hold_day=today + timedelta(days=HOLD_DAYS),
    )


def _main_currency(items: Sequence[OpenItem], today: date) -> str | None:
    """The currency with the oldest debt; the panel shows one account at a time."""
    late = [item for item in items if _days_late(item, today) > 0]
    return (late or items)[0].currency if items else None


def _days_late(item: OpenItem, today: date) -> int:
    return (today - item.due_date).days if item.due_date and item.open_minor > 0 else 0


def _facts(customer: Customer, others: Sequence[str]) -> list[str]:
    kind = "consumer" if customer.kind == "consumer" else ""
    segment = f"segment: {customer.segment}" if customer.segment and customer.segment != kind else ""
    said = [kind, segment, customer.country or ""]
    if customer.customer_since:
        said.append(f"customer since {customer.customer_since.year}")
    if customer.account_manager:
        said.append(f"account manager {customer.account_manager}")
    if others:
        said.append(f"also owes in {', '.join(others)}")
    return [word for word in said if word]


def _why_nothing(session: Session, creditor: Creditor, customer: Customer, today: date) -> list[str]:
    """What stands in the way of a step today, each reason once."""
    judgements = judge_customers(session, creditor=creditor, customer_ids=[customer.id], today=today)
    # "Nothing is overdue" beside an overdue sum would be a lie: what is overdue rests, and its invoices say why.
    resting = any(item.stop for judgement in judgements for item in judgement.items)
    said = [
        reason.text
        for judgement in judgements
        for reason in judgement.reasons
        if not (resting and reason.code == "nothing_due")
    ]
    said += [
        f"{item.debt.item.number}: {reason.text}"
        for judgement in judgements
        for item in judgement.items
        for reason in (item.stop, item.waits)
        if reason is not None
    ]
    return list(dict.fromkeys(said))[:SAID_AT_MOST]


def _habit_words(score: Score | None) -> str:
    if score is None or score.on_time_rate is None:
        return "no paid invoice yet"
    words = f"{score.on_time_rate:.0%} on time".replace("%", "\u00a0%")
    if score.median_days_late and score.median_days_late > 0:
        words += f", usually {score.median_days_late:.0f} days late"
    return words


def _shown_items(
    session: Session, items: Sequence[OpenItem], disputes: dict[int, Dispute], today: date
) -> list[ShownItem]:
    steps = treatment.steps_sent(session, [item.id for item in items])
    invoices = treatment.invoice_numbers(session, items)
    return [
        ShownItem(
            id=item.id,
            number=charge_words(item.kind, invoices.get(item.belongs_to_id or 0)) or item.number,
            issue_date=item.issue_date,
            due_date=item.due_date,
            days_late=_days_late(item, today),
            amount_minor=item.amount_minor,
            open_minor=item.open_minor,
            currency=item.currency,
            state=_state(item, [(step.document, step.sent_on) for step in steps.get(item.id, ())], today),
            badge=_dispute_words(disputes.get(item.id)),
        )
        for item in items
    ]


def _state(item: OpenItem, steps: Sequence[tuple[str, date]], today: date) -> str:
    if item.open_minor < 0:
        return "Credit note" if item.kind == "credit_note" else "Payment to allocate"
    if item.kind in CHARGES and item.issue_date:
        return f"Charged {wording.ago(item.issue_date, today)}"
    if steps:
        document, sent = steps[-1]
        return f"{wording.STEP_WORDS.get(document, document)} sent {wording.ago(sent, today)}"
    return "Overdue" if _days_late(item, today) > 0 else "Not due"


def _dispute_words(dispute: Dispute | None) -> str:
    if dispute is None:
        return ""
    return "Disputed" if dispute.amount_minor is None else "Partly disputed"


def _warnings(session: Session, customer: Customer, holds: Sequence[Hold]) -> list[Caution]:
    said = [Caution(f"On hold until {hold.until:%-d %B}: {hold.reason}", release=True) for hold in holds]
    said += [
        Caution(f"Complaint waiting for an answer since {concern.opened_on:%-d %B}: {concern.text}")
        for concern in relationship.open_concerns(session, [customer.id])
        if concern.kind == "complaint"
    ]
    said += [
        Caution(task.text, tone="accent")
        for task in relationship.open_tasks(session, customer.creditor_id, customer_id=customer.id)
        if task.kind not in SHOWN_AS_CARE
    ]
    if customer.erased_on:
        return [*said, Caution(f"Their personal data was erased on {day_words(customer.erased_on)}.")]
    if customer.no_dunning:
        said.append(Caution("This customer is never reminded automatically."))
    if customer.contact_opt_out:
        said.append(Caution("This customer does not want e-mail; letters go by post."))
    return said
