"""What programs may send, field by field. Anything else is refused, so that a misspelt field is not lost in silence."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kulant.core.calendar import read_day
from kulant.i18n import LanguageCode
from kulant.intake.values import INTERACTION_KINDS
from kulant.relationship.service import NOTE_KINDS


def _read_day(value: object) -> date:
    if not isinstance(value, str):
        raise ValueError("write the date as YYYY-MM-DD")
    return read_day(value)


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("some words are needed")
    return text


Day = Annotated[date, BeforeValidator(_read_day), Field(examples=["2026-12-01"])]
Amount = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$",
        description="Decimal digits as text, never a number.",
        examples=["1250.00"],
    ),
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["NOK"])]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["NO"])]
Text = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_said)]
Number = Annotated[str, Field(min_length=1, max_length=120)]


class Given(BaseModel):
    """Something a program sends."""

    model_config = ConfigDict(extra="forbid", strict=False)


class NewNote(Given):
    """A note for the timeline; a complaint or request waits for an answer."""

    kind: Annotated[str, Field(json_schema_extra={"enum": list(NOTE_KINDS)}, examples=["call"])]
    text: Text = Field(examples=["Called; they will look for the invoice."])
    direction: Literal["in", "out"] | None = Field(None, description="in: they came to us; out: we went to them.")
    owner: Annotated[str, Field(max_length=120)] = Field("", description="Who answers a complaint or request.")
    answer_by: Day | None = Field(None, description="By default what the rules say.")


class NewHold(Given):
    """Nothing goes out until that day, which is the last one it holds."""

    until: Day
    reason: Text = Field(examples=["Delivery is being looked into."])


class NewDispute(Given):
    """The disputed part of an invoice; all of it when no amount is given."""

    reason: Text = Field(examples=["Two boxes were missing."])
    amount: Amount | None = None


class Outcome(Given):
    """How it ended; `our_error` counts as a strike against us."""

    outcome: Text = Field(default="resolved", examples=["put right"])
    our_error: bool = False


class ConcernsOutcome(Outcome):
    """`ended`: of a complaint."""

    ended: Literal["put_right", "explained", "rejected"] | None = None


class NewCommitment(Given):
    """What we promised, and the day by which it is done."""

    text: Text = Field(examples=["Send the missing boxes."])
    date: Day
    owner: Annotated[str, Field(max_length=120)] = Field("", description="Who keeps it.")


class Because(Given):
    """Why, where there is something to say."""

    reason: Annotated[str, Field(max_length=4000)] = ""


class NewStrike(Given):
    """A mistake of ours."""

    text: Text = Field(examples=["Invoiced twice."])
    code: Annotated[str, Field(max_length=30)] = "invoice_error"
    date: Day | None = Field(None, description="When; today unless said otherwise.")


class RulesGiven(Given):
    """Rules of care by name; those not named stay as they are."""

    rules: dict[str, Any]
    why: Text = "set by a program"


class NewPromise(Given):
    """What the customer promised to have paid by that day; the currency is the one they owe in longest."""

    amount: Amount
    date: Day
    currency: Currency | None = None


class Reason(Given):
    """Why; kept on the timeline."""

    reason: Text = Field(examples=["agreed on the phone"])


class Cancelling(Given):
    """Why the plan ends."""

    reason: Text = "cancelled by the creditor"


class PlaceFor(Given):
    """An invoice a payment pays, and how much of it; in the order in force when no amounts are given."""

    invoice: Number
    amount: Amount | None = None


class Place(Given):
    """Where a payment belongs: the invoices it pays, or the customer whose credit it is."""

    invoices: Annotated[list[PlaceFor], Field(max_length=500)] = []
    customer: Number | None = None


class Moving(Given):
    """Whose money it is, and why it is moved."""

    to: Number
    reason: Text = Field(examples=["The parent company paid."])


class Refund(Given):
    """Money paid back to a customer."""

    amount: Amount
    currency: Currency
    reason: Text = Field(examples=["They paid twice."])


class Choosing(Given):
    """Another option of a proposal than the one put first, and why."""

    treatment: Annotated[str, Field(min_length=1, max_length=20, examples=["call"])]
    code: Annotated[str, Field(max_length=20)] | None = Field(None, description="Why, as a code for the reports.")
    reason: Annotated[str, Field(max_length=4000)] = ""


class Dismissing(Given):
    """Why not."""

    reason: Text = Field(examples=["I will call them first."])
    code: Annotated[str, Field(max_length=20)] | None = Field(None, description="Why, as a code for the reports.")


class LateReasonGiven(Given):
    """Why a customer pays late, as they or a clerk said it."""

    reason: Annotated[str, Field(min_length=1, max_length=20, examples=["forgot"])]
    text: Annotated[str, Field(max_length=4000)] = Field("", description="What they said.")


class LossGiven(Given):
    """Why a customer left."""

    reason: Annotated[str, Field(min_length=1, max_length=20)]
    text: Annotated[str, Field(max_length=4000)] = Field("", description="What they said, in their words.")


class LadderGiven(Given):
    """A ladder as YAML, and why it is put in force."""

    yaml: Annotated[
        str,
        Field(
            min_length=1,
            max_length=256 * 1024,
            examples=["ladder: mine\nsteps:\n  - {code: a, document: reminder, after: {days: 10}}\n"],
        ),
    ]
    reason: Annotated[str, Field(max_length=4000)] = ""


class LadderTried(Given):
    """A ladder as YAML, to be tried; `all`: on every customer, not on a sample spread over all of them."""

    yaml: Annotated[str, Field(min_length=1, max_length=256 * 1024)]
    all: bool = False


class LadderBack(Given):
    """The version whose text comes back in force, and why."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    reason: Text


class Approving(Given):
    """The proposals to approve, or all that are proposed."""

    ids: Annotated[list[Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]], Field(max_length=10_000)] = []
    all: bool = False


class Running(Given):
    """``dry_run``: show what would change, store nothing."""

    dry_run: bool = False


class Delivering(Given):
    """``now``: as if it were this moment, which also ends undo periods; only with the scope ``admin``.

    ``dry_run``: only say what would leave and what would be blocked and why.
    """

    now: Annotated[str, Field(max_length=40, examples=["2026-11-22T09:00:00+01:00"])] | None = None
    dry_run: bool = False


class Interaction(Given):
    """A contact that another program knows of, by its number there; taken in once."""

    interaction_id: Number = Field(examples=["crm-4711"])
    customer: Number = Field(examples=["C1001"])
    date: Day
    kind: Annotated[str, Field(json_schema_extra={"enum": list(INTERACTION_KINDS)}, examples=["call"])]
    direction: Literal["in", "out"] | None = Field(None, description="in: they came to us; out: we went to them.")
    text: Annotated[str, Field(max_length=4000)] | None = None
    by: Annotated[str, Field(max_length=120)] | None = Field(None, description="Who it was with, or who noted it.")
    answered_on: Day | None = Field(None, description="Of a complaint or request: the day it was answered.")
    outcome: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="Of a complaint: put_right, explained or rejected; of others in words."
    )
    expected: Annotated[int, Field(ge=0, le=10)] | None = Field(None, description="Of a survey: what they expected.")
    got: Annotated[int, Field(ge=0, le=10)] | None = Field(None, description="Of a survey: what they got.")


class InteractionsGiven(Given):
    """Contacts, each taken in or refused by itself."""

    interactions: Annotated[list[Interaction], Field(min_length=1, max_length=1000)]


class CreditorGiven(Given):
    """What to set of a creditor; fields left out stay as they are."""

    name: Annotated[str, Field(max_length=200)] | None = None
    country: Country | None = None
    currency: Currency | None = None
    language: LanguageCode | None = None
    organisation_number: Annotated[str, Field(max_length=40)] | None = None
    address: Annotated[str, Field(max_length=1000)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    website: Annotated[str, Field(max_length=200)] | None = None
    bank_account: Annotated[str, Field(max_length=40)] | None = None
    iban: Annotated[str, Field(max_length=42)] | None = None  # like BIC and Swish: "none" takes it back
    bic: Annotated[str, Field(max_length=11)] | None = None
    swish: Annotated[str, Field(max_length=20)] | None = None
    contact_name: Annotated[str, Field(max_length=120)] | None = None
    contact_phone: Annotated[str, Field(max_length=40)] | None = None
    contact_email: Annotated[str, Field(max_length=254)] | None = None
    undo_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    payment_days: Annotated[int, Field(ge=0, le=365)] | None = None
    reference_scheme: Annotated[str, Field(max_length=60)] | None = None
    allocation_order: Literal["principal_first", "costs_first", "country"] | None = None
    small_balance: dict[Currency, Amount] | None = None
    bank_fee_tolerance: dict[Currency, Amount] | None = None
    accounts: dict[str, Annotated[str, Field(max_length=40)]] | None = None
    fee_agreed: bool | None = None


class LetterheadGiven(Given):
    """How letters and portal look; fields left out stay as they are, empty ones are taken back to Kulant's own."""

    colour: Annotated[str, Field(max_length=7, examples=["#14532d"])] | None = None
    typeface: Literal["public-sans", "source-serif", ""] | None = None
    logo: Annotated[str, Field(max_length=720_000, description="A PNG or JPEG of up to 512 kB, in Base64.")] | None = (
        None
    )
    without_logo: bool = False
    return_address: Annotated[str, Field(max_length=300, examples=["Nordlys · Postboks 1 · 0001 Oslo"])] | None = None
    window: Literal["left", "right", ""] | None = None


class NewUser(Given):
    """A person who may log in to the desk."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    role: Literal["clerk", "manager", "account_manager", "viewer", "admin"]
    password: Annotated[str, Field(min_length=8, max_length=1000)]
    creditors: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=1000)] = []


class FigureGiven(Given):
    """The figure of a new period, or one that is confirmed or corrected."""

    since: Day
    value: Annotated[str, Field(min_length=1, max_length=80, examples=["12.25"])]
    source: Text = Field(examples=["The regulation of 1 December"])


class RegimeGiven(Given):
    """When a coming law begins; no day leaves it open again."""

    since: Day | None = None
    not_before: bool = False
    source: Text = Field(examples=["The official gazette"])


class RateGiven(Given):
    """What one unit of the currency was worth in the creditor's own, from that day on."""

    currency: Currency
    date: Day
    rate: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$", examples=["11.7425"])]
    source: Annotated[str, Field(min_length=1, max_length=120)] = "entered by a program"


class RatesGiven(Given):
    """Exchange rates; all of them are taken in or, when one is wrong, none."""

    rates: Annotated[list[RateGiven], Field(min_length=1, max_length=5000)]


# The pure functions check their own facts and say which one is wrong.
Facts = Annotated[
    dict[str, Any] | Annotated[list[dict[str, Any]], Field(max_length=50_000)],
    Field(description="One set of facts, or an array of them: then the answer is an array, in order."),
]
