"""Payment rows into the ledger: money in, chargebacks, refunds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.db import Act
from kulant.intake.fields import Fault
from kulant.intake.records import PaymentRecord
from kulant.intake.result import ImportResult
from kulant.ledger import queries as ledger
from kulant.ledger.bulk import insert_rows
from kulant.ledger.matching import Matching
from kulant.ledger.models import Customer, OpenItem, PaymentDetail
from kulant.ledger.posting import Allocation, NewItem, allocate, post_items
from kulant.ledger.rules import spread
from kulant.ledger.service import charge_back
from kulant.people.models import Creditor

_CHUNK = 1_000


class PaymentImport:
    """Takes payments in, chunk by chunk; what takes a payment back waits until the whole file is in."""

    def __init__(self, act: Act, creditor: Creditor, result: ImportResult) -> None:
        self._act = act
        self._creditor = creditor
        self._result = result
        self._reversals: dict[str, PaymentRecord] = {}
        self._matching = Matching(act, creditor)

    def go_on(self) -> None:
        """Goes on in another transaction: what was looked up in the last one is looked up anew."""
        self._matching = Matching(self._act, self._creditor)

    def take(self, records: Sequence[PaymentRecord]) -> None:
        """Posts and matches what is new; what is known is unchanged or, when it says otherwise, rejected."""
        again = list(records)
        while again:
            first: dict[str, PaymentRecord] = {}
            again = [record for record in again if first.setdefault(record.number, record) is not record]
            self._take(list(first.values()))

    def _take(self, records: list[PaymentRecord]) -> None:
        found = ledger.payments_by_number(self._act.session, self._creditor.id, {one.number for one in records})
        fresh = [record for record in records if self._is_new(record, found.get(record.number))]
        for record in fresh:
            if record.reverses is not None:
                self._reversals[record.number] = record
        plain = [record for record in fresh if record.reverses is None]
        numbers = {one.customer_number for one in plain if one.customer_number is not None}
        customers = ledger.customers_by_number(self._act.session, self._creditor.id, numbers)
        items = post_items(self._act, creditor=self._creditor, items=[_item(one, customers) for one in plain])
        _keep_details(self._act, zip(items, plain, strict=True))
        self._result.created += len(items)
        payments = [item for item in items if item.kind == "payment"]
        matched = self._matching.match(payments)
        refunds = [item for item in items if item.kind == "chargeback"]
        paid_out = sum(self._take_from_credit(refund) for refund in refunds)
        self._result.matched += len(matched) + paid_out
        self._result.unmatched += len(payments) - len(matched) + len(refunds) - paid_out

    def finish(self) -> None:
        """Takes payments back, now that every payment of the file is in."""
        waiting = list(self._reversals.values())
        for start in range(0, len(waiting), _CHUNK):
            chunk = waiting[start : start + _CHUNK]
            numbers = {one.reverses for one in chunk if one.reverses is not None}
            payments = ledger.payments_by_number(self._act.session, self._creditor.id, numbers)
            for record in chunk:
                self._take_back(record, payments.get(record.reverses or ""))

    def _is_new(self, record: PaymentRecord, item: OpenItem | None) -> bool:
        """Whether the row is to be posted; counts it when not."""
        try:
            if record.on > self._act.today:
                raise Fault("date", record.on.isoformat(), f"is after the business date {self._act.today}")
            known = self._reversals.get(record.number)
            if known is not None:
                _check_same(record, known.amount_minor, known.currency, known.on.isoformat())
            elif item is not None:
                _check_same(record, -item.amount_minor, item.currency, str(item.issue_date))
            else:
                return True
        except Fault as fault:
            self._result.reject(fault.rejection(record.row))
        else:
            self._result.unchanged += 1
        return False

    def _take_from_credit(self, refund: OpenItem) -> bool:
        """Sets money paid out against what the customer had too much; true when some of it was."""
        if refund.customer_id is None:
            return False
        open_items = ledger.open_items(
            self._act.session, refund.customer_id, today=self._act.today, currency=refund.currency
        )
        credits = {item.id: item for item in open_items if item.open_minor < 0}
        parts = spread(refund.open_minor, [(item.id, -item.open_minor) for item in credits.values()])
        on = refund.issue_date or self._act.today
        allocate(self._act, [Allocation(credits[item_id], refund, amount, on) for item_id, amount in parts])
        return bool(parts)

    def _take_back(self, record: PaymentRecord, payment: OpenItem | None) -> None:
        try:
            if payment is None:
                raise Fault("reverses", record.reverses or "", "is no payment known here; import that payment first")
            if payment.currency != record.currency:
                raise Fault("currency", record.currency, f"differs: payment {payment.number} is in {payment.currency}")
            charge_back(
                self._act,
                creditor=self._creditor,
                payment=payment,
                number=record.number,
                amount_minor=-record.amount_minor,
                on=record.on,
            )
        except Fault as fault:
            self._result.reject(fault.rejection(record.row))
        except Refusal as refusal:
            reason = f"cannot be reversed: {refusal.sentence}"
            self._result.reject(Fault("reverses", record.reverses or "", reason).rejection(record.row))
        else:
            self._result.created += 1
            self._result.matched += 1


_DETAILS = ("payer_name", "payer_account", "message", "bank_reference", "account")


def _keep_details(act: Act, posted: Iterable[tuple[OpenItem, PaymentRecord]]) -> None:
    """What the bank told beyond the amount, where it told anything."""
    columns = PaymentDetail.__table__.c
    rows = [
        (item.id, *(_clipped(getattr(record, name), getattr(columns[name].type, "length", None)) for name in _DETAILS))
        for item, record in posted
        if any(getattr(record, name) for name in _DETAILS)
    ]
    if rows:
        insert_rows(act.session, PaymentDetail, ("item_id", *_DETAILS), rows)


def _clipped(text: str | None, longest: int | None) -> str | None:
    """Banks' free texts are as long as they like; what does not fit is of no use for matching."""
    return text[:longest] if text else None


def _item(record: PaymentRecord, customers: Mapping[str, Customer]) -> NewItem:
    customer = customers.get(record.customer_number or "")
    return NewItem(
        kind="payment" if record.amount_minor > 0 else "chargeback",
        number=record.number,
        currency=record.currency,
        amount_minor=-record.amount_minor,
        customer_id=customer.id if customer else None,
        issue_date=record.on,
        payment_reference=record.reference,
        named_number=record.invoice_number,
    )


def _check_same(record: PaymentRecord, amount_minor: int, currency: str, on: str) -> None:
    """Posted money is never edited."""
    if (record.amount_minor, record.currency, record.on.isoformat()) != (amount_minor, currency, on):
        posted = decimal_string(amount_minor, currency)
        raise Fault(
            "payment_id", record.number, f"is posted already with {posted} {currency} on {on}; use a new number"
        )
