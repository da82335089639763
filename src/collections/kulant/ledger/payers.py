"""Who pays for whom: what earlier payments taught, and names that are written alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, KnownPayer, OpenItem, PaymentDetail

_KEY = 220


def name_key(name: str) -> str:
    """A name as it is compared: letters and digits only, however it is spaced, cased or accented by a bank."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ø", "o").replace("æ", "ae").replace("ß", "ss"))
    return " ".join(re.findall(r"[^\W_]+", "".join(sign for sign in plain if not unicodedata.combining(sign))))


def account_key(account: str) -> str:
    """An account as it is compared: without spaces and points."""
    return re.sub(r"\W", "", account).upper()


def keys_of(detail: PaymentDetail | None) -> list[str]:
    """What a payer is remembered by: the account; only where the bank tells none, the name."""
    if detail is None:
        return []
    if detail.payer_account and account_key(detail.payer_account):
        return [f"account:{account_key(detail.payer_account)}"[:_KEY]]
    if detail.payer_name and name_key(detail.payer_name):
        return [f"name:{name_key(detail.payer_name)}"[:_KEY]]
    return []


@dataclass(slots=True)
class Payers:
    """Who the payers of one creditor's payments may be; names are read once, when the first is asked for."""

    session: Session
    creditor_id: int
    _names: dict[str, set[int]] | None = field(default=None)

    def remembered(self, keys: Collection[str]) -> dict[str, set[int]]:
        """The customers each key has paid for; more than one where a payer pays for several."""
        if not keys:
            return {}
        rows = self.session.execute(
            select(KnownPayer.key, KnownPayer.customer_id).where(
                KnownPayer.creditor_id == self.creditor_id, among(self.session, KnownPayer.key, keys)
            )
        )
        found: dict[str, set[int]] = {}
        for key, customer_id in rows:
            found.setdefault(key, set()).add(customer_id)
        return found

    def named(self, name: str | None) -> set[int]:
        """The customers whose own name is written like this."""
        key = name_key(name) if name else ""
        if not key:
            return set()
        if self._names is None:
            self._names = {}
            rows = self.session.execute(
                select(Customer.id, Customer.name).where(Customer.creditor_id == self.creditor_id)
            )
            for customer_id, written in rows:
                self._names.setdefault(name_key(written), set()).add(customer_id)
        return self._names.get(key, set())


def learn(act: Act, *, creditor_id: int, payers: Iterable[tuple[PaymentDetail | None, int]]) -> None:
    """Remembers who paid for which customer; what is known already stays as it is."""
    wanted = {(key, customer_id) for detail, customer_id in payers for key in keys_of(detail)}
    known = Payers(act.session, creditor_id).remembered({key for key, _ in wanted})
    new = sorted((key, customer_id) for key, customer_id in wanted if customer_id not in known.get(key, ()))
    if new:
        act.session.execute(
            insert(KnownPayer),
            [
                {
                    "creditor_id": creditor_id,
                    "key": key,
                    "customer_id": customer_id,
                    "learned_on": act.today,
                    "learned_by": act.actor[:120],
                }
                for key, customer_id in new
            ],
        )


def forget(act: Act, *, creditor_id: int, detail: PaymentDetail | None, customer_id: int) -> None:
    """Unlearns what a match of today taught that turned out to be wrong; what older ones taught stands."""
    keys = keys_of(detail)
    rows = act.session.scalars(
        select(KnownPayer).where(
            KnownPayer.creditor_id == creditor_id,
            KnownPayer.customer_id == customer_id,
            KnownPayer.key.in_(keys),
            KnownPayer.learned_on == act.today,
        )
    )
    for row in rows.all():
        act.session.delete(row)


def details_of(session: Session, payments: Iterable[OpenItem]) -> Mapping[int, PaymentDetail]:
    """What the bank told of these payments, by payment."""
    ids = [payment.id for payment in payments]
    rows = session.scalars(select(PaymentDetail).where(among(session, PaymentDetail.item_id, ids))) if ids else ()
    return {detail.item_id: detail for detail in rows}
