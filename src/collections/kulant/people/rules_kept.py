"""The rules a creditor has set for a part of the program: read, replaced by a new version, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.people.models import Creditor
from kulant.people.models_rules import CreditorRules

Rules = TypeVar("Rules", bound=BaseModel)


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


def read_changed(
    model: type[Rules], given: Any, now: Rules, titles: Mapping[str, str] | None = None, *, example: str
) -> Rules:
    """The rules in force with what is given changed; refuses what is no rule, saying which and why.

    ``titles``: what rules are called where somebody who knows no names of fields reads the refusal. ``example``: a rule
    as it is written.
    """
    if not isinstance(given, dict):
        raise Refusal("bad_rules", f"rules are written as names and values, like {example}")
    try:
        return model.model_validate(now.model_dump(mode="json") | given)
    except ValidationError as error:
        first = error.errors()[0]
        name, *inside = (str(part) for part in first["loc"] or ("rules",))
        if first["type"] == "extra_forbidden" and not inside:
            raise Refusal("bad_rules", f"there is no rule called {name[:40]!r}; they are like {example}") from None
        place = ".".join([(titles or {}).get(name, name), *inside])
        message = first["msg"].removeprefix("Value error, ")
        raise Refusal("bad_rules", f"{place}: {message[:1].lower()}{message[1:]}") from None
