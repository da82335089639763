"""Paper: the letters that wait for a printer, the batches they went in, and which batches have been printed.

A letter is in one batch only. Making the batch does not draw anything anew: it joins what is archived.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.ledger.erased import erased_customers
from kulant.letters.archive import read
from kulant.letters.models import Document, PrintBatch
from kulant.letters.print_batch import Placed, in_post_order, join, place, sheets
from kulant.letters.storage import Storage
from kulant.people.models import Creditor
from kulant.people.service import check_length

MOST_LETTERS = 500  # of one batch: a pile a printer takes at once, and a file that is joined within seconds


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that has been written and archived and is not yet with a printer."""

    delivery: Delivery
    document: Document


def waiting(session: Session, creditor: Creditor, *, limit: int | None = None) -> list[Waiting]:
    """The letters that wait, in the order the post sorts."""
    rows = session.execute(_unprinted(creditor.id).order_by(Delivery.id).limit(limit)).all()
    deliveries = {document.id: delivery for delivery, document in rows}
    ordered = in_post_order((document for _, document in rows), creditor.country)
    return [Waiting(deliveries[document.id], document) for document in ordered]


def _unprinted(creditor_id: int) -> Select[Delivery, Document]:
    return (
        select(Delivery, Document)
        .join(Document, Document.id == Delivery.document_id)
        .where(
            Delivery.creditor_id == creditor_id,
            Delivery.channel == "letter",
            Delivery.status == "sent",
            Delivery.print_batch_id.is_(None),
            Delivery.customer_id.not_in(erased_customers(creditor_id)),
        )
    )


@dataclass(frozen=True, slots=True)
class Pile:
    """Letters joined and kept, but nobody's batch yet."""

    delivery_ids: tuple[int, ...]
    letters: tuple[Placed, ...]
    sha256: str


def pile(session: Session, storage: Storage, *, creditor: Creditor, delivery_ids: Collection[int]) -> Pile:
    """Joins what is archived of these deliveries and keeps the file; slow, so outside of any transaction."""
    if not delivery_ids:
        raise Refusal("no_letters", "Choose at least one letter.")
    if len(set(delivery_ids)) > MOST_LETTERS:
        raise Refusal("too_many_letters", f"A batch takes at most {MOST_LETTERS} letters; make several.")
    rows = session.execute(
        select(Delivery.id, Document)
        .join(Document, Document.id == Delivery.document_id)
        .where(
            Delivery.creditor_id == creditor.id,
            Delivery.channel == "letter",
            Delivery.status == "sent",
            Delivery.id.in_(set(delivery_ids)),
        )
    ).all()
    if len(rows) != len(set(delivery_ids)):
        raise NotFound("no_such_letter", "One of these letters is not there to be printed. Look at the list again.")
    ordered = in_post_order((document for _, document in rows), creditor.country)
    digest = storage.put(join(read(storage, document) for document in ordered))
    return Pile(tuple(sorted(each for each, _ in rows)), tuple(place(ordered)), digest)


def make_batch(act: Act, *, creditor: Creditor, printer: str, letters: Pile) -> PrintBatch:
    """Puts the letters into a batch for that printer. The very same letters again are the same batch."""
    printer = " ".join(printer.split())
    if not printer:
        raise Refusal("no_printer", "Say which printer or supplier the letters go to.")
    check_length("printer", printer, PrintBatch)
    deliveries = act.session.scalars(
        select(Delivery).where(Delivery.id.in_(letters.delivery_ids)).order_by(Delivery.id).with_for_update()
    ).all()
    batches = {each.print_batch_id for each in deliveries}
    if batches != {None}:
        return _same_batch(act.session, batches, letters)
    batch = PrintBatch(
        creditor_id=creditor.id,
        printer=printer,
        made_on=act.today,
        made_at=act.now,
        made_by=act.actor,
        letters=len(deliveries),
        sheets=sheets(letters.letters),
        sha256=letters.sha256,
    )
    act.session.add(batch)
    act.session.flush()
    for delivery in deliveries:
        delivery.print_batch_id = batch.id
    act.tell(
        Event(
            "print_batch_made",
            f"Print batch {batch.id} for {printer}: {batch.letters} letters on {batch.sheets} sheets.",
            creditor_id=creditor.id,
            data={"batch": batch.id, "printer": printer, "letters": batch.letters, "sha256": batch.sha256},
        )
    )
    return batch


def _same_batch(session: Session, batches: set[int | None], letters: Pile) -> PrintBatch:
    """The batch these letters are in already, when they are all of it; refused when a letter would be printed twice."""
    if len(batches) == 1:
        found = session.get_one(PrintBatch, batches.pop())
        inside = session.scalars(select(Delivery.id).where(Delivery.print_batch_id == found.id).order_by(Delivery.id))
        if tuple(inside) == letters.delivery_ids:
            return found
    raise Conflict("in_a_batch", "One of these letters is in a print batch already; nothing is printed twice.")


def mark_printed(act: Act, *, batch: PrintBatch) -> None:
    """A person says that the batch has been printed and given to the post; each customer's timeline knows."""
    act.session.refresh(batch, with_for_update=True)
    if batch.printed_at is not None:
        raise Conflict("printed_already", f"Batch {batch.id} was marked as printed by {batch.printed_by} already.")
    batch.printed_at, batch.printed_by = act.now, act.actor
    act.tell(
        Event(
            "print_batch_printed",
            f"Print batch {batch.id} was printed by {batch.printer}.",
            creditor_id=batch.creditor_id,
            data={"batch": batch.id},
        )
    )
    for delivery in act.session.scalars(select(Delivery).where(Delivery.print_batch_id == batch.id)):
        act.tell(
            Event(
                "letter_printed",
                f"The letter was printed by {batch.printer} and given to the post.",
                creditor_id=batch.creditor_id,
                customer_id=delivery.customer_id,
                data={"batch": batch.id, "delivery": delivery.id, "document": delivery.document_id},
            )
        )


def batches(session: Session, creditor_id: int, limit: int = 50) -> Sequence[PrintBatch]:
    """The batches of a creditor, the newest first."""
    chosen = select(PrintBatch).where(PrintBatch.creditor_id == creditor_id).order_by(PrintBatch.id.desc())
    return session.scalars(chosen.limit(limit)).all()


def batch_by_id(session: Session, creditor_id: int, batch_id: int) -> PrintBatch:
    """The batch of that number; refuses when this creditor has none."""
    found = session.scalar(select(PrintBatch).where(PrintBatch.id == batch_id, PrintBatch.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_print_batch", f"There is no print batch {batch_id}.")
    return found


def letters_of(session: Session, creditor: Creditor, batch: PrintBatch) -> list[Placed]:
    """The letters of a batch as they stand in its file."""
    documents = session.scalars(
        select(Document).join(Delivery, Delivery.document_id == Document.id).where(Delivery.print_batch_id == batch.id)
    )
    return place(in_post_order(documents, creditor.country))
