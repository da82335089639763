"""The send gate: everything is checked again at the moment of sending, and a block says why. Pure.

Each check is a small rule with a code, a sentence that also says what will release the letter, and a test.
"""

from __future__ import annotations

from collections.abc import Callable

from kulant.delivery.gate_facts import Block, GateFacts
from kulant.delivery.gate_law import law_fee, law_regime, law_unknown, law_wait
from kulant.delivery.gate_money import bank_data_old, disputed, in_plan, paid, unmatched_money
from kulant.delivery.gate_people import (
    complaint,
    contact_cap,
    expectation_gap,
    held,
    late_for_a_reason,
    promised,
    refused_address,
    struck,
    tone_ceiling,
    unread_reply,
)
from kulant.delivery.gate_time import quiet_time

Check = Callable[[GateFacts], Block | None]

CHECKS: tuple[Check, ...] = (
    paid,
    unmatched_money,
    disputed,
    in_plan,
    promised,
    held,
    complaint,
    struck,
    expectation_gap,
    unread_reply,
    late_for_a_reason,
    tone_ceiling,
    contact_cap,
    refused_address,
    law_regime,
    law_wait,
    law_unknown,
    law_fee,
    quiet_time,
    bank_data_old,
)


def blocks(facts: GateFacts) -> list[Block]:
    """Every reason not to send now; nothing means it may leave."""
    return [block for check in CHECKS if (block := check(facts)) is not None]
