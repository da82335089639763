"""The mailbox at the desk: what customers wrote, what came back, addresses that are not written to. Text only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.delivery import mail_queries as queries
from kulant.delivery.coming_back import MEANS as CAME_BACK
from kulant.delivery.models import InboundMail
from kulant.delivery.refused import lift_refusal, refusals
from kulant.delivery.replies import give_mail, mark_read
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.desk.wording import title_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number, customers_by_id
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Viewer, Writer, safe_back

router = APIRouter(prefix="/mail")

SHOWN = 100
KINDS = {
    "hard_bounce": "Came back",
    "soft_bounce": "Late",
    "unsure": "Put away",
    "automatic": "Automatic answer",
    "reply": "Read",
    "unknown": "Read",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with whose it is and what it answers."""

    mail: InboundMail
    customer: Customer | None
    answers: str  # in words; empty when it names no message of ours
    words: str


def _shown(session: Session, mails: Sequence[InboundMail]) -> list[Shown]:
    customers = customers_by_id(session, {mail.customer_id for mail in mails if mail.customer_id is not None})
    ids = [mail.delivery_id for mail in mails if mail.delivery_id is not None]
    kinds = {one.id: one.kind for one in queries.deliveries_by_ids(session, ids)}
    return [
        Shown(
            mail=mail,
            customer=customers.get(mail.customer_id or 0),
            answers=title_of(kinds[mail.delivery_id]) if mail.delivery_id in kinds else "",
            words=KINDS.get(mail.kind, mail.kind),
        )
        for mail in mails
    ]


def _sees_nobodys(viewer: Viewer) -> bool:
    """A message that names no creditor may be anybody's: only who sees them all may read it."""
    return viewer.role == "admin"


@router.get("")
def show(shell: ShellDep, session: Reader, settings: SettingsDep) -> Response:
    """What waits to be read, what came lately, addresses that are not written to."""
    creditor, nobodys = shell.viewer.creditor, _sees_nobodys(shell.viewer)
    waiting = queries.inbound(session, creditor.id, unread=True, with_nobodys=nobodys, limit=SHOWN)
    others = queries.inbound(session, creditor.id, unread=False, with_nobodys=nobodys, limit=SHOWN)
    return shell.page(
        "desk/mailbox.html",
        here="outbox",
        waiting=_shown(session, waiting),
        others=_shown(session, others),
        refused=refusals(session, creditor.id),
        there=settings.imap_url is not None,
    )


@router.post("/{mail_id}/read")
def read(
    act: ActDep, viewer: Writer, settings: SettingsDep, mail_id: RowId,
    means: Annotated[str, Form(max_length=20)] = "", back: Annotated[str, Form()] = "/mail",
) -> Response:  # fmt: skip
    """Somebody has read it; sending to the customer goes on. A report may turn out to be true."""
    mail = queries.mail_by_id(act.session, viewer.creditor.id, mail_id, with_nobodys=_sees_nobodys(viewer))
    mark_read(act, mail=mail, means=means)
    said = "Sending to this customer goes on." if mail.customer_id else ""
    if means in CAME_BACK:
        said = "It came back: a task says what becomes of the letter."
    elif mail.kind == "unsure":
        said = "Nothing is sent for it."
    elif means:
        said = "It is answered on the customer's page; until then nothing automatic goes out."
    return redirect(settings, safe_back(back), Flash("Read.", said))


@router.post("/{mail_id}/give")
def give(
    act: ActDep, viewer: Writer, settings: SettingsDep, mail_id: RowId, customer: Annotated[str, Form(max_length=80)]
) -> Response:
    """A person knows whose message it is."""
    mail = queries.mail_by_id(act.session, viewer.creditor.id, mail_id, with_nobodys=_sees_nobodys(viewer))
    number = customer.strip()
    if not number:
        raise Refusal("no_customer", "Write the number of the customer who sent it.")
    found = customer_by_number(act.session, viewer.creditor.id, number)
    give_mail(act, mail=mail, customer=found)
    return redirect(settings, "/mail", Flash(f"It is {found.name}'s.", "It waits to be read."))


@router.post("/refused/{refused_id}/lift")
def lift(act: ActDep, viewer: Writer, settings: SettingsDep, refused_id: RowId) -> Response:
    """Writes to an address again."""
    found = lift_refusal(act, creditor=viewer.creditor, refused_id=refused_id)
    return redirect(settings, "/mail", Flash(f"{found.address} is written to again."))
