"""Where a list goes on: a signed note of the last row shown, which only its own list can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from itsdangerous import BadSignature, URLSafeSerializer

from kulant.core.errors import Refusal

USUAL = 100
MOST = 1000

Row = TypeVar("Row")


class Cursors:
    """The cursors of one list of one creditor."""

    def __init__(self, secret: str, which: str) -> None:
        self._signer = URLSafeSerializer(secret, salt=f"cursor:{which}")

    def read(self, cursor: str | None) -> list[Any] | None:
        """The key of the last row shown; none at the beginning. Refuses what is not of this list."""
        if not cursor:
            return None
        try:
            key: list[Any] = self._signer.loads(cursor)
        except BadSignature:
            raise Refusal("bad_cursor", "the cursor is not of this list; begin again without one") from None
        return key

    def page(
        self, rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[Any]]
    ) -> tuple[Sequence[Row], str | None]:
        """The rows to show and the cursor of the next page; ``rows`` were asked for with one more than ``limit``."""
        if len(rows) <= limit:
            return rows, None
        return rows[:limit], str(self._signer.dumps(list(key(rows[limit - 1]))))
