"""What people write: trimmed, never empty, never longer than a timeline can show."""

from __future__ import annotations

from kulant.core.errors import Refusal

LONGEST = 4000


def said(text: str, what: str) -> str:
    """The words as one line; refuses none at all. ``what`` begins the refusal: "a note needs some words"."""
    text = " ".join(text.split())
    if not text:
        raise Refusal("nothing_said", f"{what} needs some words")
    if "\x00" in text:
        raise Refusal("no_text", f"{what} holds a character that is no text; type it anew")
    if len(text) > LONGEST:
        raise Refusal("too_long", f"{what} may have at most {LONGEST:,} characters")
    return text
