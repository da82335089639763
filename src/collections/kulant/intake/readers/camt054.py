"""ISO 20022 notifications of credits and debits (camt.054), all versions. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kulant.intake.documents import Context
from kulant.intake.readers.camt_entries import Taken, holds, read_entries


def recognises(head: bytes) -> bool:
    """Whether the file is such a notification."""
    return holds(head, "BkToCstmrDbtCdtNtfctn")


def read(stream: BinaryIO, context: Context) -> Iterator[Taken]:
    """The booked entries of every notification in the file."""
    yield from read_entries(stream, "Ntfctn")
