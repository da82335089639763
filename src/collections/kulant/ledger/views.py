"""Disputes as programs see them: the JSON of the command line and the API."""

from __future__ import annotations

from typing import Any

from kulant.core.money import decimal_string
from kulant.ledger.models import Dispute, OpenItem


def dispute_json(dispute: Dispute, item: OpenItem) -> dict[str, Any]:
    """A dispute that was opened; all that is open of the invoice where no part was named."""
    disputed = item.open_minor if dispute.amount_minor is None else dispute.amount_minor
    return {
        "id": str(dispute.id),
        "invoice": item.number,
        "amount": decimal_string(disputed, item.currency),
        "reason": dispute.reason,
    }
