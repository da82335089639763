"""Use cases of a creditor's own texts: written as a draft, put forward, approved by somebody else, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, Forbidden, NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.i18n import LANGUAGES
from kulant.letters.disguise import without_unseen
from kulant.letters.lint import stops
from kulant.letters.models import LetterText
from kulant.letters.own_texts import PARTS, OwnText
from kulant.letters.sandbox import MOST_SIGNS
from kulant.letters.text_kinds import text_kind
from kulant.people.models import Creditor
from kulant.people.tokens import person_of

DRAFT, WAITING, ACTIVE, RETIRED = "draft", "waiting", "active", "retired"


def versions(session: Session, creditor_id: int, kind: str, language: str) -> Sequence[LetterText]:
    """Every version of a text, newest first."""
    return session.scalars(
        select(LetterText)
        .where(LetterText.creditor_id == creditor_id, LetterText.kind == kind, LetterText.language == language)
        .order_by(LetterText.version.desc())
    ).all()


def text_states(session: Session, creditor_id: int) -> dict[tuple[str, str], list[LetterText]]:
    """What the creditor has of each kind and language that is in force, put forward, or being written."""
    rows = session.scalars(
        select(LetterText)
        .where(LetterText.creditor_id == creditor_id, LetterText.status != RETIRED)
        .order_by(LetterText.version)
    )
    found: dict[tuple[str, str], list[LetterText]] = {}
    for row in rows:
        found.setdefault((row.kind, row.language), []).append(row)
    return found


def version_of(session: Session, creditor_id: int, kind: str, language: str, version: int) -> LetterText:
    """One version of a text."""
    row = session.scalar(
        select(LetterText).where(
            LetterText.creditor_id == creditor_id,
            LetterText.kind == kind,
            LetterText.language == language,
            LetterText.version == version,
        )
    )
    if row is None:
        raise NotFound("no_version", f"there is no version {version} of this text")
    return row


def as_own(row: LetterText) -> OwnText:
    """A version as letters are written by it."""
    return OwnText(row.version, dict(row.texts))


def check_place(kind: str, language: str) -> None:
    """Refuses a kind or language that has no texts."""
    text_kind(kind)
    if language not in LANGUAGES:
        raise NotFound("no_language", f"letters are written in {', '.join(LANGUAGES)}, not in {language!r}")


def save_draft(
    act: Act,
    *,
    creditor: Creditor,
    kind: str,
    language: str,
    texts: Mapping[str, str],
    why: str,
    based_on: int | None = None,
) -> LetterText:
    """Keeps a text as a draft: a new version each time, so that nothing anybody wrote is lost.

    ``based_on``: the newest version when the writer began; refused where somebody has written another since.
    """
    check_place(kind, language)
    written = {part: without_unseen(texts.get(part, "")).strip() for part in PARTS}
    if text_kind(kind).heading_fixed:
        written["heading"] = ""
    before = versions(act.session, creditor.id, kind, language)
    newest = before[0].version if before else 0
    if based_on is not None and based_on != newest:
        by = f", by {before[0].made_by}" if before else ""
        raise Conflict(
            "text_moved_on",
            f"version {newest} was kept meanwhile{by}. Look below at how yours differs from it, take over what you "
            "want, and keep it once more",
        )
    _check_size(written)
    if before and before[0].status in (DRAFT, WAITING) and dict(before[0].texts) == written:
        return before[0]
    row = LetterText(
        creditor_id=creditor.id,
        kind=kind,
        language=language,
        version=newest + 1,
        status=DRAFT,
        texts=written,
        made_by=act.actor,
        made_at=act.now,
        why=why.strip()[:500],
    )
    for older in before:
        if older.status in (DRAFT, WAITING):
            older.status = RETIRED
    act.session.add(row)
    act.session.flush()
    _tell(act, row, "text_drafted", "written as a draft")
    return row


def _check_size(written: Mapping[str, str]) -> None:
    long = next((part for part, source in written.items() if len(source) > MOST_SIGNS), None)
    if long is not None:
        raise Refusal(
            "text_too_long",
            f"{PARTS[long]}: it has {len(written[long])} characters, at most {MOST_SIGNS} fit; shorten it and keep it "
            "once more",
        )


def put_forward(act: Act, *, row: LetterText) -> LetterText:
    """Asks somebody else to approve the draft; refused while something in it stops it."""
    _expect(row, DRAFT)
    _refuse_stops(row)
    row.status = WAITING
    _tell(act, row, "text_put_forward", "put forward for approval")
    return row


def approve_text(act: Act, *, row: LetterText) -> LetterText:
    """Puts the text in force in place of the one before. Who wrote it cannot approve it."""
    _expect(row, WAITING)
    if person_of(row.made_by) == person_of(act.actor):
        raise Forbidden("own_text", "you wrote this text; somebody else must approve it")
    _refuse_stops(row)
    _retire_active(act, row.creditor_id, row.kind, row.language)
    row.status, row.decided_by, row.decided_at = ACTIVE, act.actor, act.now
    act.session.flush()
    _tell(act, row, "text_approved", "approved; letters are written by it from now on")
    return row


def decline_text(act: Act, *, row: LetterText, why: str) -> LetterText:
    """Gives the text back to be written anew."""
    _expect(row, WAITING)
    if not why.strip():
        raise Refusal("no_reason", "say what should be different")
    row.status, row.decided_by, row.decided_at = DRAFT, act.actor, act.now
    row.decided_why = why.strip()[:300]
    _tell(act, row, "text_declined", f"given back: {why.strip()[:300]}")
    return row


def discard_draft(act: Act, *, row: LetterText) -> LetterText:
    """Puts a draft away that nobody wants any more; what is in force stays so."""
    if row.status not in (DRAFT, WAITING):
        raise Conflict("text_moved_on", f"version {row.version} is {row.status} by now; look at the newest one")
    row.status = RETIRED
    _tell(act, row, "text_put_away", "put away; what is in force stays so")
    return row


def reset_text(act: Act, *, creditor: Creditor, kind: str, language: str) -> LetterText:
    """Lets the shipped text stand again; the own one is kept among its versions."""
    row = _retire_active(act, creditor.id, kind, language)
    if row is None:
        raise Conflict("shipped_already", "the shipped text is in force already")
    _tell(act, row, "text_reset", "taken out of force; the shipped text stands again")
    return row


def _retire_active(act: Act, creditor_id: int, kind: str, language: str) -> LetterText | None:
    row = act.session.scalar(
        select(LetterText)
        .where(
            LetterText.creditor_id == creditor_id,
            LetterText.kind == kind,
            LetterText.language == language,
            LetterText.status == ACTIVE,
        )
        .with_for_update()
    )
    if row is not None:
        row.status = RETIRED
        act.session.flush()
    return row


def _expect(row: LetterText, status: str) -> None:
    if row.status != status:
        raise Conflict("text_moved_on", f"version {row.version} is {row.status} by now; look at the newest one")


def _refuse_stops(row: LetterText) -> None:
    found = stops(row.texts, row.kind, row.language)
    if found:
        raise Refusal("text_stopped", f"{PARTS[found[0].part]}: {found[0].text}")


def _tell(act: Act, row: LetterText, kind: str, what: str) -> None:
    data: dict[str, Any] = {"kind": row.kind, "language": row.language, "version": row.version}
    said = f"Text “{text_kind(row.kind).name}” ({row.language}), version {row.version}, {what}."
    act.tell(Event(kind, said, creditor_id=row.creditor_id, data=data))
