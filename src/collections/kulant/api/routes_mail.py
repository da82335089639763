"""What came to the mailbox: replies that wait to be read, addresses that are not written to."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Reading
from kulant.api.given import Given, Text
from kulant.api.parts import Identity
from kulant.api.shapes import AnyShape
from kulant.db import Act
from kulant.delivery import mail_queries as queries
from kulant.delivery.mail_views import mail_json, mails_json, refusal_json
from kulant.delivery.refused import lift_refusal, refusals
from kulant.delivery.replies import mark_read

router = APIRouter(route_class=PlainRoute, tags=["Mailbox"])


class MailRead(Given):
    """What a message turned out to be; the last two are said of a report that names no message of ours."""

    means: Literal["request", "complaint", "came_back", "wrong_address"] | None = None
    text: Text | None = Field(default=None, description="What it asks for; else the beginning of the message.")


@router.get("/mail", response_model=list[AnyShape])
def unread(call: Reading) -> Response:
    """Messages that wait for somebody to read them, oldest first, at most a hundred."""
    with call.looking() as session:
        return call.show(mails_json(session, queries.inbound(session, call.creditor.id, unread=True)))


@router.post("/mail/{number}/read", response_model=AnyShape)
def read(call: Acting, number: Identity, given: MailRead) -> Response:
    """Somebody has read it: sending to the customer goes on. A request or complaint then waits for an answer."""

    def work(act: Act) -> dict[str, Any]:
        mail = queries.mail_by_id(act.session, call.creditor.id, int(number))
        mark_read(act, mail=mail, means=given.means or "", words=given.text or "")
        return mail_json(mail, queries.customer_of(act.session, mail))

    return call.once(work)


@router.get("/refused-addresses", response_model=list[AnyShape])
def refused(call: Reading) -> Response:
    """E-mail addresses that are not written to, newest first."""
    with call.looking() as session:
        return call.show([refusal_json(one) for one in refusals(session, call.creditor.id)])


@router.post("/refused-addresses/{number}/lift", response_model=AnyShape)
def lift(call: Acting, number: Identity) -> Response:
    """Writes to an address again."""
    return call.once(lambda act: refusal_json(lift_refusal(act, creditor=call.creditor, refused_id=int(number))))
