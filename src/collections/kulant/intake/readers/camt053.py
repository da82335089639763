"""ISO 20022 bank statements (camt.053), all versions. The report of a running day (camt.052) is refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.documents import HEAD, Context
from kulant.intake.readers.camt_entries import Taken, holds, read_entries

_STATEMENTS, _REPORTS = "BkToCstmrStmt", "BkToCstmrAcctRpt"


def recognises(head: bytes) -> bool:
    """Whether the file is a statement, or the report that ``read`` refuses by name."""
    return holds(head, _STATEMENTS, _REPORTS)


def read(stream: BinaryIO, context: Context) -> Iterator[Taken]:
    """The booked entries of every statement in the file."""
    if holds(stream.read(HEAD), _REPORTS):
        raise Refusal(
            "intraday",
            "The file is a camt.052 report of a day still running, whose entries may yet change; "
            "import the statement camt.053 of that day instead.",
        )
    yield from read_entries(stream, "Stmt")
