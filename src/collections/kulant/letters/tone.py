"""How warm or firm a document is worded. Pure.

Each document has a tone of its own. A grade or a phase of the relationship only ever makes it warmer, so that more
value never reads firmer; a ceiling (the firmest letter that customers of the segment may get) caps it. Nothing makes
it firmer, and what is unknown changes nothing. What the law wants said is said in every tone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """From the warmest to the firmest."""

    WARM = 0
    FRIENDLY = 1
    CLEAR = 2
    FIRM = 3

    @property
    def word(self) -> str:
        """The level in a word."""
        return self.name.lower()


# What each document asks for by itself; whatever asks for nothing late is warm.
BASE = {
    "courtesy": Level.FRIENDLY,
    "reminder": Level.FRIENDLY,
    "fee_reminder": Level.CLEAR,
    "final_reminder": Level.CLEAR,
    "formal_notice": Level.FIRM,
    "hand_over": Level.FIRM,
}
# So many levels warmer (a judgement).
GRADE_STEPS = {"A": 2, "B": 1}
PHASE_STEP = 1
# Towards a consumer what the customer is worth has no say in formal steps: everybody gets the same notice.
FORMAL = frozenset(("formal_notice", "hand_over"))


@dataclass(frozen=True, slots=True)
class Tone:
    """The tone of a document, and what made it so."""

    level: Level
    because: tuple[str, ...] = ()

    def words(self) -> str:
        """The tone with its reasons, for the clerk: ``warm: customer since 2019, grade A, phase Buying``."""
        return f"{self.level.word}: {', '.join(self.because)}" if self.because else self.level.word

    def as_content(self) -> dict[str, Any]:
        """The tone as a document keeps it."""
        return {"level": self.level.word, "why": self.words()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """What the tone follows beside the document. ``gentle_phase``: one in which kindness is believed to bring more, or
    the first of all, in which the first impression is made."""

    grade: str | None = None
    phase: str | None = None  # its name
    gentle_phase: bool = False
    since: int | None = None  # a customer since that year
    ceiling: str | None = None  # the firmest document such customers may get
    ceiling_for: str = "these customers"  # whose ceiling it is, e.g. customers of the segment key
    consumer: bool = False


def tone(document: str, known: Relationship | None = None) -> Tone:
    """The tone of a document for such a customer; the document's own where nothing is known of them."""
    base = BASE.get(document, Level.WARM)
    if known is None or document not in BASE:
        return Tone(base)
    graded = not (known.consumer and document in FORMAL)
    steps = GRADE_STEPS.get(known.grade or "", 0) if graded else 0
    steps += PHASE_STEP if known.gentle_phase else 0
    level = Level(max(Level.WARM, base - steps))
    capped = BASE.get(known.ceiling or "", level)
    return Tone(min(level, capped), _because(document, known, graded, capped < level))


def _because(document: str, known: Relationship, graded: bool, capped: bool) -> tuple[str, ...]:
    said = [f"a {document.replace('_', ' ')}"]
    if known.since is not None:
        said.append(f"customer since {known.since}")
    if known.grade is not None:
        said.append(f"grade {known.grade}" if graded else "a consumer's grade has no say in a formal step")
    if known.phase is not None:
        said.append(f"phase {known.phase}")
    if capped:
        said.append(f"{known.ceiling_for} get nothing firmer")
    return tuple(said)
