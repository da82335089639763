"""The archive: what was sent, word for word, and the PDF it was sent as. Nothing in it is ever changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, NotFound
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.letters import queries
from kulant.letters.models import Document
from kulant.letters.render import Rendered, canonical
from kulant.letters.storage import Altered, Storage
from kulant.people.models import Creditor


def store(
    act: Act,
    *,
    storage: Storage,
    creditor: Creditor,
    customer: Customer,
    key: str,
    content: dict[str, Any],
    rendered: Rendered,
) -> Document:
    """Keeps the document under its key. Storing the same again returns what is there; anything else is refused.

    The PDF is kept before the row: a row always has its file. A file without a row does no harm. The row holds neither
    the link nor the code of the letter: who reads the database must not be able to open a customer's page.
    """
    content = without_link(content)
    existing = queries.by_key(act.session, key)
    if existing is not None:
        return _same(existing, content, rendered)
    digest = storage.put(rendered.pdf)
    document = Document(
        creditor_id=creditor.id,
        customer_id=customer.id,
        key=key,
        kind=content["kind"],
        language=content["language"],
        on=date.fromisoformat(content["on"]),
        content=content,
        sha256=digest,
        pages=rendered.pages,
        created_at=act.now,
    )
    try:
        with act.session.begin_nested():
            act.session.add(document)
    except IntegrityError:
        # Somebody else stored it between our look and our row.
        stored = queries.by_key(act.session, key)
        if stored is None:
            raise
        return _same(stored, content, rendered)
    act.tell(
        Event(
            "document_archived",
            f"{content['heading']} archived.",
            creditor_id=creditor.id,
            customer_id=customer.id,
            data={"document": document.id, "key": key, "sha256": digest},
        )
    )
    return document


_TOKEN = re.compile(r"/p/[A-Za-z0-9_-]{43}")


def without_link(content: dict[str, Any]) -> dict[str, Any]:
    """What the document says, but for what opens the customer's page."""
    kept: dict[str, Any] = _masked(content)
    if kept.get("offer") and "typed" in kept["offer"]:
        del kept["offer"]["typed"]
    return kept


def _masked(part: Any) -> Any:
    if isinstance(part, str):
        return _TOKEN.sub("/p/…", part)
    if isinstance(part, dict):
        return {name: _masked(value) for name, value in part.items()}
    return [_masked(each) for each in part] if isinstance(part, list | tuple) else part


def read(storage: Storage, document: Document) -> bytes:
    """The document's PDF, exactly as it was sent; refused when a single bit of it has changed."""
    return storage.get(document.sha256)


@dataclass(frozen=True, slots=True)
class Proof:
    """How many documents were looked at, and which of them are not what was sent."""

    looked_at: int
    wrong: tuple[str, ...]  # each named with what is wrong


def prove(session: Session, storage: Storage, *, newest: int | None) -> Proof:
    """Reads stored documents and compares each with the hash it was archived under; all of them, or the newest so many.

    One at a time: an archive has no limit, and only a document's number and hash are held of it.
    """
    wrong: list[str] = []
    looked_at = 0
    for number, digest in queries.hashes(session, newest):
        looked_at += 1
        try:
            storage.get(digest)
        except Altered:
            wrong.append(f"document {number} was altered ({digest})")
        except NotFound:
            wrong.append(f"document {number} is missing ({digest})")
    return Proof(looked_at, tuple(wrong))


def _same(stored: Document, content: dict[str, Any], rendered: Rendered) -> Document:
    if stored.sha256 != rendered.sha256 or canonical(stored.content) != canonical(content):
        raise Conflict(
            "document_exists", f"another document is archived under {stored.key!r}; a document is never replaced"
        )
    return stored
