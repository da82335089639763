"""The rules a creditor has set for a part of the program: read, replaced by a new version, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.people.models import Creditor
from kulant.people.models_rules import CreditorRules


def rules_in_force(session: Session, creditor_id: int, name: str) -> dict[str, Any] | None:
    """What the creditor's newest rules of that name say; none until somebody sets any."""
    newest = versions(session, creditor_id, name, limit=1)
    return dict(newest[0].rules) if newest else None


def versions(session: Session, creditor_id: int, name: str, *, limit: int | None = None) -> Sequence[CreditorRules]:
    """Every version of the rules of that name, newest first."""
    return session.scalars(
        select(CreditorRules)
        .where(CreditorRules.creditor_id == creditor_id, CreditorRules.name == name)
        .order_by(CreditorRules.version.desc())
        .limit(limit)
    ).all()


def keep_rules(act: Act, *, creditor: Creditor, name: str, rules: dict[str, Any], why: str) -> CreditorRules:
    """Puts rules of that name in force as a new version that says who, when and why; those before are kept."""
    newest = versions(act.session, creditor.id, name, limit=1)
    before = dict(newest[0].rules) if newest else {}
    if newest and rules == before:
        raise Refusal("same_rules", "these are the rules in force already; nothing was changed")
    kept = CreditorRules(
        creditor_id=creditor.id,
        name=name,
        version=newest[0].version + 1 if newest else 1,
        rules=rules,
        set_on=act.today,
        set_at=act.now,
        set_by=act.actor,
        why=why,
    )
    act.session.add(kept)
    act.session.flush()
    changed = sorted(key for key in rules.keys() | before.keys() if rules.get(key) != before.get(key))
    act.tell(
        Event(
            "rules_set",
            f"Rules for {name} changed, version {kept.version} ({why}): {', '.join(changed)}.",
            creditor_id=creditor.id,
            data={"name": name, "version": kept.version, "changed": changed},
        )
    )
    return kept
