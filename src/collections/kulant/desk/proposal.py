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
from kulant.letters.proposal_letter import proposal_tone
from kulant.treatment.models import Proposal
from kulant.treatment.queries import LIVE, recent_proposals
from kulant.treatment.records import OVERRIDES, choice, choice_words, proposed_treatment, records_of
from kulant.treatment.words import charge_words, hold_words

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
    concession: str
    relationship: str
    value: str
    rests_on: str  # how many cases the recovery rests on
    cap: str  # what the concession may cost at most, in words; empty where nothing says so
    above_cap: bool


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
    tone: str  # of the letter, and why
    channel: str
    language: str
    message: str | None
    currency: str
    reasons: list[dict[str, str]]
    blocked: list[dict[str, str]]
    options: list[ShownOption]
    break_evens: list[str]
    proposed: str  # the treatment the program had put first
    chosen: str  # who chose otherwise, and why; empty while nobody did
    consumer: bool
    overrides: list[tuple[str, str]]
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
    return [_shown(session, customer, proposal, first=index == 0, view=view) for index, proposal in enumerate(live)]


def sends_letter(proposal: Proposal) -> bool:
    """Whether approving it sends the customer something."""
    return proposal.channel in ("email", "letter")


def _shown(session: Session, customer: Customer, proposal: Proposal, *, first: bool, view: ListView) -> ShownProposal:
    waiting = delivery.by_key(session, key_of(proposal)) if proposal.status == "approved" else None
    options = [_option(proposal, option) for option in proposal.options]
    chosen = choice(records_of(session, [proposal.id]).get(proposal.id, []))
    return ShownProposal(
        id=proposal.id,
        status=proposal.status,
        status_words=wording.STATUS_WORDS[proposal.status],
        title=_title(proposal),
        subtitle=_subtitle(proposal),
        treatment=proposal.treatment,
        document=sends_letter(proposal),
        tone=proposal_tone(session, proposal=proposal, customer=customer).words() if sends_letter(proposal) else "",
        channel=proposal.channel,
        language=proposal.language,
        message=proposal.message,
        currency=proposal.currency,
        reasons=proposal.reasons,
        blocked=proposal.blocked,
        options=options,
        break_evens=[_spaced(line["text"]) for line in proposal.break_evens if line.get("text")],
        proposed=proposed_treatment(proposal),
        chosen=choice_words(chosen) if chosen else "",
        consumer=proposal.facts.get("inputs", {}).get("customer_kind") == "consumer",
        overrides=[("", "Choose a reason"), *OVERRIDES.items()],
        choices=[
            option for option in options if option.allowed or option.above_cap or option.treatment == proposal.treatment
        ],
        channels=[(code, wording.sentence_case(words)) for code, words in wording.CHANNEL_WORDS.items()],
        languages=list(i18n.LANGUAGES_BY_NAME.items()),
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
        said.append(f"in {i18n.LANGUAGES_BY_NAME[proposal.language]}")
    said.append(f"for {i18n.money(proposal.demand_minor, proposal.currency, _LANGUAGE)}")
    return ", ".join(said)


def _whole(minor: int, currency: str) -> str:
    """Rounded to whole units: these are expectations, and decimals would claim too much."""
    return i18n.whole_amount(minor, currency, _LANGUAGE)


def _option(proposal: Proposal, option: dict[str, Any]) -> ShownOption:
    return shown_option(option, proposal.currency, _debt(proposal))


def shown_option(option: dict[str, Any], currency: str, debt_minor: int) -> ShownOption:
    """An option of a debt as a row of the comparison."""
    goodwill = option.get("relationship_cost")
    cap = option.get("concession_cap")
    return ShownOption(
        treatment=option["treatment"],
        words=wording.title_of(option["treatment"]),
        allowed=option["allowed"],
        because=option["because"],
        cash=_whole(round_half_up(debt_minor * Decimal(str(option["recovery"]))), currency),
        days=option["days"],
        cost=_whole(to_minor(option["cost"], currency), currency),
        concession=_whole(to_minor(option.get("concession") or "0", currency), currency),
        relationship="–" if goodwill is None else _whole(to_minor(goodwill, currency), currency),
        value=_whole(to_minor(option["expected_value"], currency), currency),
        rests_on=_rests_on(option),
        cap="" if cap is None else f"at most {_whole(to_minor(cap, currency), currency)}: what it is believed to keep",
        above_cap=bool(option.get("above_cap")),
    )


def _rests_on(option: dict[str, Any]) -> str:
    """How sure the recovery is: "66 %, prior 20 cases + 7 observed"."""
    share = _spaced(f"{float(option['recovery']):.0%}")
    if "prior_cases" not in option:
        return share
    return f"{share}, prior {option['prior_cases']} cases + {option['observed_cases']} observed"


def _spaced(text: str) -> str:
    return text.replace("%", "\u00a0%")


def _debt(proposal: Proposal) -> int:
    """What the options are about: the debt, whatever the letter adds to it."""
    return proposal.demand_minor - proposal.fees_minor - proposal.interest_minor
