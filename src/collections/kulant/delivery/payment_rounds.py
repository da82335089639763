"""Asks the payment provider now and then about what customers began and nobody told us the end of.

A provider tells by itself, as a rule. Where that got lost, and the customer did not come back to our page either, the
money would stay unknown until the bank file.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from kulant.core.errors import Refusal
from kulant.db import reading
from kulant.delivery import payment_orders as orders
from kulant.delivery.payment_provider import open_provider
from kulant.settings import Settings
from kulant.transaction import doing

EVERY_SECONDS = 300.0


def ask_about_all(settings: Settings) -> int:
    """Asks about each order that is open, and gives up those that are days old; returns how many were settled."""
    provider = open_provider(settings.payment_url, settings.payment_key)
    if provider is None:
        return 0
    with reading(settings.database_url) as session:
        open_orders = orders.unheard(session, provider)
    settled = 0
    for order in open_orders:
        try:
            word = provider.status(order.provider_id or "")
        except Refusal:
            continue  # it is asked again with the next round
        if word.status == orders.PENDING or word.key != order.key:
            continue
        with doing(settings, actor=f"{provider.name} (payment provider)") as act:
            orders.settle(act, provider=provider, word=word)
        settled += 1
    with doing(settings, actor="worker") as act:
        orders.give_up(act)
    return settled


def now_and_then() -> Callable[[Settings], int]:
    """The same as a part of a worker's rounds: every few minutes, not in each of them."""
    last: float | None = None

    def ask(settings: Settings) -> int:
        nonlocal last
        now = time.monotonic()
        if last is not None and now - last < EVERY_SECONDS:
            return 0
        last = now
        return ask_about_all(settings)

    return ask
