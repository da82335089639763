"""What needs no ledger: the decision and the law."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from fastapi.responses import Response

from kulant.api.bodies import PlainRoute
from kulant.api.call import Administering, Reading
from kulant.api.given import Facts, FigureGiven, RegimeGiven
from kulant.api.shapes import AnyShape
from kulant.core.errors import NotFound, Refusal
from kulant.law.book import COUNTRIES, law_book, parse, read_law
from kulant.law.claim import claim
from kulant.law.entries import enter, entered, entry_json, set_regime
from kulant.law.overview import as_json, differences
from kulant.law.schema import schema_text
from kulant.treatment.decision import propose

router = APIRouter(route_class=PlainRoute, tags=["Law and decision"])

LARGEST_FACTS = 32 * 2**20

Where = Annotated[str, Path(description="A country with a known law.", json_schema_extra={"enum": list(COUNTRIES)})]


@router.post("/propose", response_model=AnyShape | list[AnyShape])
def decide(
    call: Reading,
    facts: Annotated[
        Facts,
        Body(
            examples=[
                {
                    "today": "2026-11-22",
                    "country": "NO",
                    "customer_kind": "business",
                    "currency": "NOK",
                    "invoices": [{"number": "1001", "due": "2026-10-01", "amount": "12500.00", "open": "12500.00"}],
                }
            ]
        ),
    ],
) -> Response:
    """The pure decision: facts in, treatment out; an array of facts gives an array of answers."""
    return call.compute(lambda: propose(facts, default_today=call.settings.fixed_today))


@router.post("/claim", response_model=AnyShape | list[AnyShape])
def reckon(
    call: Reading,
    facts: Annotated[
        Facts,
        Body(
            examples=[
                {
                    "country": "NO",
                    "debtor": "business",
                    "currency": "NOK",
                    "as_of": "2026-01-31",
                    "invoices": [{"number": "1", "principal": "100000.00", "due": "2025-12-15"}],
                }
            ]
        ),
    ],
) -> Response:
    """The pure law: interest, fees, compensation, waiting times; an array gives an array."""
    return call.compute(lambda: claim(facts, default_today=call.settings.fixed_today))


@router.get("/law", response_model=list[AnyShape])
def laws(call: Reading) -> Response:
    """The figures in force in every country, each with its source and how sure it is."""
    with call.looking() as session:
        rows = entered(session)
    return call.show([as_json(law_book(one, rows), call.settings.today(one)) for one in COUNTRIES])


@router.get("/law/schema", response_model=AnyShape)
def law_schema(call: Reading) -> Response:
    """The JSON Schema of a country's file."""
    return Response(schema_text(), media_type="application/json")


@router.post("/law/check", response_model=AnyShape)
def check_law(call: Reading, file: Annotated[dict[str, Any], Body(examples=[{"yaml": "country: NO"}])]) -> Response:
    """Checks a country's file that a lawyer has edited (`yaml`), and says what it changes."""
    text = file.get("yaml")
    if not isinstance(text, str):
        raise Refusal("bad_law", "give the file's text as yaml", status=422)

    def check() -> dict[str, Any]:
        found = parse(text, "yaml")
        if found.country not in COUNTRIES:
            raise Refusal("no_law", f"{found.country} has no file yet; known are {', '.join(COUNTRIES)}")
        changes = list(differences(read_law(found.country).file, found))
        return {"file": "yaml", "country": found.country, "changes": changes}

    return call.compute(check)


@router.get("/law/{country}", response_model=AnyShape)
def law(call: Reading, country: Where) -> Response:
    """The law of one country, with figures of earlier and later days."""
    with call.looking() as session:
        rows = entered(session)
    return call.show(as_json(law_book(_known(country), rows), call.settings.today(country)))


@router.post("/law/{country}/figures/{figure}", response_model=AnyShape)
def enter_figure(call: Administering, country: Where, figure: str, given: FigureGiven) -> Response:
    """Enters the figure of a new period, confirms one as it stands, or corrects it. Counts from today on."""
    home = _known(country)
    return call.once(
        lambda act: (
            entry_json(enter(act, country=home, what=figure, since=given.since, value=given.value, source=given.source))
            | {"known_to": law_book(home, entered(act.session)).known_to.isoformat()}
        ),
        country=home,
    )


@router.post("/law/{country}/regime", response_model=AnyShape)
def enter_regime(call: Administering, country: Where, given: RegimeGiven) -> Response:
    """Says when a coming law begins that replaces the one in force."""
    home = _known(country)
    return call.once(
        lambda act: (
            entry_json(
                set_regime(act, country=home, since=given.since, source=given.source, not_before=given.not_before)
            )
            | {"known_to": law_book(home, entered(act.session)).known_to.isoformat()}
        ),
        country=home,
    )


def _known(country: str) -> str:
    if country not in COUNTRIES:
        raise NotFound("no_law", f"{country[:20]!r} has no law here; known are {', '.join(COUNTRIES)}")
    return country
