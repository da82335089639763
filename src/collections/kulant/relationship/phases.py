"""The phase a relationship is in, by the creditor's own list. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kulant.relationship.rulebook import Phase


def phase_of(phases: Sequence[Phase], *, purchases: int, paid_invoices: int, p_active: float | None) -> Phase | None:
    """The last phase whose conditions are met; none when even the first asks for more.

    ``p_active``: the chance that they are still a customer. While it is unknown, no phase that needs it low begins.
    """
    return next((one for one in reversed(phases) if _has_begun(one, purchases, paid_invoices, p_active)), None)


def _has_begun(phase: Phase, purchases: int, paid_invoices: int, p_active: float | None) -> bool:
    if purchases < phase.after_purchases or paid_invoices < phase.after_paid_invoices:
        return False
    return phase.active_below is None or (p_active is not None and p_active < phase.active_below)
