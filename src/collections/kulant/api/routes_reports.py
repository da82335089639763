"""Reports for the business date, each figure traceable to the items behind it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.api.bodies import PlainRoute
from kulant.api.call import Reading
from kulant.api.shapes import AnyShape
from kulant.insight.ageing import ageing_report, items_behind, report_json

router = APIRouter(route_class=PlainRoute, tags=["Reports"])

Trace = Annotated[bool, Query(description="List what is behind each figure.")]


@router.get("/reports/ageing", response_model=AnyShape)
def ageing(call: Reading, trace: Trace = False) -> Response:
    """What is owed by age, per customer and currency, at the business date."""
    with call.looking() as session:
        found = ageing_report(session, call.creditor, call.today)
        behind = items_behind(session, call.creditor, call.today) if trace else None
        return call.show(report_json(found, behind))
