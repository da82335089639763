"""Which documents of a file the ledger has already, asked of the database as seldom as can be.

The first import of a creditor is the largest, and nothing it brings is known: of a creditor without documents only what
this very import has posted can be. So long as that holds, the numbers posted are remembered instead of looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kulant.db import Act
from kulant.intake import queries
from kulant.intake.queries import KnownDocument
from kulant.people.models import Creditor

# So many numbers are remembered, about a hundred megabytes; from then on they are looked up.
MOST_REMEMBERED = 1_500_000


class KnownDocuments:
    """One import's view of what is posted; ``go_on`` tells it that a transaction has begun."""

    def __init__(self, act: Act, creditor: Creditor) -> None:
        self._act = act
        self._creditor = creditor
        self._posted: set[str] | None = set()  # all that is there, or none: then it is looked up
        self._last_id = 0
        self._asked = False

    def go_on(self) -> None:
        """Another transaction has begun: somebody else may have posted in between."""
        self._asked = False

    def look_up(self) -> None:
        """From now on every number is looked up: documents may be there that this import does not remember."""
        self._posted = None

    def of(self, numbers: Collection[str]) -> dict[str, KnownDocument]:
        """What is known of these, by number."""
        if not self._asked and self._posted is not None:
            self._asked = True
            if queries.any_document_after(self._act.session, self._creditor.id, self._last_id):
                self.look_up()
        asked = numbers if self._posted is None else self._posted.intersection(numbers)
        return queries.known_documents(self._act.session, self._creditor.id, asked) if asked else {}

    def posted(self, numbers: Collection[str], ids: Sequence[int]) -> None:
        """Remembers what was posted just now, under these ids."""
        if self._posted is None:
            return
        self._posted.update(numbers)
        self._last_id = max(self._last_id, ids[-1])
        if len(self._posted) > MOST_REMEMBERED:
            self.look_up()
