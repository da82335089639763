"""What a country's data file holds. Each figure has the day it holds from, its source, and how sure we are of it."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Debtor = Literal["business", "consumer"]
Confidence = Literal["verified", "derived", "memory"]
Document = Literal["fee_reminder", "formal_notice", "hand_over"]
Days = Annotated[int, Field(ge=0, le=3650)]
Text = Annotated[str, Field(min_length=1)]
BOTH: tuple[Debtor, ...] = ("business", "consumer")

# What a letter may have to say, by a short name that the letters know, and the same in words for people.
CONTENTS = {
    "creditor": "who is owed",
    "claim": "what the claim is for",
    "principal": "the principal, apart from all else",
    "interest": "the interest, apart from all else",
    "costs": "each fee and other cost, apart from all else",
    "interest_rate": "the rate of interest",
    "interest_from": "the day interest runs from",
    "interest_base": "what interest is computed on",
    "total": "the whole sum",
    "how_to_pay": "how to pay",
    "deadline": "the last day to pay",
    "from_receipt": "that the days count from the day after it is received",
    "no_further_cost": "that paying by then costs nothing more",
    "collection_follows": "that the claim goes to collection if it is not paid",
    "collection_cost": "the exact cost of collection",
    "vat_on_cost": "whether VAT comes on top of that cost",
    "consequence": "what happens if it is not paid",
    "default": "from when the debtor is in default",
    "default_30_days": "that a consumer is in default after 30 days at the latest",
    "interest_goes_on": "whether interest and charges go on",
    "right_to_object": "that one may object",
    "object_to": "to whom one objects",
    "agreement": "the agreement the debt comes from",
    "statement": "a statement of account",
    "reply_forms": "the enclosed forms for replying and for showing one's finances",
    "allocation_order": "in which order part-payments are used",
}
Content = Literal[
    "creditor",
    "claim",
    "principal",
    "interest",
    "costs",
    "interest_rate",
    "interest_from",
    "interest_base",
    "total",
    "how_to_pay",
    "deadline",
    "from_receipt",
    "no_further_cost",
    "collection_follows",
    "collection_cost",
    "vat_on_cost",
    "consequence",
    "default",
    "default_30_days",
    "interest_goes_on",
    "right_to_object",
    "object_to",
    "agreement",
    "statement",
    "reply_forms",
    "allocation_order",
]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Source:
    """Where a figure was read, and up to which day what was read there holds."""

    what: Text
    where: Text
    good_for: Text


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Known:
    """How we know something: a source of the file, and whether it was seen there, computed, or remembered."""

    source: Text
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Rate(Known):
    """The whole late-interest rate, in percent a year, of the half-year that begins on that day."""

    since: date
    rate: Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class DayCount(Known):
    """How a year is counted."""

    value: Literal["actual/365", "actual/actual", "30/360"]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Interest:
    """Late interest. ``rates`` hold for the half-year they begin; a half-year without a row is not known."""

    rule: Text
    starts: Text
    day_count: DayCount
    rates: dict[Literal["everyone", "business", "consumer"], tuple[Rate, ...]]
    compounding: Literal["none", "yearly"] = "none"
    fixed_at_start: bool = False
    not_owed_by: tuple[Debtor, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Amount(Known):
    """A sum that holds from that day, for claims up to that principal (absent: any larger one)."""

    since: date
    amount: Annotated[Decimal, Field(ge=0, decimal_places=2)]
    up_to: Annotated[Decimal, Field(gt=0, decimal_places=2)] | None = None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Band:
    """A slice of the principal (absent: all the rest) and the share of it that collection may cost, in percent."""

    percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    of_next: Annotated[Decimal, Field(gt=0, decimal_places=2)] | None = None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Scale(Known):
    """Collection costs by slices of the principal, never below ``least`` nor above ``most``."""

    since: date
    bands: tuple[Band, ...]
    least: Annotated[Decimal, Field(ge=0, decimal_places=2)]
    most: Annotated[Decimal, Field(ge=0, decimal_places=2)]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Fee:
    """What a letter may cost the debtor. ``again_percent``: what the second and later ones cost of the first.

    ``if_agreed``: it is owed only where it was agreed when the debt arose.
    """

    document: Document
    kind: Text
    name: Text
    rule: Text
    debtors: tuple[Debtor, ...] = BOTH
    amounts: tuple[Amount, ...] = ()
    scale: Scale | None = None
    earliest_days_after_due: Days = 1
    again_percent: Annotated[int, Field(ge=0, le=100)] = 100
    if_agreed: bool = False


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Limit(Known):
    """How many letters may cost something, and how far apart. ``forgotten_after_months``: then counting starts anew."""

    documents: tuple[Document, ...]
    rule: Text
    debtors: tuple[Debtor, ...] = BOTH
    at_most: Annotated[int, Field(ge=1)] | None = None
    days_between: Days = 0
    missed_deadline_days: Days = 0  # set: the letter before gave so many days, and the last of them has passed
    forgotten_after_months: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Cap:
    """What all fees together may come to, by principal."""

    rule: Text
    amounts: tuple[Amount, ...]
    debtors: tuple[Debtor, ...] = BOTH


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Compensation:
    """The fixed sum a business owes for each late invoice, and how it goes together with fees.

    ``larger``: either the compensation or the fees, whichever is more. ``both``: one on top of the other.
    ``each_half_year``: the rows are set anew each half-year and are not carried forward.
    """

    rule: Text
    combine: Literal["larger", "both"]
    combine_known: Known
    amounts: tuple[Amount, ...]
    each_half_year: bool = False


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Enclosure(Known):
    """A form that goes along with a notice to a person; firms that are companies get none."""

    form: Literal["information_sheet", "reply_form", "financial_statement"]
    rule: Text


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Notice(Known):
    """The notice before collection. Paying on the last day of its wait is in time."""

    name: Text
    rule: Text
    debtors: tuple[Debtor, ...] = BOTH  # who must get it before the claim is handed over
    wait_days: Days
    wait_business_days: Days = 0
    days_after_due: Days = 1
    days_after_reminder: Days | None = None  # set: a reminder must have been sent so many days before
    days_from_receipt: Days | None = None  # set: the time the letter itself must give, from the day after it arrived
    must_say: tuple[Content, ...] = ()
    encloses: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Mahnung(Known):
    """What a letter says that puts the debtor in default, where no notice before collection is required."""

    rule: Text
    must_say: dict[Debtor, tuple[Content, ...]]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Limitation(Known):
    """When a claim is too old to be enforced."""

    rule: Text
    years: dict[Debtor, Annotated[int, Field(ge=1, le=30)]]
    reminder_interrupts: bool
    from_year_end: bool = False


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class PlanFee(Known):
    """What a payment plan may cost the debtor at most (absent: no sum is known, so none is charged)."""

    rule: Text
    since: date
    debtors: tuple[Debtor, ...] = BOTH
    most: Annotated[Decimal, Field(ge=0, decimal_places=2)] | None = None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class NotComputed:
    """A sum the law knows for something that Kulant never sends or asks for; kept so that nobody looks for it twice."""

    name: Text
    rule: Text
    amounts: tuple[Amount, ...]
    debtors: tuple[Debtor, ...] = BOTH


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Allocation(Known):
    """What a part-payment pays first. Not ``statutory``: the creditor may choose another order, and says which."""

    rule: Text
    order: Literal["costs_first", "principal_first"]
    statutory: bool


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Deadlines(Known):
    """Which days move to the next business day when they fall on a weekend or holiday."""

    rule: Text
    due_date_moves: bool
    limitation_moves: bool = False


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Holidays(Known):
    """Which days are holidays: categories of the calendar used, and days of them (MM-DD) that are none."""

    categories: tuple[Literal["public", "optional", "de_facto"], ...] = ("public",)
    without: tuple[Annotated[str, Field(pattern="^[0-1][0-9]-[0-3][0-9]$")], ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Regime(Known):
    """Another law that takes the place of this file's fees, limits and notice from its first day on.

    Without ``since`` its first day is not certain: the day is set in Kulant when it is, and nothing is computed from
    ``signalled`` on before somebody has decided.
    """

    key: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")]
    name: Text
    rule: Text
    since: date | None = None
    signalled: date | None = None
    only_agencies: tuple[Document, ...] = ()  # letters a creditor may no longer send
    no_fee: Text  # why a letter costs nothing under it where no fee is entered
    fees: tuple[Fee, ...] = ()
    limits: tuple[Limit, ...] = ()
    notice: Notice | None = None  # absent: a claim may be handed over without a notice of the creditor's own
    must_say: tuple[Content, ...] = ()  # in every letter, beside what the letter must say by itself
    duties: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Country:
    """One country's file. Nothing is computed for a day before ``known_from`` or after ``known_to``."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    name: Text
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    known_from: date
    known_to: date
    sources: dict[str, Source]
    interest: Interest
    compensation: Compensation
    fees: tuple[Fee, ...] = ()
    limits: tuple[Limit, ...] = ()
    caps: tuple[Cap, ...] = ()
    notice: Notice | None = None
    no_notice: Known | None = None  # set: it is known that no notice is required
    puts_in_default: Mahnung | None = None  # what the last letter of one's own says there instead
    limitation: Limitation | None = None
    plan_fees: tuple[PlanFee, ...] = ()
    allocation: Allocation | None = None
    deadlines: Deadlines | None = None
    holidays: Holidays | None = None
    not_computed: tuple[NotComputed, ...] = ()
    letters_say: tuple[Content, ...] = ()  # in every letter that asks for interest or costs
    regimes: tuple[Regime, ...] = ()
    remarks: tuple[str, ...] = field(default=())
