"""The states of a payment plan."""

from __future__ import annotations

RUNNING = ("accepted", "active", "late")  # the customer is paying by it; nothing else is asked for what it covers
ENDED = ("completed", "renegotiated", "broken", "cancelled", "expired")
