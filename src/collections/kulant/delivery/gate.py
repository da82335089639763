"""The send gate: everything is checked again at the moment of sending, and a block says why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from kulant.core.calendar import is_business_day
from kulant.core.words import amount_words, day_words
from kulant.relationship.pressure import EXEMPT, free_again
from kulant.relationship.why_late import FOR_A_PERSON, WORDS
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
    """When messages may reach a customer: local hours (none: any), weekdays only, not on public holidays."""

    opens: time | None = None
    closes: time | None = None
    weekdays_only: bool = False
    holidays: bool = False


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
    late_reason: str | None = None  # why they are late, as a clerk or the customer said
    document: str | None = None  # none for a call, a plan offer, a task
    ceiling: Ceiling | None = None  # how firm a letter this customer may get
    contacts: Sequence[date] = ()  # days on which the customer was written to or called
    cap: ContactCap | None = None
    quiet: QuietTimes = field(default_factory=QuietTimes)
    newest_bank_data: date | None = None
    bank_data_max_age_days: int | None = None
    law: LawFacts = field(default_factory=LawFacts)


Check = Callable[[GateFacts], Block | None]


def blocks(facts: GateFacts) -> list[Block]:
    """Every reason not to send now; nothing means it may leave."""
    return [block for check in CHECKS if (block := check(facts)) is not None]


def paid(facts: GateFacts) -> Block | None:
    """What is asked for has been paid or credited, wholly or in part, since the letter was approved."""
    for line in facts.lines:
        if line.open_minor <= 0:
            return Block("paid", f"{line.what} {line.number} is paid. The next run looks at the rest.")
        if line.open_minor - line.disputed_minor < line.asked_minor and not line.disputed_minor:
            asked, now = (amount_words(minor, facts.currency) for minor in (line.asked_minor, line.open_minor))
            return Block(
                "amount_changed",
                f"{line.what} {line.number} has {now} open, the letter says {asked}. "
                "The next run proposes a letter with the right amount.",
            )
    return None


def unmatched_money(facts: GateFacts) -> Block | None:
    """Money has come that may be for this debt: match it before asking again."""
    if facts.credits_now_minor < facts.credits_deducted_minor:
        amount = amount_words(facts.credits_deducted_minor - facts.credits_now_minor, facts.currency)
        return Block(
            "unmatched_money",
            f"{amount} has come from this customer and is not matched yet. Match it; the next run proposes anew.",
        )
    demand = sum(line.asked_minor for line in facts.lines) + facts.credits_deducted_minor
    charged = sum(facts.law.charged.values())
    suspects = {demand, demand + charged, *(line.open_minor for line in facts.lines)}
    found = next((payment for payment in facts.loose_payments if payment in suspects), None)
    if found is None:
        return None
    amount = amount_words(found, facts.currency)
    return Block(
        "unmatched_money",
        f"An unmatched payment of {amount} may be for this debt. Match it to release the letter.",
    )


def disputed(facts: GateFacts) -> Block | None:
    """Part of what the letter asks for is disputed."""
    for line in facts.lines:
        if line.open_minor - line.disputed_minor < line.asked_minor and line.disputed_minor:
            return Block("disputed", f"{line.what} {line.number} is disputed. Resolving the dispute releases it.")
    return None


def promised(facts: GateFacts) -> Block | None:
    """The customer has promised to pay and the day has not passed."""
    if facts.promise_due is None or facts.promise_due < facts.today:
        return None
    return Block(
        "promise",
        f"The customer has promised to pay by {day_words(facts.promise_due)}. It waits until that day has passed.",
        facts.promise_due + timedelta(days=1),
    )


def in_plan(facts: GateFacts) -> Block | None:
    """Part of what the letter asks for is in a payment plan."""
    for line in facts.lines:
        if line.in_plan:
            return Block(
                "plan", f"{line.what} {line.number} is being paid by a payment plan. Reminders rest while it is kept."
            )
    return None


def held(facts: GateFacts) -> Block | None:
    """The customer, or an invoice of the letter, is on hold."""
    if facts.no_dunning:
        return Block("no_dunning", "This customer is marked as never to be reminded.")
    if facts.customer_held_until is not None:
        return _hold("The customer", facts.customer_held_until)
    for line in facts.lines:
        if line.held_until is not None:
            return _hold(f"{line.what} {line.number}", line.held_until)
    return None


def _hold(what: str, until: date) -> Block:
    text = f"{what} is on hold until {day_words(until)}. It waits until then."
    return Block("hold", text, until + timedelta(days=1))


def complaint(facts: GateFacts) -> Block | None:
    """The customer waits for our answer to a complaint."""
    if not facts.complaint_open:
        return None
    return Block("complaint", "A complaint of this customer waits for our answer. Answering it releases the letter.")


def struck(facts: GateFacts) -> Block | None:
    """We have made too many mistakes with this customer: a person speaks with them before anything is sent."""
    if facts.strikes < facts.strikes_stop or facts.channel in ("call", "task"):
        return None
    mistakes = "a mistake" if facts.strikes == 1 else f"{facts.strikes} mistakes"
    return Block(
        "strikes",
        f"We have made {mistakes} with this customer lately: a person speaks with them before anything is sent. "
        "Withdrawing a strike that was counted wrongly releases it.",
    )


def expectation_gap(facts: GateFacts) -> Block | None:
    """The customer got less than they expected, and nobody has put it right. Calls and plan offers go on."""
    if not facts.open_gap or facts.document is None:
        return None
    return Block(
        "expectation_gap",
        "The customer got less than they expected. Putting it right and saying how, on their page, releases it.",
    )


def late_for_a_reason(facts: GateFacts) -> Block | None:
    """Somebody has said since why they are late, and a person takes that before anything is asked."""
    if facts.document is None or facts.late_reason not in FOR_A_PERSON:
        return None
    why = WORDS[facts.late_reason].lower()
    return Block("late_reason", f"Why they are late: {why}. It waits until that reason is ended on their page.")


def contact_cap(facts: GateFacts) -> Block | None:
    """The customer has heard from us often enough lately, by whatever channel. The law's notices are not held back."""
    if facts.cap is None or facts.channel == "task" or facts.document in EXEMPT:
        return None
    free = free_again(facts.contacts, count=facts.cap.count, days=facts.cap.days, today=facts.today)
    if free is None:
        return None
    since = facts.today - timedelta(days=facts.cap.days)
    heard = sum(since < day <= facts.today for day in facts.contacts)
    return Block(
        "contact_cap",
        f"The customer has heard from us {heard} times in {facts.cap.days} days, calls, letters and e-mails together. "
        f"It leaves on {day_words(free)}.",
        free,
    )


def tone_ceiling(facts: GateFacts) -> Block | None:
    """The letter is firmer than the ladder lets this customer get."""
    if facts.ceiling is None or not facts.ceiling.is_below(facts.document):
        return None
    words = facts.ceiling.words()
    return Block(
        "tone_ceiling",
        f"{words[:1].upper()}{words[1:]}. A person decides: dismiss it and call, or change the ladder's ceiling.",
    )


def quiet_time(facts: GateFacts) -> Block | None:
    """Not at this hour or on this day where the customer is. Post is read when it is opened, so letters do not wait."""
    if facts.channel != "email":
        return None
    quiet, now = facts.quiet, facts.local_time.time()
    why = _why_quiet(quiet, facts.today, facts.country)
    if why is None and quiet.opens is not None and quiet.closes is not None and not quiet.opens <= now < quiet.closes:
        why = f"E-mail goes out between {quiet.opens:%H:%M} and {quiet.closes:%H:%M} where the customer is."
    if why is None:
        return None
    opening = next_opening(quiet, facts.today, facts.local_time, facts.country)
    return Block("quiet_time", f"{why} It leaves on {day_words(opening.date())} at {opening:%H:%M}.", opening)


def next_opening(quiet: QuietTimes, today: date, local_time: datetime, country: str) -> datetime:
    """The next moment, by the customer's clock, at which an e-mail may reach them."""
    closed = quiet.closes is not None and local_time.time() >= quiet.closes
    day = today + timedelta(days=1) if closed else today
    while _why_quiet(quiet, day, country):
        day += timedelta(days=1)
    return datetime.combine(day, quiet.opens or time(0), tzinfo=local_time.tzinfo)


def _why_quiet(quiet: QuietTimes, day: date, country: str) -> str | None:
    if quiet.weekdays_only and day.weekday() >= 5:
        return "No e-mail goes out at weekends."
    if quiet.holidays and day.weekday() < 5 and not is_business_day(day, country):
        return f"No e-mail goes out on a public holiday where the customer is ({country})."
    return None


def bank_data_old(facts: GateFacts) -> Block | None:
    """We cannot know who has paid: the newest bank data is too old."""
    if facts.bank_data_max_age_days is None:
        return None
    if facts.newest_bank_data is None:
        return Block("bank_data_old", "No payments have been imported yet, so sending is held. Import bank data.")
    age = (facts.today - facts.newest_bank_data).days
    if age <= facts.bank_data_max_age_days:
        return None
    return Block("bank_data_old", f"Bank data is {age} days old: sending is held. Import newer payments.")


def law_regime(facts: GateFacts) -> Block | None:
    """The law leaves this letter to licensed agencies by now."""
    return _law_says(facts, "law_regime", "Dismiss it, and let a collection agency write instead.")


def law_wait(facts: GateFacts) -> Block | None:
    """The time of an earlier letter has not run out, or a letter that must come first has not been sent."""
    return _law_says(facts, "law_wait", "")


def law_unknown(facts: GateFacts) -> Block | None:
    """Nobody can say whether this is lawful today."""
    if facts.law.unknown and facts.law.charged:
        return Block("law_unknown", f"{facts.law.unknown} The next run proposes it without them.")
    return _law_says(facts, "law_unknown", "Entering what the law says releases it.")


def _law_says(facts: GateFacts, code: str, released: str) -> Block | None:
    found = next((reason for reason in facts.law.waits if reason.code == code), None)
    return Block(code, f"{found.text} {released}".strip()) if found else None


def law_fee(facts: GateFacts) -> Block | None:
    """A charge is above what the law allows today: paid or disputed since, too early, or one too many."""
    if facts.law.unknown:
        return None
    for (kind, invoice), minor in facts.law.charged.items():
        most = facts.law.allowed.get((kind, invoice), 0)
        if minor > most:
            asked, allowed = (amount_words(amount, facts.currency) for amount in (minor, most))
            return Block(
                "law_fee",
                f"The letter charges {asked} ({kind}) on invoice {invoice}; today the law allows {allowed}. "
                "The next run proposes it anew.",
            )
    return None


CHECKS: tuple[Check, ...] = (
    paid,
    unmatched_money,
    disputed,
    in_plan,
    promised,
    held,
    complaint,
    struck,
    expectation_gap,
    late_for_a_reason,
    tone_ceiling,
    contact_cap,
    law_regime,
    law_wait,
    law_unknown,
    law_fee,
    quiet_time,
    bank_data_old,
)
