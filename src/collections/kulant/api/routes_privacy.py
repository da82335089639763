"""Personal data: a copy of everything kept about a customer, erasure, what goes when its time is over."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from kulant.api.bodies import PlainRoute
from kulant.api.call import Administering
from kulant.api.given import Given
from kulant.api.parts import CustomerNumber
from kulant.api.shapes import AnyShape
from kulant.db import Act
from kulant.delivery.privacy import What, erase, find_customer, outlook, take_in_again
from kulant.delivery.privacy_export import Subject, blocks_of, json_file, tell_of_export, zip_file
from kulant.delivery.privacy_files import throw_away
from kulant.delivery.privacy_purge import purge
from kulant.delivery.privacy_views import erasure_json, outlook_json
from kulant.letters.storage import open_storage, open_uploads

router = APIRouter(route_class=PlainRoute, tags=["Personal data"])


class ErasureGiven(Given):
    """Why somebody is erased, and how much of them."""

    reason: str = Field(min_length=1, max_length=1000, description="Why, e.g. that they asked for it and on which day.")
    what: What = Field(default="all", description="`contact`: only e-mail, telephone and contact persons.")


class ReadmissionGiven(Given):
    """Why an erased customer is one again."""

    reason: str = Field(min_length=1, max_length=1000)


COPY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The copy.",
        "content": {
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


@router.get("/customers/{customer:path}/personal-data", response_class=Response, responses=COPY)
def personal_data(
    call: Administering,
    customer: CustomerNumber,
    format: Annotated[Literal["zip", "json"], Query(description="With the documents, or the data alone.")] = "zip",
) -> Response:
    """Everything kept about a customer; that it was taken is in the audit trail."""
    secret, url = call.settings.secret_key(), call.settings.storage_url
    with call.doing() as act:
        tell_of_export(act, find_customer(act.session, call.creditor, customer, secret))
    with call.looking() as session:
        found = find_customer(session, call.creditor, customer, secret)
        subject = Subject(session, call.creditor, found, call.today, open_storage(url), open_uploads(url))
        file = json_file(subject) if format == "json" else zip_file(subject)
    name = f'attachment; filename="personal-data.{format}"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingResponse(blocks_of(file), media_type=f"application/{format}", headers=headers)


@router.get("/customers/{customer:path}/erasure", response_model=AnyShape)
def erasure_outlook(
    call: Administering,
    customer: CustomerNumber,
    what: Annotated[What, Query(description="`contact`: only e-mail, telephone and contact persons.")] = "all",
) -> Response:
    """What stands in the way of an erasure, what would go and what is kept, until when and by which rule."""
    with call.looking() as session:
        found = find_customer(session, call.creditor, customer, call.settings.secret_key())
        return call.show(outlook_json(found, outlook(session, call.creditor, found, call.today, what=what), call.today))


@router.post("/customers/{customer:path}/erasure", response_model=AnyShape)
def erasure(call: Administering, customer: CustomerNumber, given: ErasureGiven) -> Response:
    """Erases a customer's personal data, within what bookkeeping law wants kept. Refused while a claim is open."""
    secret = call.settings.secret_key()

    def work(act: Act) -> dict[str, Any]:
        found = find_customer(act.session, call.creditor, customer, secret)
        again = found.erased_on is not None
        done = erase(act, creditor=call.creditor, customer=found, reason=given.reason, secret=secret, what=given.what)
        return erasure_json(done, again=again)

    answer = call.once(work)
    throw_away(call.settings, actor="erasure", country=call.creditor.country)
    return answer


@router.post("/customers/{customer:path}/readmission", response_model=AnyShape)
def readmission(call: Administering, customer: CustomerNumber, given: ReadmissionGiven) -> Response:
    """Takes an erased customer in again, under the number they have in your own system."""

    def work(act: Act) -> dict[str, Any]:
        secret = call.settings.secret_key()
        taken = take_in_again(act, creditor=call.creditor, number=customer, reason=given.reason, secret=secret)
        return {"customer": taken.number, "date": act.today.isoformat()}

    return call.once(work)


@router.post("/privacy/purge", response_model=AnyShape)
def purge_now(call: Administering) -> Response:
    """Removes what was kept of erased customers and whose time is over. The daily run does the same."""

    def work(act: Act) -> dict[str, Any]:
        return {"date": act.today.isoformat(), "purged": purge(act, creditor=call.creditor)}

    answer = call.once(work)
    throw_away(call.settings, actor="erasure", country=call.creditor.country)
    return answer
