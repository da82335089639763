"""What must hold for every invoice file, however its rows are ordered and however often it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.db import Act, Base
from kulant.intake import taking
from kulant.ledger import queries
from kulant.ledger.models import OpenItem
from tests.intake.files import TODAY, counts, take
from tests.support.factories import create_creditor

HEAD = "customer_id,currency,invoice_number,kind,issue_date,due_date,amount,open_amount,settled_date,credits_invoice"


class Document(NamedTuple):
    """A row of the file, and what is open of it in the system it comes from."""

    line: str
    number: str
    open_minor: int


def money(minor: int) -> str:
    """Minor units as the file writes them."""
    return decimal_string(minor, "NOK")


@st.composite
def ledgers(draw: st.DrawFn) -> list[Document]:
    """Invoices with part payments, settlements and credit notes, whose open amounts are right."""
    documents = []
    for number in range(draw(st.integers(1, 6))):
        amount = draw(st.integers(1, 100_000))
        left = amount
        for credit in range(draw(st.integers(0, 2))):
            used = draw(st.integers(0, left))
            kept = draw(st.sampled_from([0, draw(st.integers(0, 5_000))]))
            if used + kept == 0:
                continue
            left -= used
            line = f"K,NOK,C{number}-{credit},credit_note,2026-09-02,,{money(used + kept)},{money(kept)},,I{number}"
            documents.append(Document(line, f"C{number}-{credit}", -kept))
        how = draw(st.sampled_from(["open", "part", "settled"]))
        if how == "part":
            left -= draw(st.integers(0, left))
        settled = "2026-10-03" if how == "settled" else ""
        left = 0 if settled else left
        stated = "" if settled else money(left)
        line = f"K,NOK,I{number},invoice,2026-09-01,2026-10-01,{money(amount)},{stated},{settled},"
        documents.append(Document(line, f"I{number}", left))
    return list(draw(st.permutations(documents)))


@settings(max_examples=60, deadline=None)
@given(ledgers(), st.integers(1, 4))
def test_balances_are_the_files_own_and_a_second_reading_changes_nothing(ledger: list[Document], chunk: int) -> None:
    text = "\n".join([HEAD, *(document.line for document in ledger), ""])
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    usual, taking.CHUNK = taking.CHUNK, chunk
    try:
        with Session(engine) as session:
            act = Act(session=session, actor="test", today=TODAY, now=datetime(2026, 11, 23, tzinfo=UTC))
            creditor = create_creditor(act)
            first = take(act, creditor, text)
            assert counts(first) == (len(ledger), 0, 0, 0)
            found = dict(
                session.execute(select(OpenItem.number, OpenItem.open_minor).where(OpenItem.series == "document")).all()
            )
            assert found == {document.number: document.open_minor for document in ledger}
            assert counts(take(act, creditor, text)) == (0, 0, len(ledger), 0)
            assert not queries.imbalances(session)
    finally:
        taking.CHUNK = usual
        engine.dispose()
