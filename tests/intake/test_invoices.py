"""Invoice files into the ledger."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from kulant.db import Act
from kulant.intake.credit_links import CreditLinks
from kulant.intake.invoice_import import InvoiceImport
from kulant.intake.models import ImportRun
from kulant.intake.records import CustomerDetails, InvoiceRecord
from kulant.intake.result import ImportResult
from kulant.ledger import queries
from kulant.ledger.models import Customer, Dispute, Entry, OpenItem
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from tests.conftest import Statements
from tests.intake.files import counts, round_trips, take
from tests.support.factories import create_creditor, create_payment

HEAD = "customer_id,customer_name,currency,invoice_number,issue_date,due_date,amount"
ONE = f"{HEAD}\nK1,Kunde En AS,NOK,1001,2026-09-01,2026-10-01,1000.00\n"


def row_of(extra_columns: str, extra_cells: str, *, number: str = "1001", amount: str = "1000.00") -> str:
    """One invoice with more columns than usual."""
    return f"{HEAD},{extra_columns}\nK1,Kunde En AS,NOK,{number},2026-09-01,2026-10-01,{amount},{extra_cells}\n"


def item(act: Act, number: str) -> OpenItem:
    """The document of that number, as the database has it."""
    act.session.flush()
    found: OpenItem = act.session.scalars(
        select(OpenItem).where(OpenItem.number == number, OpenItem.series == "document")
    ).one()
    return found


def sound(act: Act) -> bool:
    """Whether every balance is the sum of its entries."""
    act.session.flush()
    return not queries.imbalances(act.session)


def test_a_new_invoice_and_its_customer_are_posted(act: Act, creditor: Creditor) -> None:
    result = take(act, creditor, ONE)
    assert result == result | {
        "format": "invoices-csv",
        "file": "file.csv",
        "read": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
        "matched": 0,
        "unmatched": 0,
    }
    invoice = item(act, "1001")
    assert (invoice.kind, invoice.amount_minor, invoice.open_minor) == ("invoice", 100000, 100000)
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 9, 1), date(2026, 10, 1))
    assert queries.customer_by_number(act.session, creditor.id, "K1").name == "Kunde En AS"
    assert [event.kind for event in act.events if event.kind == "imported"] == ["imported"]
    run = act.session.scalars(select(ImportRun)).one()
    assert (run.file_name, run.format, run.result["created"], len(run.sha256)) == ("file.csv", "invoices-csv", 1, 64)


def test_the_same_file_again_changes_nothing(act: Act, creditor: Creditor) -> None:
    text = (
        f"{HEAD},kind,open_amount,disputed,settled_date,credits_invoice,email\n"
        "K1,En,NOK,1,2026-09-01,2026-10-01,1000,,,,,,a@en.example\n"
        "K1,En AS,NOK,2,2026-09-01,2026-10-01,1000,,400,yes,,,b@en.example\n"
        "K2,To,NOK,3,2026-09-01,2026-10-01,1000,,,no,2026-10-05,,\n"
        "K2,To,NOK,4,2026-09-01,,-300,credit_note,,,,5,\n"
        "K2,To,NOK,5,2026-09-01,2026-10-01,1000,invoice,700,,,,\n"
        "K2,To,NOK,6,2026-09-01,,200,credit_note,50,,,,\n"
    )
    assert counts(take(act, creditor, text)) == (6, 0, 0, 0)
    entries = act.session.scalar(select(func.count()).select_from(Entry))
    customers = [(one.number, one.name) for one in act.session.scalars(select(Customer).order_by(Customer.number))]
    assert counts(take(act, creditor, text)) == (0, 0, 6, 0)
    assert act.session.scalar(select(func.count()).select_from(Entry)) == entries
    assert customers == [("K1", "En"), ("K2", "To")]
    balances = [item(act, number).open_minor for number in "123456"]
    assert balances == [100000, 40000, 0, 0, 70000, -5000]
    assert sound(act)


def test_posted_money_is_never_edited(act: Act, creditor: Creditor) -> None:
    take(act, creditor, ONE)
    for changed, field in [
        (ONE.replace("1000.00", "1200.00"), "amount"),
        (ONE.replace("NOK", "SEK"), "currency"),
        (ONE.replace("K1", "K9"), "customer_id"),
        (ONE.replace("amount", "amount,kind").replace("1000.00", "1000.00,credit_note"), "kind"),
    ]:
        result = take(act, creditor, changed)
        [rejected] = result["rejected"]
        assert (rejected["row"], rejected["field"]) == (2, field)
        assert "differs" in rejected["error"]
    assert item(act, "1001").amount_minor == 100000
    assert act.session.scalar(select(func.count()).where(Customer.number == "K9")) == 0


def test_dates_and_references_may_change(act: Act, creditor: Creditor) -> None:
    take(act, creditor, row_of("payment_reference,margin", "100112,250"))
    changed = row_of("payment_reference,order_reference,margin", ",PO 7,").replace("2026-10-01", "2026-10-15")
    assert counts(take(act, creditor, changed)) == (0, 1, 0, 0)
    invoice = item(act, "1001")
    assert invoice.due_date == date(2026, 10, 15)
    assert (invoice.payment_reference, invoice.order_reference) == ("100112", "PO 7")
    assert invoice.margin_minor == 25000, "what a file does not say is kept"


def test_bad_rows_are_rejected_with_reasons_and_good_rows_go_in(act: Act, creditor: Creditor) -> None:
    text = (
        f"{HEAD}\n"
        "K1,En,NOK,1,2026-09-01,2026-10-01,1000\n"
        ",En,NOK,2,2026-09-01,2026-10-01,1000\n"
        "K1,En,KRONE,3,2026-09-01,2026-10-01,1000\n"
        "K1,En,NOK,4,2026-09-01,,1000\n"
        "K1,En,NOK,5,2026-09-01,31.02.2026,1000\n"
        "K1,En,NOK,6,2026-09-01,2026-10-01,plenty\n"
        "K1,En,NOK,7,2026-09-01,2016-10-01,1000\n"
        "K1,En,NOK\n"
        "K1,En,NOK,9,2026-10-09,2026-10-01,1000\n"
    )
    result = take(act, creditor, text)
    assert counts(result) == (2, 0, 0, 7)
    assert [(one["row"], one["field"]) for one in result["rejected"]] == [
        (3, "customer_id"),
        (4, "currency"),
        (5, "due_date"),
        (6, "due_date"),
        (7, "amount"),
        (8, "due_date"),
        (9, ""),
    ]
    assert all(one["error"] for one in result["rejected"])
    assert result["rejected"][4]["value"] == "plenty"


def test_a_negative_amount_is_a_credit_note(act: Act, creditor: Creditor) -> None:
    take(act, creditor, ONE.replace("1000.00", "-1000.00"))
    note = item(act, "1001")
    assert (note.kind, note.open_minor) == ("credit_note", -100000)
    result = take(act, creditor, row_of("kind", "invoice", number="7", amount="-5"))
    assert result["rejected"][0]["field"] == "amount"


def test_a_credit_note_meets_its_invoice_wherever_it_stands(act: Act, creditor: Creditor) -> None:
    text = (
        f"{HEAD},kind,credits_invoice\n"
        "K1,En,NOK,C1,2026-09-10,,400,credit_note,1\n"
        "K1,En,NOK,1,2026-09-01,2026-10-01,1000,,\n"
        "K1,En,NOK,C2,2026-09-10,,-700,,1\n"
        "K2,To,NOK,C3,2026-09-10,,50,credit_note,1\n"
        "K1,En,NOK,C4,2026-09-10,,50,credit_note,unknown\n"
    )
    assert counts(take(act, creditor, text)) == (5, 0, 0, 0)
    assert item(act, "1").open_minor == 0
    assert [item(act, f"C{n}").open_minor for n in (1, 2, 3, 4)] == [0, -10000, -5000, -5000]
    assert sound(act)


def test_a_credit_note_meets_an_invoice_of_a_later_file(act: Act, creditor: Creditor) -> None:
    note = f"{HEAD},kind,credits_invoice\nK1,En,NOK,C1,2026-09-10,,400,credit_note,1001\n"
    take(act, creditor, note)
    take(act, creditor, ONE)
    assert counts(take(act, creditor, note)) == (0, 1, 0, 0)
    assert item(act, "1001").open_minor == 60000


def test_what_was_paid_before_the_import_is_an_opening_payment(act: Act, creditor: Creditor) -> None:
    take(act, creditor, row_of("open_amount", "600.00"))
    assert item(act, "1001").open_minor == 60000
    payment = act.session.scalars(select(OpenItem).where(OpenItem.number == "opening:1001")).one()
    assert (payment.kind, payment.amount_minor, payment.open_minor) == ("payment", -40000, 0)
    assert counts(take(act, creditor, row_of("open_amount", "600.00"))) == (0, 0, 1, 0)
    assert counts(take(act, creditor, row_of("open_amount", "250.00"))) == (0, 1, 0, 0)
    assert counts(take(act, creditor, row_of("open_amount", "0"))) == (0, 1, 0, 0)
    assert item(act, "1001").open_minor == 0
    numbers = act.session.scalars(select(OpenItem.number).where(OpenItem.series == "payment").order_by(OpenItem.id))
    assert list(numbers) == ["opening:1001", "opening:1001:2", "opening:1001:3"]
    assert sound(act)


def test_an_open_amount_reckons_with_the_files_own_credit_notes(act: Act, creditor: Creditor) -> None:
    text = (
        f"{HEAD},kind,credits_invoice,open_amount\n"
        "K1,En,NOK,1,2026-09-01,2026-10-01,1000,,,500\n"
        "K1,En,NOK,C1,2026-09-10,,400,credit_note,1,0\n"
    )
    take(act, creditor, text)
    assert (item(act, "1").open_minor, item(act, "C1").open_minor) == (50000, 0)
    assert counts(take(act, creditor, text)) == (0, 0, 2, 0)


def test_an_open_amount_is_never_raised_silently(act: Act, creditor: Creditor) -> None:
    take(act, creditor, row_of("open_amount", "600.00"))
    result = take(act, creditor, row_of("open_amount", "700.00"))
    assert result["rejected"][0]["field"] == "open_amount"
    assert "600.00" in result["rejected"][0]["error"]
    create_payment(act, creditor, "100.00", invoice=item(act, "1001"))
    assert item(act, "1001").open_minor == 50000
    assert counts(take(act, creditor, row_of("open_amount", "600.00"))) == (0, 0, 1, 0), "our payment explains it"
    assert item(act, "1001").open_minor == 50000


def test_an_open_amount_above_the_amount_is_rejected(act: Act, creditor: Creditor) -> None:
    for wrong in ("1000.01", "-1"):
        assert take(act, creditor, row_of("open_amount", wrong))["rejected"][0]["field"] == "open_amount"


def test_a_settled_invoice_was_paid_on_that_day(act: Act, creditor: Creditor) -> None:
    take(act, creditor, row_of("settled_date", "2026-10-05"))
    invoice = item(act, "1001")
    assert (invoice.open_minor, invoice.settled_on) == (0, date(2026, 10, 5))
    assert counts(take(act, creditor, row_of("settled_date", "2026-10-05"))) == (0, 0, 1, 0)


def test_a_settlement_after_the_business_date_is_not_known_yet(act: Act, creditor: Creditor) -> None:
    tomorrow = act.today + timedelta(days=1)
    text = row_of("settled_date,open_amount", f"{tomorrow},0")
    take(act, creditor, text)
    assert item(act, "1001").open_minor == 100000
    assert counts(take(act, creditor, text)) == (0, 0, 1, 0)
    act.today = tomorrow
    assert counts(take(act, creditor, text)) == (0, 1, 0, 0)
    assert item(act, "1001").settled_on == tomorrow


def test_open_and_settled_at_once_is_rejected(act: Act, creditor: Creditor) -> None:
    result = take(act, creditor, row_of("settled_date,open_amount", "2026-10-05,10"))
    assert result["rejected"][0]["field"] == "open_amount"


def disputes(act: Act) -> list[Dispute]:
    """Disputes not resolved."""
    return list(act.session.scalars(select(Dispute).where(Dispute.resolved_on.is_(None))))


def test_disputes_follow_the_file(act: Act, creditor: Creditor) -> None:
    take(act, creditor, row_of("disputed", "yes"))
    [dispute] = disputes(act)
    assert (dispute.source, dispute.item_id) == ("import", item(act, "1001").id)
    assert counts(take(act, creditor, row_of("disputed", "yes"))) == (0, 0, 1, 0)
    assert counts(take(act, creditor, row_of("disputed", ""))) == (0, 0, 1, 0)
    assert len(disputes(act)) == 1
    assert counts(take(act, creditor, row_of("disputed", "no"))) == (0, 1, 0, 0)
    assert disputes(act) == []


def test_a_clerks_dispute_is_the_clerks_to_resolve(act: Act, creditor: Creditor) -> None:
    take(act, creditor, ONE)
    open_dispute(act, item=item(act, "1001"), reason="Wrong goods")
    assert counts(take(act, creditor, row_of("disputed", "no"))) == (0, 0, 1, 0)
    assert len(disputes(act)) == 1


def test_a_paid_or_later_invoice_is_not_disputed(act: Act, creditor: Creditor) -> None:
    take(act, creditor, row_of("disputed,settled_date", "yes,2026-10-05"))
    later = ONE.replace("2026-09-01", "2026-12-01").replace("2026-10-01", "2026-12-31").replace("1001", "1002")
    take(act, creditor, later.replace("amount", "amount,disputed").replace("1000.00", "1000.00,yes"))
    assert disputes(act) == []


def test_empty_cells_blank_out_nothing(act: Act, creditor: Creditor) -> None:
    text = row_of("customer_kind,country,language,email,phone,address", "consumer,NO,nn,a@en.example,+47 1,Veien 1")
    take(act, creditor, text)
    assert counts(take(act, creditor, row_of("email,phone,address", ",,"))) == (0, 0, 1, 0)
    customer = queries.customer_by_number(act.session, creditor.id, "K1")
    contact = queries.primary_contacts(act.session, [customer.id])[customer.id]
    assert (customer.kind, customer.country, customer.language) == ("consumer", "NO", "nn")
    assert (contact.email, contact.phone, contact.address) == ("a@en.example", "+47 1", "Veien 1")
    assert counts(take(act, creditor, row_of("email", "new@en.example"))) == (0, 1, 0, 0)
    assert contact.email == "new@en.example"


def test_equal_rows_are_one_invoice(act: Act, creditor: Creditor) -> None:
    assert counts(take(act, creditor, ONE + ONE.splitlines()[1] + "\n")) == (1, 0, 1, 0)


def test_a_dry_run_says_all_and_keeps_nothing(act: Act, creditor: Creditor) -> None:
    act.session.commit()
    events = len(act.events)
    result = take(act, creditor, row_of("disputed,open_amount", "yes,500") + "bad row\n", dry_run=True)
    assert counts(result) == (1, 0, 0, 1)
    assert result["dry_run"] is True
    for table in (Customer, OpenItem, Entry, Dispute, ImportRun):
        assert act.session.scalar(select(func.count()).select_from(table)) == 0
    assert len(act.events) == events


def test_invoices_of_another_creditor_are_others(act: Act, creditor: Creditor) -> None:
    take(act, creditor, ONE)
    other = create_creditor(act, "SYD")
    assert counts(take(act, other, ONE)) == (1, 0, 0, 0)


def many(count: int, prefix: str) -> str:
    """So many invoices of so many customers, a third settled, a third part-paid."""
    head = f"{HEAD},open_amount,settled_date,email\n"
    rest = (",2026-10-05", "500,", ",")
    return head + "".join(
        f"{prefix}{n},Kunde {n},NOK,{prefix}{n},2026-09-01,2026-10-01,1000.00,{rest[n % 3]},post@k{n}.example\n"
        for n in range(count)
    )


def test_statements_do_not_grow_with_the_rows(act: Act, creditor: Creditor, statements: Statements) -> None:
    take(act, creditor, many(10, "A"))
    sent = []
    for count, prefix in ((90, "B"), (900, "C"), (900, "C")):
        statements.clear()
        assert take(act, creditor, many(count, prefix))["rejected"] == []
        sent.append(round_trips(statements))
    assert sent[1] <= sent[0] + 8, "only the pages of multi-row inserts may differ"
    assert sent[2] <= sent[0]


def reckoned(act: Act, creditor: Creditor, due: date, *, assumed: bool) -> ImportResult:
    """Takes in invoice 1001 with a due date that the file states, or that was reckoned."""
    result = ImportResult("ubl", "file.xml", "invoices-csv")
    taking = InvoiceImport(act, creditor, result, CreditLinks((), act.today))
    taking.take([InvoiceRecord(1, CustomerDetails("K1"), "1001", "invoice", "NOK", 100000, due, due_assumed=assumed)])
    return result


def test_a_stated_due_date_replaces_a_reckoned_one_and_never_the_other_way(act: Act, creditor: Creditor) -> None:
    assert reckoned(act, creditor, date(2026, 10, 14), assumed=True).due_assumed == 1
    assert (item(act, "1001").due_date, item(act, "1001").due_assumed) == (date(2026, 10, 14), True)
    again = reckoned(act, creditor, date(2026, 10, 14), assumed=True)
    assert (again.unchanged, again.updated, again.due_assumed) == (1, 0, 1)
    stated = reckoned(act, creditor, date(2026, 10, 20), assumed=False)
    assert (stated.updated, stated.due_assumed) == (1, 0)
    assert (item(act, "1001").due_date, item(act, "1001").due_assumed) == (date(2026, 10, 20), False)
    late = reckoned(act, creditor, date(2026, 10, 14), assumed=True)
    assert (late.unchanged, late.updated, late.due_assumed) == (1, 0, 0)
    assert item(act, "1001").due_date == date(2026, 10, 20)


def test_the_same_day_stated_is_no_longer_reckoned(act: Act, creditor: Creditor) -> None:
    reckoned(act, creditor, date(2026, 10, 14), assumed=True)
    assert reckoned(act, creditor, date(2026, 10, 14), assumed=False).updated == 1
    assert item(act, "1001").due_assumed is False
