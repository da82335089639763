"""What deliveries need, opened from the settings: transactions, the archive, the mail server, links."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kulant.db import Act
from kulant.delivery.bounce_address import open_bounce_address
from kulant.delivery.mail import mailer_of
from kulant.delivery.worker import House
from kulant.letters.storage import open_storage
from kulant.settings import Settings
from kulant.transaction import doing


def open_house(settings: Settings, *, actor: str, country: str = "NO") -> House:
    """The house of these settings; ``actor`` is who the audit trail names, ``country`` decides what day it is."""

    @contextmanager
    def transaction() -> Iterator[Act]:
        with doing(settings, actor=actor, country=country) as act:
            yield act

    secret = settings.secret_key()
    return House(
        open=transaction,
        storage=open_storage(settings.storage_url),
        mailer=mailer_of(settings),
        base_url=settings.base_url,
        secret=secret,
        bounces=open_bounce_address(settings.bounce_address, secret),
    )
