"""The ladders in force: applied as versions, chosen for each customer, kept for every proposal made by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.i18n import language_of
from kulant.law import entries as law_entries
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.treatment import queries
from kulant.treatment.ladder import Policy, Traits, most_specific, parse_policy, standard_policy
from kulant.treatment.ladder_law import House, refuse_unlawful
from kulant.treatment.models import Ladder, Proposal


@dataclass(frozen=True, slots=True)
class LadderInForce:
    """A ladder as applied: its row (none for the one that comes with Kulant) and what it says."""

    row_id: int | None
    version: int
    policy: Policy


def apply_policy(act: Act, *, creditor: Creditor, text: str | bytes) -> Ladder:
    """Puts a ladder in force under its name; the version before is kept. The same text again changes nothing."""
    policy = parse_policy(text)
    if policy.country is not None and policy.country != creditor.country:
        raise Refusal(
            "wrong_country",
            f"country: this ladder is for {policy.country}, but {creditor.code} is in {creditor.country}",
        )
    house = House(creditor.code, creditor.country, creditor.fee_agreed, law_entries.entered(act.session))
    refuse_unlawful(policy, house, act.today)
    yaml = text if isinstance(text, str) else text.decode("utf-8-sig")
    newest = queries.newest_version(act.session, creditor.id, policy.name)
    if newest is not None and newest.active and newest.yaml == yaml:
        return newest
    if newest is not None:
        newest.active = False
    ladder = Ladder(
        creditor_id=creditor.id,
        name=policy.name,
        version=newest.version + 1 if newest else 1,
        yaml=yaml,
        active=True,
        applied_on=act.today,
        applied_by=act.actor,
    )
    act.session.add(ladder)
    act.session.flush()
    act.tell(
        Event(
            "ladder_applied",
            f"Ladder {policy.name} version {ladder.version} is in force.",
            creditor_id=creditor.id,
            data={"ladder": policy.name, "version": ladder.version},
        )
    )
    return ladder


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


def policy_of(session: Session, proposal: Proposal) -> Policy:
    """The ladder a proposal was made by, in the version of that day."""
    if proposal.ladder_id is None:
        return standard_policy()
    return _parsed(session.get_one(Ladder, proposal.ladder_id).yaml)


@lru_cache(maxsize=256)
def _parsed(yaml: str) -> Policy:
    return parse_policy(yaml)
