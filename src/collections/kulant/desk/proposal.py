"""A proposal as the clerk reads it: the step in words, the comparison behind it, what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kulant import i18n
from kulant.core.money import round_half_up, to_minor
from kulant.delivery import queries as delivery
from kulant.delivery.outbox import key_of
from kulant.desk import wording
from kulant.desk.view import ListView
from kulant.ledger.models import Customer
from kulant.treatment.models import Proposal
from kulant.treatment.queries import LIVE, recent_proposals
from kulant.treatment.words import charge_words, hold_words, treatment_words

_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class ShownOption:
    """A row of the comparison, every amount in whole units of the currency."""

    treatment: str
    words: str
    allowed: bool
    because: str | None
    cash: str
    days: int
    cost: str
    relationship: str
    value: str


@dataclass(frozen=True, slots=True)
class ShownCharge:
    """What the letter adds: in words, how it is reckoned, by which rule, how much."""

    words: str
    about: str
    rule: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """What the panel says about one proposal."""

    id: int
    status: str
    status_words: str
    title: str
    subtitle: str
    treatment: str
    document: bool
    channel: str
    language: str
    message: str | None
    currency: str
    reasons: list[dict[str, str]]
    blocked: list[dict[str, str]]
    options: list[ShownOption]
    break_even: str
    choices: list[ShownOption]
    channels: list[tuple[str, str]]
    languages: list[tuple[str, str]]
    approve_words: str
    chosen_for_form: bool
    can_undo: bool
    leaves_at: datetime | None
    leaves_words: str
    letter_open: bool
    charges: list[ShownCharge]
    charges_minor: int
    demand_minor: int


def shown_proposals(session: Session, customer: Customer, *, view: ListView, today: date) -> list[ShownProposal]:
    """The customer's live proposals, at most one for each currency, the one asked for first."""
    accounts = recent_proposals(session, [customer.id], today)
    live = [proposal for each in accounts.values() for proposal in each if proposal.status in LIVE]
    live.sort(key=lambda proposal: (proposal.currency != view.currency, proposal.id))
    return [_shown(session, proposal, first=index == 0, view=view) for index, proposal in enumerate(live)]


def sends_letter(proposal: Proposal) -> bool:
    """Whether approving it sends the customer something."""
    return proposal.channel in ("email", "letter")


def _shown(session: Session, proposal: Proposal, *, first: bool, view: ListView) -> ShownProposal:
    waiting = delivery.by_key(session, key_of(proposal)) if proposal.status == "approved" else None
    options = [_option(proposal, option) for option in proposal.options]
    return ShownProposal(
        id=proposal.id,
        status=proposal.status,
        status_words=wording.STATUS_WORDS[proposal.status],
        title=_title(proposal),
        subtitle=_subtitle(proposal),
        treatment=proposal.treatment,
        document=sends_letter(proposal),
        channel=proposal.channel,
        language=proposal.language,
        message=proposal.message,
        currency=proposal.currency,
        reasons=proposal.reasons,
        blocked=proposal.blocked,
        options=options,
        break_even=_break_even(proposal),
        choices=[option for option in options if option.allowed or option.treatment == proposal.treatment],
        channels=[(code, wording.sentence_case(words)) for code, words in wording.CHANNEL_WORDS.items()],
        languages=list(wording.LANGUAGE_NAMES.items()),
        approve_words=wording.approve_words(proposal.treatment, proposal.channel, proposal.document),
        chosen_for_form=first,
        can_undo=waiting is not None and waiting.status == "approved",
        leaves_at=waiting.not_before if waiting else None,
        leaves_words=f"{waiting.not_before:%H:%M:%S} UTC" if waiting else "",
        letter_open=first and not view.do and proposal.status == "proposed",
        charges=[_charge(line, proposal.currency) for line in proposal.charges],
        charges_minor=proposal.fees_minor + proposal.interest_minor,
        demand_minor=proposal.demand_minor,
    )


def _charge(line: dict[str, Any], currency: str) -> ShownCharge:
    about = line["name"] or ""
    if line["rate"]:
        base = i18n.money(line["base_minor"], currency, _LANGUAGE)
        days = "1 day" if line["days"] == 1 else f"{line['days']} days"
        about = f"{line['rate']} % from {_day(line['from'])} to {_day(line['to'])} ({days}) on {base}"
    return ShownCharge(charge_words(line["kind"], line["invoice"]), about, line["rule"], line["amount_minor"])


def _day(iso: str) -> str:
    return i18n.short_date(date.fromisoformat(iso), _LANGUAGE)


def _title(proposal: Proposal) -> str:
    if proposal.treatment == "hold":
        return wording.sentence_case(hold_words(proposal.channel))
    return wording.title_of(proposal.treatment)


def _subtitle(proposal: Proposal) -> str:
    said = [wording.sentence_case(wording.CHANNEL_WORDS[proposal.channel])]
    if sends_letter(proposal):
        said.append(f"in {wording.LANGUAGE_NAMES[proposal.language]}")
    said.append(f"for {i18n.money(proposal.demand_minor, proposal.currency, _LANGUAGE)}")
    return ", ".join(said)


def _whole(minor: int, currency: str) -> str:
    """Rounded to whole units: these are expectations, and decimals would claim too much."""
    return i18n.whole_amount(minor, currency, _LANGUAGE)


def _option(proposal: Proposal, option: dict[str, Any]) -> ShownOption:
    currency = proposal.currency
    worth = proposal.facts.get("inputs", {}).get("relationship", {}).get("value_12m")
    lost = None if worth is None else round_half_up(to_minor(worth, currency) * Decimal(str(option["churn_delta"])))
    concession = to_minor(option.get("concession") or "0", currency)
    return ShownOption(
        treatment=option["treatment"],
        words=wording.title_of(option["treatment"]),
        allowed=option["allowed"],
        because=option["because"],
        cash=_whole(round_half_up(_debt(proposal) * Decimal(str(option["recovery"]))), currency),
        days=option["days"],
        cost=_whole(to_minor(option["cost"], currency) + concession, currency),
        relationship="–" if lost is None else _whole(lost, currency),
        value=_whole(to_minor(option["expected_value"], currency), currency),
    )


def _debt(proposal: Proposal) -> int:
    """What the options are about: the debt, whatever the letter adds to it."""
    return proposal.demand_minor - proposal.fees_minor - proposal.interest_minor


def _break_even(proposal: Proposal) -> str:
    """How much the chosen step must bring in to stay worth more than the others; empty when nothing is known."""
    lines = sorted(proposal.break_evens, key=lambda line: -float(line["needs_recovery_at_least"]))
    needed = [(float(line["needs_recovery_at_least"]), treatment_words(line["against"])) for line in lines]
    said = [f"{share:.0%} of the debt against “{words}”" for share, words in needed if share > 0]
    sure = [f"“{words}”" for share, words in needed if share <= 0]
    sentences = []
    if said:
        sentences.append(f"Worth choosing as long as it brings in at least {', '.join(said)}.")
    if sure:
        sentences.append(f"Better than {', '.join(sure)} whatever it brings in.")
    return " ".join(sentences).replace("%", "\u00a0%")
