"""Call mode: one customer at a time, with the facts, the words to use, what may be granted, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant import i18n
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.delivery.calls import OUTCOMES, UNREACHED, Ended, Hour, end_call, hour_of
from kulant.desk.acts import invoice_of, read_minor, required_day
from kulant.desk.case import Case, open_case
from kulant.desk.flash import Flash, redirect
from kulant.desk.plan_offers import Ways, shown_ways
from kulant.desk.shell import ShellDep
from kulant.desk.view import ListView
from kulant.insight.call_list import CallToMake, calls_to_make
from kulant.ledger import queries as ledger
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import open_dispute
from kulant.letters.call_guide import Matter, Parts, Step, guide
from kulant.people.models import Creditor
from kulant.people.service import check_currency
from kulant.plans.links import make_link
from kulant.plans.service import make_offers
from kulant.relationship import queries as relationship
from kulant.relationship import service
from kulant.relationship.from_customer import answer_by, ask_for_help
from kulant.relationship.why_late import UNKNOWN, WORDS
from kulant.settings import Settings
from kulant.web.deps import ActDep, Reader, SettingsDep, Viewer, Writer

router = APIRouter()

# The parts of the guide as the clerk reads them.
PARTS = {
    "greet": "Say who you are", "mend": "Our own faults first", "care": "The relationship before the money",
    "matter": "What it is about", "why": "Why, and listen", "agree": "What both can keep", "close": "To end with",
}  # fmt: skip
MOMENTS = 5
_REASONS = [(code, words) for code, words in WORDS.items() if code != "hardship"]  # that has an ending of its own

Text = Annotated[str, Form(max_length=4000)]
Line = Annotated[str, Form(max_length=80)]


@dataclass(frozen=True, slots=True)
class Said:
    """A part of the guide: what it is for, the words in the customer's language, and in English where that differs."""

    title: str
    words: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One call, ready to be made."""

    case: Case
    why: str
    tries: int
    language: str
    language_name: str
    hour: Hour
    guide: list[Said]
    ways: Ways
    grants: list[str]
    reason: str


@router.get("/calls")
def show(
    shell: ShellDep, session: Reader, settings: SettingsDep,
    customer: Annotated[str, Query(max_length=80)] = "", do: Annotated[str, Query(max_length=20)] = "",
) -> Response:  # fmt: skip
    """The calls of today, and one of them: the one asked for, else the most urgent."""
    viewer, today = shell.viewer, shell.today
    calls = calls_to_make(session, viewer.creditor, today)
    number = customer or next((one.number for one in calls if one.later is None), "")
    chosen = next((one for one in calls if one.number == number), None)
    call = None
    if number:
        view = ListView(customer=number)
        case = open_case(session, viewer.creditor, number, settings=settings, today=today, view=view)
        call = _shown(session, viewer, case, chosen, today)
    return shell.page(
        "desk/calls.html", here="calls", calls=calls, call=call, outcomes=list(OUTCOMES.items()), unreached=UNREACHED,
        do=do if do in OUTCOMES and do not in UNREACHED else "", moments=MOMENTS, reasons=_REASONS,
    )  # fmt: skip


def _shown(session: Session, viewer: Viewer, case: Case, chosen: CallToMake | None, today: date) -> ShownCall:
    creditor = viewer.creditor
    customer = ledger.customer_by_number(session, creditor.id, case.number)
    ways = shown_ways(session, creditor, customer, case.currency, today)
    items = ledger.open_items(session, customer.id, today=today, currency=case.currency)
    matter = _matter(session, viewer, customer, case, items, ways, today)
    language = i18n.fallback(i18n.language_of(customer.language, customer.country, creditor.language))
    return ShownCall(
        case=case,
        why=chosen.why if chosen else "",
        tries=chosen.tries if chosen else 0,
        language=language,
        language_name=i18n.LANGUAGES_BY_NAME[language],
        hour=hour_of(session, creditor=creditor, customer=customer, today=today, now=datetime.now(UTC)),
        guide=_in_both(guide(matter, i18n.translator(language)), guide(matter, i18n.translator("en"))),
        ways=ways,
        grants=_grants(case, items, viewer),
        reason=case.late.code if case.late.said else "",
    )


def _matter(
    session: Session, viewer: Viewer, customer: Customer, case: Case, items: Sequence[OpenItem], ways: Ways, today: date
) -> Matter:
    late = [item for item in items if item.due_date is not None and item.due_date < today and item.open_minor > 0]
    claims = [item for item in late if item.kind not in CHARGES] or late
    oldest = claims[0] if claims else None
    promises = [one for one in relationship.promises(session, [customer.id]) if one.currency == case.currency]
    broken = bool(promises) and max(promises, key=lambda one: (one.made_on, one.id)).status == "broken"
    concerns = relationship.open_concerns(session, [customer.id])
    person = case.contact.name if case.contact and case.contact.name else None
    return Matter(
        clerk=viewer.display_name,
        creditor=viewer.creditor.name,
        person=customer.name if customer.kind == "consumer" else person,
        reason=_reason(case),
        invoices=len(claims),
        number=oldest.number if oldest else "",
        due=oldest.due_date if oldest else None,
        overdue_minor=case.overdue_minor,
        currency=case.currency,
        answer_by=answer_by(today, viewer.creditor.country),
        wronged=bool(case.care.strikes),
        waits_for_us=bool(concerns),
        overlooked=bool(case.relation.danger),
        promise_broken=broken,
        plan_late=any(plan.days_late for plan in case.plans),
        parts=_parts(ways),
    )


def _reason(case: Case) -> str:
    """What was said, else what most speaks for."""
    if case.late.said:
        return case.late.code
    return case.late.likely[0].code if case.late.likely else UNKNOWN


def _parts(ways: Ways) -> Parts | None:
    """The way with the most payments, for it asks for the least each time."""
    longest = max(ways.shown, key=lambda way: way.payments, default=None)
    if longest is None or longest.payments < 2:
        return None
    return Parts(count=longest.payments, smallest_minor=longest.smallest_minor, extra_minor=longest.extra_minor)


def _in_both(theirs: Sequence[Step], english: Sequence[Step]) -> list[Said]:
    return [
        Said(PARTS[step.code], _beside(step.words, other.words)) for step, other in zip(theirs, english, strict=True)
    ]


def _beside(words: Sequence[str], english: Sequence[str]) -> list[tuple[str, str]]:
    return [(said, "" if said == plain else plain) for said, plain in zip(words, english, strict=True)]


def _grants(case: Case, items: Sequence[OpenItem], viewer: Viewer) -> list[str]:
    """What may be granted besides a plan, in words."""
    fees = sum(item.open_minor for item in items if item.kind in CHARGES and item.open_minor > 0)
    waiver = next((one for each in case.proposals for one in each.options if one.treatment == "fee_waiver"), None)
    said = [f"A day to pay of their own: nothing is sent before it has passed. Usual: {day_words(case.promise_day)}."]
    if fees:
        cap = f" It may cost {waiver.cap}." if waiver is not None and waiver.cap else ""
        allowed = "may be dropped" if waiver is None or waiver.allowed else "stay, unless you say why"
        said.append(f"Fees and interest of {amount_words(fees, case.currency)} {allowed}.{cap}")
    said.append(f"A pause: nothing is sent until {day_words(case.hold_day)}, or another day you say.")
    above = "you may approve" if viewer.may_manage else "a manager has to approve"
    said.append(f"What goes beyond the limits of plans, {above}.")
    return said


@router.post("/customers/{number:path}/call")
def end(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    outcome: Annotated[str, Form(max_length=20)], words: Text = "", reason: Line = "",
    amount: Line = "", currency: Annotated[str, Form(max_length=3)] = "", due: Line = "",
    invoice: Line = "", part: Line = "", phone: Line = "",
) -> Response:  # fmt: skip
    """How the call ended, and what follows from it; then the next one."""
    customer = ledger.customer_by_number(act.session, viewer.creditor.id, number)
    told = "They cannot manage this now; a person helps them." if outcome == "hardship" else words
    end_call(act, creditor=viewer.creditor, customer=customer, ended=Ended(outcome=outcome, words=told, reason=reason))
    if outcome == "promised":
        minor, day = read_minor(amount, check_currency(currency)), required_day(due, "by when they pay")
        service.make_promise(act, customer=customer, currency=currency, amount_minor=minor, due=day)
        said = Flash("Promise recorded.", f"Nothing is sent to {customer.name} before {day_words(day)} has passed.")
    elif outcome == "plan":
        return _offer(act, viewer.creditor, customer, currency, settings)
    elif outcome == "dispute":
        item = invoice_of(act, viewer, customer, invoice)
        minor_part = read_minor(part, item.currency) if part.strip() else None
        open_dispute(act, item=item, amount_minor=minor_part, reason=words)
        said = Flash(f"Invoice {item.number} is disputed.", "That part is not asked for.")
    elif outcome == "hardship":
        ask_for_help(act, creditor=viewer.creditor, customer=customer, phone=phone, words=words)
        said = Flash(f"Nothing goes out to {customer.name} for now.", "Their words are read by whoever helps them.")
    elif outcome in UNREACHED:
        said = Flash(f"{OUTCOMES[outcome]}: {customer.name}.", "They come back on the next working day.")
    else:
        said = Flash(f"Call with {customer.name} recorded.")
    return redirect(settings, "/calls", said)


def _offer(act: Act, creditor: Creditor, customer: Customer, currency: str, settings: Settings) -> Response:
    """Makes the ways of paying and opens them: read out, one of them is agreed there and then."""
    offered = make_offers(act, creditor=creditor, customer=customer, currency=check_currency(currency))
    make_link(act, secret=settings.secret_key(), customer=customer, plan=offered)
    said = Flash("The offers are ready.", "Read them out; the one they choose is agreed here. g c: the next call.")
    return redirect(settings, f"/plans/{offered.id}", said)
