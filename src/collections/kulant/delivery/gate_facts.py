"""What the send gate knows of a letter at the moment of sending, and what it answers. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from kulant.treatment.ceiling import Ceiling
from kulant.treatment.stops import Reason


@dataclass(frozen=True, slots=True)
class Block:
    """A reason not to send: a stable code and a sentence that also says what will release it.

    ``until``: the day, or the moment where the customer is, from which it may leave by itself; none when somebody or
    something must come first.
    """

    code: str
    text: str
    until: date | datetime | None = None

    def as_json(self) -> dict[str, str]:
        """The block as the contract shows it."""
        shown = {"code": self.code, "text": self.text}
        return shown | {"until": self.until.isoformat()} if self.until else shown


@dataclass(frozen=True, slots=True)
class Line:
    """A debt the letter asks for: what it says, and what is true now (minor units)."""

    number: str
    asked_minor: int
    open_minor: int
    disputed_minor: int = 0
    in_plan: bool = False
    held_until: date | None = None
    what: str = "Invoice"


@dataclass(frozen=True, slots=True)
class LawFacts:
    """What the law says of the letter on the day it would leave. Amounts in minor units.

    ``waits``: for each invoice taken a step further, why that step may not be taken yet. ``charged`` and ``allowed``:
    what the letter charges, and what it may charge at most today, by kind and invoice.
    """

    waits: Sequence[Reason] = ()
    charged: Mapping[tuple[str, str], int] = field(default_factory=dict)
    allowed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unknown: str | None = None  # why nobody can say what may be charged


@dataclass(frozen=True, slots=True)
class QuietTimes:
    """When messages may reach a customer: local hours (none: any), weekdays only, not on public holidays.

    ``days``: the house's own quiet days, on which neither e-mail nor post leaves.
    """

    opens: time | None = None
    closes: time | None = None
    weekdays_only: bool = False
    holidays: bool = False
    days: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class ContactCap:
    """At most so many messages and calls to one customer within so many days."""

    count: int
    days: int


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is true at the moment of sending. Amounts in minor units of ``currency``."""

    today: date
    local_time: datetime  # where the customer is
    country: str  # the customer's
    currency: str
    channel: str  # email | letter | call | task
    lines: Sequence[Line]
    credits_deducted_minor: int  # what the letter deducts, below zero or zero
    credits_now_minor: int  # unallocated credit on the customer's account now, below zero or zero
    loose_payments: Sequence[int] = ()  # unmatched payments of unknown payers in this currency, above zero
    customer_held_until: date | None = None
    no_dunning: bool = False
    promise_due: date | None = None
    complaint_open: bool = False
    strikes: int = 0  # bad experiences we gave the customer, of those that count today
    strikes_stop: int = 2
    open_gap: bool = False  # they got less than they expected, and nobody has put it right
    unread_since: date | None = None  # when a reply of theirs came that nobody has read
    refused_since: date | None = None  # since when their e-mail address is not written to
    late_reason: str | None = None  # why they are late, as a clerk or the customer said
    document: str | None = None  # none for a call, a plan offer, a task
    ceiling: Ceiling | None = None  # how firm a letter this customer may get
    contacts: Sequence[date] = ()  # days on which the customer was written to or called
    cap: ContactCap | None = None
    quiet: QuietTimes = field(default_factory=QuietTimes)
    newest_bank_data: date | None = None
    bank_data_max_age_days: int | None = None
    law: LawFacts = field(default_factory=LawFacts)
