"""What programs are answered, for the description of the API: the same shapes as the command line prints.

The answers themselves are made by the functions that the command line uses; the tests hold both against each other.
Fields may be added at any time, so a reader should pass over what it does not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Money = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["12500.00"])]
Date = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-11-22"])]
Id = Annotated[str, Field(pattern=r"^[0-9]+$", examples=["17"])]

Row = TypeVar("Row")


class Shape(BaseModel):
    """Something Kulant answers."""

    model_config = ConfigDict(extra="allow")


class FieldProblem(Shape):
    """What is wrong with one field."""

    field: str
    code: str
    detail: str
    pointer: str | None = Field(None, description="Where in the body it stands, as a JSON Pointer.")


class Problem(Shape):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:kulant:problem:no_customer"])
    title: str
    status: int
    detail: str = Field(description="One sentence for people: what was wrong and what to do.")
    code: str = Field(description="Stable, for programs.", examples=["no_customer"])
    errors: list[FieldProblem] | None = None


class Page(Shape, Generic[Row]):
    """A part of a list, and the cursor with which it goes on; none at the end."""

    data: list[Row]
    next: str | None


class CodeText(Shape):
    """A reason: a stable code and a sentence."""

    code: str
    text: str


class CreditorShape(Shape):
    """A company that is owed money."""

    code: str
    name: str
    country: str
    currency: str
    language: str


class LetterheadShape(Shape):
    """How a creditor's letters and portal look. ``text_colour``: the colour, or its nearest tone that can be read."""

    colour: str
    text_colour: str
    typeface: str
    logo: dict[str, Any] | None
    return_address: str | None
    window: str | None
    lacks: list[str]


class BalanceShape(Shape):
    """What a customer owes in one currency on the business date."""

    currency: str
    items: int
    open: Money
    overdue: Money
    credits: Money
    oldest_due: Date | None


class CustomerShape(Shape):
    """A customer and what they owe."""

    customer: str
    name: str
    kind: str
    country: str | None
    language: str | None
    email: str | None
    grade: str | None
    balances: list[BalanceShape]


class CustomerDetail(CustomerShape):
    """A customer with the relationship, the holds in force and the promises."""

    relationship: dict[str, Any]
    holds: list[dict[str, Any]]
    promises: list[dict[str, Any]]


class TimelineShape(Shape):
    """Something that happened with a customer."""

    date: Date
    kind: str
    text: str


class ItemShape(Shape):
    """An open item of a customer."""

    item: str
    kind: str
    due: Date | None
    days_late: int
    open: Money


class NoteShape(Shape):
    """A note as it was put on the timeline."""

    customer: str
    date: Date
    kind: str
    text: str


class HoldShape(Shape):
    """A hold."""

    id: Id
    customer: str
    invoice: str | None
    until: Date
    reason: str


class ReleasedShape(Shape):
    """The holds that were ended."""

    customer: str
    invoice: str | None
    released: list[Id]


class DisputeShape(Shape):
    """A dispute."""

    id: Id
    invoice: str
    amount: Money
    reason: str


class ResolvedShape(Shape):
    """How many disputes, complaints or requests were closed."""

    customer: str
    invoice: str | None
    outcome: str
    resolved: int


class PromiseShape(Shape):
    """A promise to pay."""

    id: Id
    customer: str
    amount: Money
    currency: str
    due: Date
    status: str


class OfferShape(Shape):
    """One way to pay."""

    id: str
    instalments: int
    first_due: Date
    amounts: list[Money]
    total: Money
    interest: Money


class OffersShape(Shape):
    """A plan's offers and the link that shows them to the customer."""

    id: Id
    link: str | None
    offers: list[OfferShape]


class InstalmentShape(Shape):
    """One payment of a plan."""

    due: Date
    amount: Money
    paid: Money


class PlanShape(Shape):
    """A payment plan and what was paid of it."""

    id: Id
    status: str
    currency: str
    reference: str | None
    claim: Money
    left: Money
    beside: Money  # owed beside the plan: paid before it, and taken back since
    misses: int
    approval: str | None
    replaces: str | None
    instalments: list[InstalmentShape]
    offers: list[dict[str, Any]]
    changes: list[dict[str, Any]]


class RejectionShape(Shape):
    """A row that was not taken in."""

    row: int
    field: str
    value: str | None
    error: str


class InteractionsTaken(Shape):
    """What became of the contacts."""

    created: int
    updated: int
    unchanged: int
    rejected: list[RejectionShape]


class ImportShape(Shape):
    """An import: how far it is and what became of it."""

    id: Id | None = Field(description="None for a dry run, of which nothing is kept.")
    file: str
    format: str | None
    status: Literal["waiting", "running", "done", "failed"]
    rows_done: int
    rows_total: int | None
    problem: str | None
    result: dict[str, Any] | None = Field(description="When done: what `kulant import --json` prints.")


class PaymentShape(Shape):
    """A payment."""

    payment: str
    customer: str | None
    amount: Money
    left: Money
    currency: str


class PlacedShape(PaymentShape):
    """A payment and what it pays now."""

    pays: list[dict[str, Any]]


class AnyShape(Shape):
    """As the command line prints it; documented with the command."""
