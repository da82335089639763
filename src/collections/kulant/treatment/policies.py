"""The ladders in force: applied as versions, chosen for each customer, kept for every proposal made by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy.orm import Session

from kulant.core.errors import NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.i18n import language_of
from kulant.law import entries as law_entries
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.treatment import queries
from kulant.treatment.ladder import Policy, Traits, most_specific, parse_policy, read_policy, standard_policy
from kulant.treatment.ladder_law import House, refuse_unlawful, unlawful
from kulant.treatment.models import Ladder, Proposal


@dataclass(frozen=True, slots=True)
class LadderInForce:
    """A ladder as applied: its row (none for the one that comes with Kulant) and what it says."""

    row_id: int | None
    version: int
    policy: Policy


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of a ladder found: what it says, and every mistake in one sentence that names its place."""

    policy: Policy | None
    mistakes: tuple[str, ...]


def check_policy(session: Session, *, creditor: Creditor, text: str | bytes, today: date) -> Checked:
    """Looks through a ladder without storing anything: first what it says, then whether the law lets it be."""
    policy = read_policy(text)
    if not isinstance(policy, Policy):
        return Checked(None, tuple(policy))
    found = [wrong] if (wrong := _wrong_country(policy, creditor)) else []
    return Checked(policy, (*found, *unlawful(policy, _house(session, creditor), today)))


def _wrong_country(policy: Policy, creditor: Creditor) -> str | None:
    if policy.country in (None, creditor.country):
        return None
    return f"country: this ladder is for {policy.country}, but {creditor.code} is in {creditor.country}"


def _house(session: Session, creditor: Creditor) -> House:
    return House(creditor.code, creditor.country, creditor.fee_agreed, law_entries.entered(session))


def apply_policy(act: Act, *, creditor: Creditor, text: str | bytes, why: str = "") -> Ladder:
    """Puts a ladder in force under its name; the version before is kept. The same text again changes nothing."""
    policy = parse_policy(text)
    if wrong := _wrong_country(policy, creditor):
        raise Refusal("wrong_country", wrong)
    refuse_unlawful(policy, _house(act.session, creditor), act.today)
    yaml = (text if isinstance(text, str) else text.decode("utf-8-sig")).replace("\r\n", "\n")
    newest = queries.newest_version(act.session, creditor.id, policy.name)
    if newest is not None and newest.active and newest.yaml == yaml:
        return newest
    if newest is not None and newest.active:
        _end(act, newest, None)
    why = " ".join(why.split())
    ladder = Ladder(
        creditor_id=creditor.id,
        name=policy.name,
        version=newest.version + 1 if newest else 1,
        yaml=yaml,
        active=True,
        applied_on=act.today,
        applied_by=act.actor,
        why=why or None,
    )
    act.session.add(ladder)
    act.session.flush()
    _tell(act, ladder, "ladder_applied", f"Ladder {policy.name} version {ladder.version} is in force. {why}".strip())
    return ladder


def take_back(act: Act, *, creditor: Creditor, ladder: Ladder, why: str) -> Ladder:
    """Puts an older version back in force: as a new version with the same text, so that each stays as it was."""
    return apply_policy(act, creditor=creditor, text=ladder.yaml, why=_reason(why) + f" (as version {ladder.version})")


def switch_off(act: Act, *, creditor: Creditor, name: str, why: str) -> Ladder:
    """Takes a ladder out of force; its customers get the next one that fits, or the one that comes with Kulant."""
    newest = queries.newest_version(act.session, creditor.id, name)
    if newest is None or not newest.active:
        raise NotFound("no_ladder", f"no ladder called {name} is in force")
    why = _reason(why)
    _end(act, newest, why)
    _tell(act, newest, "ladder_switched_off", f"Ladder {name} is switched off. {why}")
    return newest


def _end(act: Act, ladder: Ladder, why: str | None) -> None:
    ladder.active, ladder.ended_on, ladder.ended_by, ladder.ended_why = False, act.today, act.actor, why


def _reason(why: str) -> str:
    why = " ".join(why.split())
    if not why:
        raise Refusal("no_reason", "give a reason, so that others understand later why the ladder changed")
    return why


def _tell(act: Act, ladder: Ladder, kind: str, text: str) -> None:
    data = {"ladder": ladder.name, "version": ladder.version}
    act.tell(Event(kind, text, creditor_id=ladder.creditor_id, data=data))


def ladders_in_force(session: Session, creditor_id: int) -> list[LadderInForce]:
    """The creditor's ladders; the standard one while none was applied."""
    rows = queries.active_ladders(session, creditor_id)
    if not rows:
        return [LadderInForce(None, 0, standard_policy())]
    return [LadderInForce(row.id, row.version, _parsed(row.yaml)) for row in rows]


def ladder_for(customer: Customer, creditor: Creditor, ladders: Sequence[LadderInForce]) -> LadderInForce | None:
    """The ladder meant most specifically for the customer; none when no ladder applies."""
    traits = Traits(
        number=customer.number,
        segment=customer.segment,
        kind=customer.kind,
        country=customer.country or creditor.country,
        language=language_of(customer.language, customer.country, creditor.language),
    )
    chosen = most_specific([ladder.policy for ladder in ladders], traits)
    return next((ladder for ladder in ladders if ladder.policy is chosen), None)


def with_policy(ladders: Sequence[LadderInForce], policy: Policy) -> list[LadderInForce]:
    """The ladders as they would be with this one in force: in the place of its namesake, or beside the others."""
    new = LadderInForce(None, 0, policy)
    # The ladder that comes with Kulant only stands in while there is no other.
    own = [ladder for ladder in ladders if ladder.row_id is not None]
    before = next((ladder for ladder in own if ladder.policy.name == policy.name), None)
    if before is not None:
        new = LadderInForce(before.row_id, before.version + 1, policy)
    return sorted([*(one for one in own if one is not before), new], key=lambda one: one.policy.name)


def policy_of(session: Session, proposal: Proposal) -> Policy:
    """The ladder a proposal was made by, in the version of that day."""
    if proposal.ladder_id is None:
        return standard_policy()
    return _parsed(session.get_one(Ladder, proposal.ladder_id).yaml)


@lru_cache(maxsize=256)
def _parsed(yaml: str) -> Policy:
    return parse_policy(yaml)
