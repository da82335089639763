"""A creditor's rules of care: every threshold that decides how a relationship is seen, in one place with a reason each.

They are judgements to start from (``science.md`` sections 1 and 7 name them), meant to be changed on the settings page;
each change is a new version, and the old ones are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.core.money import LARGEST
from kulant.db import Act
from kulant.people.models import Creditor
from kulant.people.rules_kept import read_changed
from kulant.relationship.models_view import RuleBookVersion
from kulant.relationship.said import said

Days = Annotated[int, Field(ge=1, le=3650)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Score = Annotated[int, Field(ge=0, le=10)]
Share = Annotated[float, Field(ge=0, le=1)]


class Phase(BaseModel):
    """A phase of the relationship and when it begins; the last one whose conditions are met is the customer's."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z_]+$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    after_purchases: Annotated[int, Field(ge=0, le=1000)] = 0
    after_paid_invoices: Annotated[int, Field(ge=0, le=1000)] = 0
    active_below: Annotated[float, Field(gt=0, le=1)] | None = None  # only while P(still active) is below this
    kindness: Annotated[float, Field(ge=0, le=5)] = 1.0  # so many times as much kindness is believed to bring here


PHASES = (
    Phase(code="getting_to_know", name="Getting to know us"),
    Phase(code="buying", name="Buying", after_purchases=1),
    Phase(code="using_and_paying", name="Using and paying", after_purchases=1, after_paid_invoices=1),
    Phase(code="staying_or_leaving", name="Staying or leaving", after_purchases=1, active_below=0.5, kindness=1.25),
)


class RuleBook(BaseModel):
    """The rules in force. Working days where a rule is about our own answers, calendar days elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Danger zone: nobody has spoken with the customer for too long, or we owe them an answer.
    danger_gap_days: Days = 90
    danger_gap_times: Annotated[float, Field(ge=1, le=20)] = 2.0  # times the customer's own median gap
    danger_request_days: Days = 3  # working days

    # Attachment: how fresh a real contact counts in full, and what is low.
    contact_fresh_days: Days = 30
    attachment_low: Annotated[int, Field(ge=0, le=100)] = 45

    # Keepability: kindness that is believed to add so much to the chance that they stay is worth a thought.
    keepability_high: Share = 0.02

    # Strikes: bad experiences we gave them.
    strike_months: Annotated[int, Field(ge=1, le=120)] = 24
    strikes_stop: Annotated[int, Field(ge=1, le=20)] = 2  # from so many on nothing automatic goes out

    # Our service clock: how soon a person answers, in working days.
    request_answer_days: Days = 3
    complaint_answer_days: Days = 5

    # The expectation check after the first paid invoice.
    check_after_days: Days = 14
    check_within_days: Days = 30  # after that day it is too late to ask for first impressions
    check_gap: Score = 3  # so many points below what was expected
    check_low: Score = 6  # or no more points than this

    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=8)] = PHASES

    # Save desk: who takes a valuable customer about to leave, by grade.
    save_desk: dict[Annotated[str, Field(pattern=r"^[AB]$")], Annotated[str, Field(min_length=1, max_length=120)]] = {}
    save_below: Annotated[float, Field(gt=0, lt=1)] = 0.5  # P(still active)
    save_again_days: Days = 180  # a case that was closed is not opened again for what was known before

    # Lost: silent so long that P(still active) stays below this for so many months running.
    lost_below: Annotated[float, Field(gt=0, lt=1)] = 0.2
    lost_months: Annotated[int, Field(ge=1, le=12)] = 2
    exit_call_days: Days = 5  # working days

    # Money: what a concession may cost, what replacing a customer costs, what serving one costs.
    concession_cap: bool = True  # never more than it is believed to keep
    financing_rate: Share = 0.10  # a year: what waiting for money costs
    replacement_cost: dict[
        Annotated[str, Field(pattern=r"^[A-Z]{3}$")], Annotated[int, Field(ge=0, le=LARGEST)]
    ] = {}  # minor units
    cost_to_serve_share: Share = 0.0  # of the margin

    # Learning: among treatments within three percent of each other, draw lots. Off unless somebody wants to learn.
    draw_lots: bool = False


def rules_of(session: Session, creditor_id: int) -> RuleBook:
    """The rules in force for the creditor; those above until somebody sets others."""
    rules = session.scalar(
        select(RuleBookVersion.rules)
        .where(RuleBookVersion.creditor_id == creditor_id)
        .order_by(RuleBookVersion.version.desc())
        .limit(1)
    )
    return RuleBook() if rules is None else RuleBook.model_validate(rules)


def set_rules(act: Act, *, creditor: Creditor, rules: RuleBook, why: str) -> RuleBookVersion:
    """Puts other rules in force: a new version that says who, when and why; those before are kept."""
    before = rules_of(act.session, creditor.id)
    if rules == before:
        raise Refusal("same_rules", "these are the rules in force already; nothing was changed")
    newest = act.session.scalar(
        select(func.max(RuleBookVersion.version)).where(RuleBookVersion.creditor_id == creditor.id)
    )
    version = RuleBookVersion(
        creditor_id=creditor.id,
        version=(newest or 0) + 1,
        rules=rules.model_dump(mode="json"),
        set_on=act.today,
        set_at=act.now,
        set_by=act.actor,
        why=said(why, "changing the rules"),
    )
    act.session.add(version)
    act.session.flush()
    changed = changes(before, rules)
    names = ", ".join(change.field for change in changed)
    act.tell(
        Event(
            "rules_set",
            f"Rules changed, version {version.version} ({version.why}): {names}.",
            creditor_id=creditor.id,
            data={"version": version.version, "changed": {one.field: [one.before, one.after] for one in changed}},
        )
    )
    return version


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that is not what it was, as plain values."""

    field: str
    before: Any
    after: Any


def changes(before: RuleBook, after: RuleBook) -> list[Change]:
    """What differs between two versions, in the order of the rule book."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return [Change(field, old[field], new[field]) for field in RuleBook.model_fields if old[field] != new[field]]


def versions(session: Session, creditor_id: int) -> Sequence[RuleBookVersion]:
    """Every version anybody has set, newest first."""
    return session.scalars(
        select(RuleBookVersion)
        .where(RuleBookVersion.creditor_id == creditor_id)
        .order_by(RuleBookVersion.version.desc())
    ).all()


def rules_of_version(version: RuleBookVersion) -> RuleBook:
    """The rules a version set; a rule added to the program since is as usual."""
    return RuleBook.model_validate(version.rules)


def read_rules(given: Any, now: RuleBook, titles: Mapping[str, str] | None = None) -> RuleBook:
    """The rules in force with what is given changed (see ``read_changed``)."""
    return read_changed(RuleBook, given, now, titles, example="danger_gap_days: 90")
