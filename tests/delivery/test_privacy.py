"""A customer asks for everything that is known of them, and to be forgotten."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, Float, String, Text, func, insert, select, text
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, Forbidden, NotFound, Refusal
from kulant.db import Act, Base, Json, UtcTime
from kulant.delivery.models import RefusedAddress
from kulant.delivery.privacy import erase, find_customer, latest, outlook, take_in_again
from kulant.delivery.privacy_export import Subject, json_parts, write_zip
from kulant.delivery.privacy_files import throw_away_from
from kulant.delivery.privacy_nouns import BY_TABLE, NOT_EXPORTED, STAFF
from kulant.delivery.privacy_purge import purge
from kulant.delivery.webhook_models import WebhookEndpoint, WebhookMessage
from kulant.intake.models import ImportRun
from kulant.intake.service import import_file
from kulant.ledger.erased import number_mark
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.ledger.models_erasure import Erasure
from kulant.ledger.queries import imbalances
from kulant.letters.models import Document
from kulant.letters.queries import document_by_id, restricted_document
from kulant.letters.storage import Storage, open_storage, open_uploads
from kulant.people.models import AuditEntry, Creditor
from tests.support.factories import create_customer, create_invoice, create_payment

SECRET = "a key for tests, long enough to sign with"
LONG_AGO = date(2025, 3, 10)
NAME, EMAIL, PHONE = "Zwicky Tømmer og Hage", "zwicky.hage@example.no", "+47 999 11 222"
ADDRESS, NUMBER, NOTE = "Fjellheimveien 77\n0002 Oslo", "KZ-47-1X", "a hedgehog lives in the shed"
WHO = (NAME, EMAIL, PHONE, "Fjellheimveien 77", NUMBER)
SAID = f"{NAME}, {EMAIL}, {PHONE}, Fjellheimveien 77, {NUMBER}: {NOTE}"

LETTER = b"%PDF-1.7 " + SAID.encode()
MAIL = b"To: " + SAID.encode()

# What bookkeeping law wants kept as it was, until its time is over; and keys of the program's own making.
KEPT_WHOLE = {"document"}
OWN_KEYS = {
    "delivery.key", "plan_change.before", "plan_change.after", "plan_offer.schedule", "proposal.charges",
    "payment_detail.bank_reference", "payment_order.provider_id", "payment_order.item_ids",
}  # fmt: skip
# Texts that are kept with the names taken out.
KEPT_TEXTS = {"open_item.reason"}
MEANS = {
    "plan.status": "completed",
    "delivery.status": "sent",
    "proposal.status": "sent",
    "document.sha256": sha256(LETTER).hexdigest(),
    "delivery.mail_kept": sha256(MAIL).hexdigest(),
}


@pytest.fixture
def stores(tmp_path: Path) -> dict[str, Storage]:
    url = f"file:{tmp_path / 'documents'}"
    return {"documents": open_storage(url), "uploads": open_uploads(url)}


@pytest.fixture
def person(act: Act, creditor: Creditor) -> Customer:
    """A customer of whom every table says something, in every text it has."""
    customer = create_customer(
        act, creditor, NUMBER, name=NAME, email=EMAIL, phone=PHONE, address=ADDRESS, language="nb", kind="consumer"
    )
    made: dict[str, Any] = {"customer": customer.id, "creditor": creditor.id}
    for table in Base.metadata.sorted_tables:
        if table.name in {*BY_TABLE, *NOT_EXPORTED} - {"customer", "contact", "erasure", "customer_balance"}:
            values = {column.name: filled(table.name, column, made) for column in table.columns}
            values = {name: value for name, value in values.items() if value is not ...}
            row = act.session.execute(insert(table).values(values))
            made[table.name] = row.inserted_primary_key[0] if row.inserted_primary_key else None
    leave_traces(act, creditor)
    return customer


def leave_traces(act: Act, creditor: Creditor) -> None:
    """What is kept of the whole creditor and of another customer, and names the person."""
    other = create_customer(act, creditor, "OTHER", name="Nabo Nilsen", email="nabo@example.no")
    for customer_id in (None, other.id):
        act.session.add(
            AuditEntry(
                at=act.now, creditor_id=creditor.id, customer_id=customer_id, actor=f"{NAME} (portal)",
                action="statement_downloaded", text=SAID, data={"customer": NUMBER, "to": [SAID]},
            )
        )  # fmt: skip
    hook = WebhookEndpoint(
        creditor_id=creditor.id, url="https://hooks.example", events=[], nonce="n", made_by="x", made_at=act.now
    )
    act.session.add(hook)
    act.session.flush()
    told = json.dumps({"customer": NUMBER, "amount": "47.00"})
    act.session.add(
        WebhookMessage(
            endpoint_id=hook.id, event_id="1", type="x", body=told, created_at=act.now, due_at=act.now, status="sent"
        )
    )
    act.session.add(RefusedAddress(creditor_id=creditor.id, address=EMAIL, why=SAID, since=LONG_AGO))
    rejected = [{"row": 2, "field": "email", "value": EMAIL, "error": "x"}]
    rejected.append({"row": 3, "field": "customer_id", "value": NUMBER, "error": f"{NUMBER} stands twice"})
    act.session.add(
        ImportRun(
            creditor_id=creditor.id, file_name=f"{NAME}.csv", sha256="x", format="x", on=LONG_AGO, at=act.now,
            actor="x", result={"rejected": rejected},
        )
    )  # fmt: skip
    act.session.flush()


def filled(table: str, column: Any, made: dict[str, Any]) -> Any:
    """A value for a column: what gives the person away wherever it can stand, and the least that fits elsewhere."""
    kind, named = column.type, f"{table}.{column.name}"
    keys = [key.column.table.name for key in column.foreign_keys]
    if keys or column.name == "customer_id":
        return made.get("customer" if column.name == "customer_id" else keys[0], None if column.nullable else ...)
    if named in MEANS:
        return MEANS[named]
    if column.primary_key and not isinstance(kind, String):
        return ...
    if isinstance(kind, Json):
        return {"said": [SAID]}
    if isinstance(kind, UtcTime):
        return datetime(2025, 3, 10, tzinfo=UTC)
    if isinstance(kind, Date):
        return LONG_AGO
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Float):
        return 0.0
    if not isinstance(kind, String):
        return 0
    long = isinstance(kind, Text) or (kind.length or 0) >= len(SAID)
    if kind.length == 120 and (column.name in STAFF or column.name == "made_by"):
        return f"{NAME} (portal)"
    if column.name == "phone":
        return PHONE
    if not long:
        return {"currency": "NOK"}.get(column.name, column.name[: kind.length or 9])
    return SAID


def everything(session: Session) -> dict[str, str]:
    """What stands in each text column of each table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        texts = [column for column in table.columns if isinstance(column.type, String | Json)]
        rows = session.execute(select(*texts)).all() if texts else []
        found |= {f"{table.name}.{column.name}": str([row[n] for row in rows]) for n, column in enumerate(texts)}
    return found


def found_in(session: Session, *words: str) -> set[str]:
    """Every column of every table in which any of the words stands."""
    return {
        name
        for name, text in everything(session).items()
        if any(word.casefold() in text.casefold() or word.splitlines()[0] in text for word in words)
    }


def subject(act: Act, creditor: Creditor, customer: Customer, stores: dict[str, Storage]) -> Subject:
    return Subject(act.session, creditor, customer, act.today, stores["documents"], stores["uploads"])


def zipped(one: Subject) -> bytes:
    made = io.BytesIO()
    write_zip(one, made)
    return made.getvalue()


@contextmanager
def same(act: Act) -> Iterator[Act]:
    yield act


def test_the_copy_holds_every_table_and_both_files_and_no_secret_and_is_the_same_again(
    act: Act, creditor: Creditor, person: Customer, stores: dict[str, Storage]
) -> None:
    given = stores["uploads"].put(b"\x89PNG a receipt")
    act.session.execute(text("UPDATE upload SET sha256 = :sha, name = 'receipt.png'"), {"sha": given})
    other = act.session.scalars(select(Customer).where(Customer.number == "OTHER")).one()
    create_invoice(act, creditor, other, number="N-1")
    one = subject(act, creditor, person, stores)
    stores["documents"].put(LETTER)
    content = zipped(one)
    assert zipped(one) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        read = {name: archive.read(name) for name in names}
    there = {f"data/{name}.json" for name in BY_TABLE} - {"data/erasure.json", "data/customer_balance.json"}
    assert there <= names
    assert [read[name] for name in names if name.startswith("uploads/")] == [b"\x89PNG a receipt"]
    everything = b"".join(read.values()).decode(errors="replace")
    assert NOTE in everything and EMAIL in everything
    assert not [one for one in ("token_hash", "code_hash", "nonce", "Nabo", "N-1", "decided_by") if one in everything]
    index = read["index.html"].decode()
    assert '<html lang="nb">' in index and "bokføringsloven § 13" in index and "documents/" in index
    [item] = json.loads(read["data/open_item.json"])
    assert (item["amount"], item["currency"]) == ("0.00", "NOK")
    whole = json.loads("".join(json_parts(one)))
    assert whole["customer"] == NUMBER and set(whole["data"]) == {*BY_TABLE, "refused_address"}
    assert whole["data"]["score"][0]["grade"] and whole["data"]["proposal"][0]["options"]
    assert {name for group in whole["about"]["groups"] for name in group["nouns"]} == set(BY_TABLE)


def test_after_an_erasure_nothing_of_the_person_is_found_but_in_what_the_law_wants_kept_and_later_nothing_at_all(
    act: Act, creditor: Creditor, person: Customer, stores: dict[str, Storage]
) -> None:
    given, letter = stores["uploads"].put(SAID.encode()), stores["documents"].put(LETTER)
    mail = stores["documents"].put(MAIL)
    act.session.execute(text("UPDATE upload SET sha256 = :sha"), {"sha": given})
    sums = act.session.execute(select(func.count(), func.sum(Entry.amount_minor))).one()
    done = erase(act, creditor=creditor, customer=person, reason=f"{NAME} asked on the phone", secret=SECRET)
    act.session.flush()
    assert {one for one in found_in(act.session, *WHO) if one.partition(".")[0] not in KEPT_WHOLE} <= OWN_KEYS
    noted = {one for one in found_in(act.session, NOTE) if one.partition(".")[0] not in KEPT_WHOLE}
    assert noted <= OWN_KEYS | KEPT_TEXTS
    assert (done.reason, done.at_work) == ("[erased] asked on the phone", False)
    assert act.session.execute(select(func.count(), func.sum(Entry.amount_minor))).one() == sums
    assert (person.number, person.name) == (f"erased-{person.id}", f"Erased customer {person.id}")
    stores["uploads"].remove(given)  # the program had got so far when it was killed
    assert throw_away_from(stores, lambda: same(act)) == 2
    assert throw_away_from(stores, lambda: same(act)) == 0
    for store, digest in (("uploads", given), ("documents", mail)):
        with pytest.raises(NotFound):
            stores[store].get(digest)

    kept = {row["noun"]: row for row in done.report if row["done"] == "kept"}
    assert kept["document"]["until"] == "2030-12-31" and kept["open_item"]["rule"] == "bokføringsloven § 13"
    assert done.next_on == date(2031, 1, 1)
    assert purge(replace(act, today=date(2030, 12, 31)), creditor=creditor) == []
    act.session.execute(select(Document.sha256))
    later = replace(act, today=date(2031, 1, 1), events=[])
    [gone] = purge(later, creditor=creditor)
    assert {"document", "delivery", "proposal", "plan"} <= set(gone["nouns"])
    assert purge(later, creditor=creditor) == []
    assert found_in(act.session, *WHO, NOTE) == set()
    assert act.session.execute(select(func.count(), func.sum(Entry.amount_minor))).one() == sums
    assert stores["documents"].get(letter) == LETTER
    assert throw_away_from(stores, lambda: same(act)) == 1
    with pytest.raises(NotFound):
        stores["documents"].get(letter)
    assert all(stays not in str(later.events) for stays in (*WHO, NOTE))


def test_what_was_decided_and_what_was_sent_can_only_go_while_that_customer_is_being_erased(
    act: Act, creditor: Creditor, person: Customer
) -> None:
    somebody = create_customer(act, creditor)
    act.session.add(erasure_at_work(act, somebody))
    act.session.flush()
    guarded = {"document": "kind = 'other'", "proposal": "facts = 'x'", "decision_record": "act = 'x'"}
    for table, touched in guarded.items():
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {touched}"):
            with pytest.raises((IntegrityError, InternalError), match="never"), act.session.begin_nested():
                act.session.execute(text(statement))
    assert act.session.scalar(select(func.count()).select_from(Erasure).where(Erasure.at_work)) == 1


def erasure_at_work(act: Act, customer: Customer) -> Erasure:
    return Erasure(
        creditor_id=customer.creditor_id, customer_id=customer.id, what="all", on=act.today, at=act.now, by="x",
        reason="x", number_mark="x", at_work=True,
    )  # fmt: skip


def test_while_a_claim_is_open_only_how_to_reach_them_may_go(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor, NUMBER, name=NAME, email=EMAIL, phone=PHONE, address=ADDRESS)
    create_invoice(act, creditor, customer, "12500.00")
    with pytest.raises(Conflict, match=r"12,500.00 NOK is open on their account.*Settle this first"):
        erase(act, creditor=creditor, customer=customer, reason="asked", secret=SECRET)
    with pytest.raises(Refusal, match="Say why"):
        erase(act, creditor=creditor, customer=customer, reason=" ", secret=SECRET, what="contact")
    done = erase(act, creditor=creditor, customer=customer, reason="asked", secret=SECRET, what="contact")
    assert (done.what, done.next_on, customer.name, customer.erased_on) == ("contact", None, NAME, None)
    assert erase(act, creditor=creditor, customer=customer, reason="again", secret=SECRET, what="contact") is done
    assert found_in(act.session, EMAIL, PHONE) == set()
    assert found_in(act.session, "Fjellheimveien") == {"contact.address"}


def test_money_of_theirs_has_to_be_paid_back_first(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor, NUMBER)
    create_payment(act, creditor, "250.00", customer=customer)
    assert outlook(act.session, creditor, customer, act.today).blocked == [
        {"code": "open_credits", "text": "250.00 NOK of theirs is not used or paid back"}
    ]


def test_erasing_twice_is_once_and_the_old_number_still_finds_what_was_done(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor, NUMBER, name=NAME)
    first = erase(act, creditor=creditor, customer=customer, reason="asked", secret=SECRET)
    again = find_customer(act.session, creditor, NUMBER, SECRET)
    assert again is customer
    assert erase(act, creditor=creditor, customer=again, reason="asked again", secret=SECRET) is first
    assert latest(act.session, customer).reason == "asked"
    assert number_mark("another key", creditor.id, NUMBER) != first.number_mark != sha256(NUMBER.encode()).hexdigest()
    with pytest.raises(NotFound):
        find_customer(act.session, creditor, NUMBER, "another key")


def test_a_letter_that_is_kept_is_opened_only_with_a_reason(act: Act, creditor: Creditor, person: Customer) -> None:
    erase(act, creditor=creditor, customer=person, reason="asked", secret=SECRET)
    letter = act.session.scalars(select(Document.id)).one()
    with pytest.raises(Forbidden, match="only kept because the law wants it"):
        document_by_id(act.session, creditor.id, letter)
    with pytest.raises(Refusal, match="Say why"):
        restricted_document(act, creditor_id=creditor.id, document_id=letter, reason="")
    assert restricted_document(act, creditor_id=creditor.id, document_id=letter, reason="tax audit").id == letter
    assert act.events[-1].text.endswith("opened: tax audit")


INVOICES = (
    "customer_id,customer_name,email,phone,currency,invoice_number,due_date,amount,order_reference\n"
    f"{NUMBER},{NAME},{EMAIL},{PHONE},NOK,OLD-1,2025-04-01,100.00,{NAME}\n"
    f"{NUMBER},{NAME},{EMAIL},{PHONE},NOK,NEW-1,2026-11-01,500.00,{NAME}\n"
    "B2,Brattli Bygg AS,post@brattli.example,,NOK,B-1,2026-11-01,700.00,\n"
)


def test_an_erased_customer_who_stands_in_a_file_again_is_booked_without_a_name_until_they_are_taken_in_again(
    act: Act, creditor: Creditor
) -> None:
    act.secret = lambda: SECRET
    customer = create_customer(act, creditor, NUMBER, name=NAME, email=EMAIL, phone=PHONE, address=ADDRESS)
    create_payment(
        act, creditor, "100.00", invoice=create_invoice(act, creditor, customer, "100.00", number="OLD-1"),
        customer=customer,
    )  # fmt: skip
    erase(act, creditor=creditor, customer=customer, reason="asked", secret=SECRET)
    result = import_file(act, creditor=creditor, source=io.BytesIO(INVOICES.encode()), file_name="all.csv")
    assert (result.created, result.unchanged, result.rejected) == (2, 1, [])
    said = result.as_json()["erased"]
    assert said == [{"customer": f"erased-{customer.id}", "since": act.today.isoformat(), "what": "all", "rows": 2}]
    assert "1 customer in it was erased" in result.sentence()
    assert found_in(act.session, *WHO) == set()
    new = act.session.scalars(select(OpenItem).where(OpenItem.number == "NEW-1")).one()
    assert (new.customer_id, new.order_reference) == (customer.id, None)
    assert purge(act, creditor=creditor) == []
    assert found_in(act.session, "take them in again") == {"task.text"}

    taken = take_in_again(act, creditor=creditor, number=NUMBER, reason="ordered again", secret=SECRET)
    assert (taken.id, taken.number, taken.erased_on) == (customer.id, NUMBER, None)
    import_file(act, creditor=creditor, source=io.BytesIO(INVOICES.encode()), file_name="all.csv")
    assert (customer.name, found_in(act.session, EMAIL)) == (NAME, {"contact.email"})
    assert imbalances(act.session) == []


def test_an_address_that_was_erased_alone_does_not_come_back_with_the_next_file(act: Act, creditor: Creditor) -> None:
    act.secret = lambda: SECRET
    customer = create_customer(act, creditor, NUMBER, name=NAME, email=EMAIL, phone=PHONE)
    erase(act, creditor=creditor, customer=customer, reason="asked", secret=SECRET, what="contact")
    result = import_file(act, creditor=creditor, source=io.BytesIO(INVOICES.encode()), file_name="all.csv")
    assert found_in(act.session, EMAIL, PHONE) == set()
    assert result.as_json()["erased"][0]["what"] == "contact"
    assert set(act.session.scalars(select(OpenItem.number))) == {"OLD-1", "NEW-1", "B-1"}
