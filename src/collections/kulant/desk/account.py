"""The books of a customer: their statement, the items behind a figure, how an item's figure came about, the ageing."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.desk.shell import ShellDep
from kulant.desk.wording import STEP_WORDS
from kulant.insight.ageing import AGES, ageing_report, items_behind
from kulant.insight.item_history import history
from kulant.insight.plan_ages import in_currency
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.ledger.statement import currencies, period, statement
from kulant.ledger.trace import item_by_id
from kulant.letters.statement import customer_statement
from kulant.people.models import Creditor
from kulant.people.service import check_currency
from kulant.plans.late_plans import plan_age
from kulant.plans.queries import instalments_of, plan_of_item
from kulant.transaction import doing
from kulant.web.deps import Reader, RowId, SettingsDep, ViewerDep

router = APIRouter()

KIND_WORDS = {
    "invoice": "Invoice",
    "credit_note": "Credit note",
    "payment": "Payment",
    "chargeback": "Payment returned",
    "refund": "Paid back",
    "fee": "Fee",
    "interest": "Interest",
    "compensation": "Compensation",
    "write_off": "Written off",
    "deduction": "Deduction",
    "transfer": "Moved",
}
# Kulant's own postings have numbers that say nothing to people; what they stand on does.
OWN = ("fee", "interest", "compensation", "write_off", "deduction", "transfer", "refund")
AGE_WORDS = dict(
    zip(AGES, ("not due", "1–30 days", "31–60 days", "61–90 days", "over 90 days", "credits"), strict=True)
)
MOST_LISTED = 500

From = Annotated[str, Query(alias="from", max_length=10)]
To = Annotated[str, Query(alias="to", max_length=10)]
Currency = Annotated[str, Query(max_length=3)]


def read_date(text: str, name: str) -> date | None:
    """A day of the address; nothing where it is left out."""
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError:
        raise Refusal("bad_date", f"'{name}' is {text!r}; write the date as YYYY-MM-DD") from None


def _chosen(session: Session, creditor: Creditor, customer: Customer, currency: str) -> tuple[str, list[str]]:
    """The currency to show, and all the customer has an account in."""
    known = currencies(session, customer)
    if currency:
        return check_currency(currency), known
    return creditor.currency if creditor.currency in known or not known else known[0], known


@router.get("/customers/{number:path}/statement")
def show_statement(
    shell: ShellDep, session: Reader, number: str, first: From = "", last: To = "", currency: Currency = ""
) -> Response:
    """How the balance came about over a period."""
    creditor = shell.viewer.creditor
    customer = customer_by_number(session, creditor.id, number)
    chosen, known = _chosen(session, creditor, customer, currency)
    days = period(shell.today, read_date(first, "from"), read_date(last, "to"))
    found = statement(session, creditor, customer, chosen, *days)
    path = f"/customers/{quote(customer.number, safe='')}/statement"
    asked = {"from": days[0].isoformat(), "to": days[1].isoformat()}
    return shell.page(
        "desk/statement.html",
        here="overdue",
        customer=customer,
        statement=found,
        kinds=KIND_WORDS,
        own=OWN,
        path=path,
        pdf=f"{path}.pdf?{urlencode(asked | {'currency': chosen})}",
        others=[(one, f"{path}?{urlencode(asked | {'currency': one})}") for one in known if one != chosen],
        ages=list(zip(AGES, AGE_WORDS.values(), (*found.ageing.buckets, found.ageing.credits), strict=True)),
    )


@router.get("/customers/{number:path}/statement.pdf")
def statement_pdf(
    viewer: ViewerDep, settings: SettingsDep, number: str, first: From = "", last: To = "", currency: Currency = ""
) -> Response:
    """The statement as a PDF in the customer's language. Nothing is sent; that it was taken is in the audit trail."""
    with doing(settings, actor=viewer.name, country=viewer.creditor.country) as act:
        creditor = viewer.creditor
        customer = customer_by_number(act.session, creditor.id, number)
        chosen, _ = _chosen(act.session, creditor, customer, currency)
        days = period(act.today, read_date(first, "from"), read_date(last, "to"))
        drawn = customer_statement(act.session, creditor=creditor, customer=customer, currency=chosen, period=days)
        act.tell(
            Event(
                "statement_downloaded",
                f"Statement of account of {customer.number} in {chosen} from {days[0]} to {days[1]} downloaded.",
                creditor_id=creditor.id,
                data={"customer": customer.number, "currency": chosen, "sha256": drawn.sha256},
            )
        )
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in customer.number)
    name = f"statement-{plain}-{chosen}-{days[1]}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(drawn.pdf, media_type="application/pdf", headers=headers)


@router.get("/items/{item_id}")
def show_item(shell: ShellDep, session: Reader, item_id: RowId) -> Response:
    """How this figure came about."""
    item = item_by_id(session, shell.viewer.creditor.id, item_id)
    plan = plan_of_item(session, item.id)
    return shell.page(
        "desk/item.html",
        here="overdue",
        history=history(session, item),
        kinds=KIND_WORDS,
        own=OWN,
        steps=STEP_WORDS,
        plan=plan,
        plan_days=plan_age(instalments_of(session, plan.id), shell.today) if plan else 0,
    )


@router.get("/figures")
def show_figure(
    shell: ShellDep,
    session: Reader,
    customer: Annotated[str, Query(max_length=80)] = "",
    currency: Currency = "",
    age: Annotated[str, Query(max_length=10)] = "",
    on: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The items a figure is the sum of."""
    creditor = shell.viewer.creditor
    whose = customer_by_number(session, creditor.id, customer) if customer else None
    day = read_date(on, "on") or shell.today
    found = items_behind(
        session,
        creditor,
        day,
        currency=check_currency(currency or creditor.currency),
        customer_ids=[whose.id] if whose else None,
        age=age or None,
    )
    return shell.page(
        "desk/figure.html",
        here="overdue" if whose else "books",
        customer=whose,
        currency=currency or creditor.currency,
        age=AGE_WORDS.get(age, ""),
        day=day,
        items=found[:MOST_LISTED],
        count=len(found),
        total_minor=sum(one.open_minor for one in found),
        kinds=KIND_WORDS,
        own=OWN,
    )


@router.get("/reports/ageing")
def show_ageing(shell: ShellDep, session: Reader, on: Annotated[str, Query(max_length=10)] = "") -> Response:
    """What is owed by age; each figure leads to its items."""
    day = read_date(on, "on") or shell.today
    if day > shell.today:
        raise Refusal("not_yet", f"the report can be had for the business date ({shell.today}) and days before it")
    report = ageing_report(session, shell.viewer.creditor, day, now=day == shell.today)
    return shell.page(
        "desk/ageing.html",
        here="books",
        report=report,
        lines=report.lines[:MOST_LISTED],
        ages=list(AGE_WORDS.items()),
        plans={one.currency: in_currency(report.plans, one.currency) for one in report.sums},
    )
