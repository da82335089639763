"""What happened, in words: the facts that the timeline and the audit trail keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something a clerk, a customer or the program did.

    ``kind`` is a stable code (``plan_accepted``), ``text`` one sentence for people. With a ``customer_id`` it stands on
    that customer's timeline; every event stands in the audit trail. ``data`` holds plain JSON values for programs.
    ``direction`` is ``in`` where the customer came to us and ``out`` where we went to them. ``on`` and ``by`` are for
    what is recorded later or for somebody else: when it happened and who had part in it (empty: nobody knows).
    """

    kind: str
    text: str
    creditor_id: int | None = None
    customer_id: int | None = None
    item_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    direction: str | None = None
    on: date | None = None
    by: str | None = None
