"""Reports for the business date, each figure traceable to what is behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from kulant.api.bodies import PlainRoute
from kulant.api.call import JSON, Call, Reading
from kulant.api.shapes import AnyShape
from kulant.db import reading
from kulant.insight.adherence import plans, plans_json, promises, promises_json
from kulant.insight.ageing import ageing_report, items_behind, owed_json, report_json
from kulant.insight.churn import churn
from kulant.insight.churn_json import churn_json
from kulant.insight.churn_queries import names
from kulant.insight.effect import effect, effect_json
from kulant.insight.forecast import forecast_pieces
from kulant.insight.receivables import cei_json, dso_json, month_ends
from kulant.insight.wrongful import wrongful, wrongful_json

router = APIRouter(route_class=PlainRoute, tags=["Reports"])

Trace = Annotated[bool, Query(description="List what is behind each figure.")]


def _report(call: Call, made: Callable[[Session], dict[str, Any]]) -> Response:
    with call.looking() as session:
        return call.show(made(session))


@router.get("/reports/ageing", response_model=AnyShape)
def ageing(call: Reading, trace: Trace = False) -> Response:
    """What is owed by age, per customer and currency."""
    creditor, today = call.creditor, call.today
    return _report(
        call,
        lambda session: report_json(
            ageing_report(session, creditor, today), items_behind(session, creditor, today) if trace else None
        ),
    )


@router.get("/reports/forecast", response_model=AnyShape)
def forecast(call: Reading, trace: Trace = False) -> Response:
    """What of the open invoices is expected to come in, by week, with a band that four of five weeks fall in.

    It lists every open invoice, so it is sent in pieces and has no ETag.
    """
    creditor, today, url = call.creditor, call.today, call.settings.database_url

    def pieces() -> Any:
        with reading(url) as session:
            yield from forecast_pieces(session, creditor, today, trace=trace)

    return StreamingResponse(pieces(), media_type=JSON)


@router.get("/reports/churn", response_model=AnyShape)
def churned(call: Reading, trace: Trace = False) -> Response:
    """Who left against who came, when that is more than chance, and why."""
    return _report(
        call,
        lambda session: churn_json(
            churn(session, call.creditor, call.today), session if trace else None, call.creditor.id
        ),
    )


@router.get("/reports/relationships", response_model=AnyShape)
def relationships(call: Reading, trace: Trace = False) -> Response:
    """What dunning did to relationships: customers dunned against others as late who were not dunned yet."""

    def made(session: Session) -> dict[str, Any]:
        found = effect(session, call.creditor, call.today)
        ids = {one.customer_id for stage in found.stages for one in stage.dunned} if trace else set()
        return effect_json(found, names(session, call.creditor.id, ids) if trace else None)

    return _report(call, made)


@router.get("/reports/plans", response_model=AnyShape)
def plan_adherence(call: Reading, trace: Trace = False) -> Response:
    """How payment plans are kept, by why the customer was late and by grade."""
    return _report(call, lambda session: plans_json(plans(session, call.creditor, call.today), trace=trace))


@router.get("/reports/promises", response_model=AnyShape)
def promise_adherence(call: Reading, trace: Trace = False) -> Response:
    """How promises to pay are kept, by why the customer was late and by grade."""
    return _report(call, lambda session: promises_json(promises(session, call.creditor, call.today), trace=trace))


@router.get("/reports/wrongful", response_model=AnyShape)
def wrongful_letters(call: Reading, trace: Trace = False) -> Response:
    """Letters that should not have been sent, as the books know it now."""
    return _report(call, lambda session: wrongful_json(wrongful(session, call.creditor, call.today), trace=trace))


@router.get("/reports/dso", response_model=AnyShape)
def dso(call: Reading, trace: Trace = False) -> Response:
    """Days of sales outstanding and the best possible, month by month; the trace is that of the business date."""

    def made(session: Session) -> dict[str, Any]:
        found = month_ends(session, call.creditor, call.today)
        return dso_json(found, call.creditor, call.today) | _open_items(call, session, trace)

    return _report(call, made)


@router.get("/reports/cei", response_model=AnyShape)
def cei(call: Reading, trace: Trace = False) -> Response:
    """How much of what could be collected was, and what stays open month by month."""

    def made(session: Session) -> dict[str, Any]:
        found = month_ends(session, call.creditor, call.today)
        return cei_json(found, call.creditor, call.today) | _open_items(call, session, trace)

    return _report(call, made)


def _open_items(call: Call, session: Session, trace: bool) -> dict[str, Any]:
    return {"trace": owed_json(session, call.creditor, call.today)} if trace else {}
