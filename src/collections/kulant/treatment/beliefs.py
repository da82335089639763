"""Use cases of the table of assumptions: a cell set by a person, or given back its shipped figure."""

from __future__ import annotations

from kulant.db import Act
from kulant.people.models import Creditor
from kulant.people.models_rules import CreditorRules
from kulant.people.rules_kept import keep_rules
from kulant.relationship.said import said
from kulant.treatment.lessons import PRIORS_RULES, beliefs_of
from kulant.treatment.prior_table import SetCell, read_cell


def set_belief(
    act: Act,
    *,
    creditor: Creditor,
    treatment: str,
    reason: str | None,
    grade: str | None,
    recovery_percent: float,
    strength: int,
    why: str,
) -> CreditorRules:
    """Puts another assumption in force, labelled with who set it and why; decisions from now on go by it."""
    because = said(why, "changing what is believed")
    cell = read_cell(
        treatment=treatment,
        reason=reason,
        grade=grade,
        recovery_percent=recovery_percent,
        strength=strength,
        label=f"set by {act.actor} on {act.today:%Y-%m-%d}: {because}",
    )
    return _keep(act, creditor, beliefs_of(act.session, creditor.id).with_cell(cell), because)


def take_back_belief(
    act: Act, *, creditor: Creditor, treatment: str, reason: str | None, grade: str | None, why: str
) -> CreditorRules:
    """Lets the shipped assumption stand again."""
    because = said(why, "taking back what is believed")
    left = beliefs_of(act.session, creditor.id).without((treatment, reason, grade))
    return _keep(act, creditor, left, because)


def _keep(act: Act, creditor: Creditor, cells: list[SetCell], why: str) -> CreditorRules:
    ordered = sorted(cells, key=lambda cell: tuple(map(str, cell.place)))
    rules = {"cells": [cell.as_json() for cell in ordered]}
    return keep_rules(act, creditor=creditor, name=PRIORS_RULES, rules=rules, why=why)
