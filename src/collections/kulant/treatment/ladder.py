"""A dunning ladder: the creditor's own steps, whom they apply to, and which step comes next. Pure.

The YAML form is that of ``examples/standard.yaml``; any mistake in it is one sentence that names the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from kulant.core.calendar import month_end
from kulant.core.errors import Refusal
from kulant.core.money import to_minor
from kulant.i18n import LanguageCode
from kulant.treatment.ladder_yaml import mistakes, read_yaml, refusal

_STANDARD = Path(__file__).with_name("standard_ladder.yaml")
_ASKING = frozenset(("reminder", "fee_reminder", "final_reminder", "formal_notice"))
_FEE = re.compile(r"[0-9]{1,6}\.[0-9]{2}")
_HOURS = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])")

Document = Literal["courtesy", "reminder", "fee_reminder", "final_reminder", "formal_notice", "hand_over"]
Tone = Literal["courtesy", "reminder", "fee_reminder", "final_reminder", "formal_notice"]
Channel = Literal["email", "letter", "call", "task"]


def _minimums(given: object) -> dict[str, int]:
    """Per currency, in minor units."""
    if not isinstance(given, dict):
        raise ValueError('write it per currency, e.g. {NOK: "50.00"}')
    found = {}
    for currency, amount in given.items():
        if not re.fullmatch(r"[A-Z]{3}", str(currency)):
            raise ValueError(f"{currency!r} is not a currency code such as NOK")
        if isinstance(amount, bool) or not isinstance(amount, str | int):
            raise ValueError(f"{amount!r} is not an amount")
        minor = to_minor(amount, currency)
        if not 0 <= minor < 10**15:
            raise ValueError(f"{currency} must not be below zero, nor absurdly large")
        found[currency] = minor
    return found


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names something twice")
    return values


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Minimums = Annotated[dict[str, int], BeforeValidator(_minimums)]
Name = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=60)]
Names = Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_each_once)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class _Part(BaseModel):
    """A part of a ladder: fixed once read, and without keys that mean nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class After(_Part):
    """When a step is due: so many days after the due date, or after the previous step was sent."""

    days: int = Field(ge=-60, le=1000, strict=True)  # below zero: before the due date, for a courtesy note
    origin: Literal["due_date", "previous_step"] | None = Field(default=None, alias="from")
    month_end: bool = False

    def on(self, base: date) -> date:
        """The day that is so long after the base."""
        day = base + timedelta(days=self.days)
        return month_end(day) if self.month_end else day


class Step(_Part):
    """A step of the ladder: which document, when, how, and whether a person approves it first."""

    code: Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=60)]
    document: Document
    after: After
    channel: Channel = "email"
    fee: str = "none"
    approval: Literal["auto", "ask", "off"] = "ask"
    minimum_amount: Minimums = {}

    @field_validator("fee", mode="before")
    @classmethod
    def _known_fee(cls, fee: object) -> object:
        if fee in ("none", "statutory"):
            return fee
        if not isinstance(fee, str) or not _FEE.fullmatch(fee) or not fee.strip("0."):
            raise ValueError(f'{fee!r} is not known; write none, statutory, or an amount as "5.00"')
        return fee


class AppliesTo(_Part):
    """Whom a ladder is for; what is left out does not matter, and what is given must all be met."""

    customers: Names | None = None
    segments: Names | None = None
    kinds: Annotated[tuple[Literal["business", "consumer"], ...], Field(min_length=1)] | None = None
    countries: Annotated[tuple[Country, ...], Field(min_length=1)] | None = None
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)] | None = None


class ContactCap(_Part):
    """At most so many contacts in so many days, whatever the channel."""

    count: int = Field(ge=1, le=100, strict=True)
    days: int = Field(ge=1, le=365, strict=True)


class ToneCeiling(_Part):
    """The firmest letter that customers of a segment, of a grade, or in a phase may get; a person decides on firmer."""

    segments: dict[Name, Tone] = {}
    grades: dict[Literal["A", "B", "C", "D"], Tone] = {}
    phases: dict[Name, Tone] = {}  # by the code of the phase in the rules of care


class Contact(_Part):
    """Quiet times and the pressure cap."""

    hours: tuple[time, time] | None = None
    weekdays_only: bool = False
    holidays: bool = False  # public holidays are quiet too
    max_contacts: ContactCap | None = None

    @field_validator("hours", mode="before")
    @classmethod
    def _opening_hours(cls, given: object) -> object:
        match = _HOURS.fullmatch(given) if isinstance(given, str) else None
        if given is None or isinstance(given, tuple):
            return given
        if match is None or match[1] > "23" or match[3] > "23":
            raise ValueError('write it as "08:00-20:00"')
        opens, closes = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        if opens >= closes:
            raise ValueError("the first time must be before the second")
        return opens, closes


class Policy(_Part):
    """A ladder as the creditor applied it."""

    name: Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=80)] = Field(alias="ladder")
    country: Country | None = None
    relationship: bool = True
    minimum_balance: Minimums = {}
    minimum_days_between: int = Field(default=7, ge=0, le=365, strict=True)
    climb: Literal["one_step_per_run"] = "one_step_per_run"
    applies_to: AppliesTo = AppliesTo()
    interest: Literal["none", "statutory"] = "none"
    contact: Contact | None = None
    tone_ceiling: ToneCeiling | None = None
    bank_data_max_age_days: int | None = Field(default=None, ge=0, le=365, strict=True)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=20)

    @field_validator("steps")
    @classmethod
    def _with_origins(cls, steps: tuple[Step, ...], info: ValidationInfo) -> tuple[Step, ...]:
        """A first step counts from the due date, the others from the one before unless they say otherwise."""
        found = []
        for n, step in enumerate(steps):
            origin = step.after.origin or ("previous_step" if n else "due_date")
            after = step.after.model_copy(update={"origin": origin})
            found.append(step.model_copy(update={"after": after}))
        return tuple(found)

    @model_validator(mode="after")
    def _is_climbable(self) -> Self:
        codes: set[str] = set()
        documents: set[str] = set()
        for n, step in enumerate(self.steps):
            if step.code in codes:
                raise ValueError(f"steps[{n}].code: {step.code!r} is the code of an earlier step")
            if step.document == "hand_over" and not documents & _ASKING:
                raise ValueError(f"steps[{n}].document: hand_over must come after a reminder or a formal_notice")
            if step.after.days < 0 and (step.document != "courtesy" or step.after.origin != "due_date"):
                raise ValueError(f"steps[{n}].after.days: only a courtesy note may go before the due date")
            codes.add(step.code)
            if step.approval != "off":
                documents.add(step.document)
        if self.steps[0].after.origin != "due_date":
            raise ValueError("steps[0].after.from: must be due_date, for no step comes before the first")
        return self

    def minimum(self, currency: str) -> int:
        """The smallest balance that is asked for at all, in minor units."""
        return self.minimum_balance.get(currency, 0)

    def minimum_of_step(self, step: Step, currency: str) -> int:
        """The smallest demand this step is taken for, in minor units."""
        return step.minimum_amount.get(currency, 0)


@dataclass(frozen=True, slots=True)
class StepDue:
    """The step an item comes to next, and the day it is due (which may lie ahead)."""

    step: Step
    on: date

    @property
    def code(self) -> str:
        return self.step.code

    @property
    def document(self) -> str:
        return self.step.document

    @property
    def channel(self) -> str:
        return self.step.channel


def parse_policy(text: str | bytes) -> Policy:
    """The ladder a YAML file describes; refused with one sentence that names the first mistake."""
    found = read_policy(text)
    if isinstance(found, Policy):
        return found
    raise refusal(found[0])


def read_policy(text: str | bytes) -> Policy | list[str]:
    """The ladder a YAML file describes, or every mistake in it, each in one sentence that names its place."""
    try:
        values = read_yaml(text)
    except Refusal as unreadable:
        return [unreadable.sentence]
    if not isinstance(values, dict):
        return ['a ladder begins with its name, e.g. "ladder: standard"']
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        return mistakes(error)


@lru_cache(maxsize=1)
def standard_text() -> str:
    """The YAML of the ladder that is used until another one is applied."""
    return _STANDARD.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def standard_policy() -> Policy:
    """The ladder that is used until another one is applied."""
    return parse_policy(standard_text())


def next_step(policy: Policy, *, due: date, sent: Sequence[tuple[str, date]], today: date) -> StepDue | None:
    """The step after the furthest one sent by today, and the day it is due; none when the ladder has been climbed.

    A debt found late starts at the first step, and a step not yet sent holds the next. A step that is switched off is
    passed over, but its days still count; so is a courtesy note once the due date has passed.
    """
    place, base = -1, due
    if sent:  # of most invoices nothing was
        places = {step.code: place for place, step in enumerate(policy.steps)}
        reached = [(places[code], on) for code, on in sent if code in places and on <= today]
        place, base = max(reached, default=(-1, due))
    for step in policy.steps[place + 1 :]:
        base = step.after.on(due if step.after.origin == "due_date" else base)
        too_late = step.document == "courtesy" and due < today
        if step.approval != "off" and not too_late:
            return StepDue(step, base)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a ladder may ask of a customer."""

    number: str
    segment: str | None = None
    kind: str | None = None
    country: str | None = None
    language: str | None = None


def applies(policy: Policy, customer: Traits) -> int | None:
    """How specifically the ladder is meant for this customer (0: for everyone); none when it is not."""
    asked = policy.applies_to
    conditions = (
        (asked.customers, customer.number),
        (asked.segments, customer.segment),
        (asked.kinds, customer.kind),
        (asked.countries, customer.country),
        (asked.languages, customer.language),
    )
    specific = 0
    for wanted, has in conditions:
        if wanted is not None and has not in wanted:
            return None
        specific = specific * 2 + (wanted is not None)
    return specific


def most_specific(policies: Iterable[Policy], customer: Traits) -> Policy | None:
    """The ladder meant most specifically for the customer; between equals, the first by name."""
    fitting = [(found, policy) for policy in policies if (found := applies(policy, customer)) is not None]
    return min(fitting, key=lambda pair: (-pair[0], pair[1].name))[1] if fitting else None
