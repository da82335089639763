"""What one transaction of an ISO 20022 entry tells: who paid, from where, what for. Pure.

The payer is the ultimate debtor where one is named: it is his debt. The account is then somebody else's (a payment
service pays for many), so it is not taken for the payer's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kulant.intake.readers.bank import joined, saying
from kulant.intake.readers.xml import Element, local_name, words_of

# References that may tell the transactions of one entry apart, the bank's own first.
REFERENCES = ("AcctSvcrRef", "TxId", "EndToEndId", "UETR", "InstrId", "ClrSysRef")
_OF_ONE_MOVEMENT = ("AcctSvcrRef", "UETR", "TxId", "ClrSysRef")  # no two movements share one
_MOST_NAMED = 200  # references or invoice numbers of one transaction
_COLLECTED = "IDDT"  # a direct debit the creditor asked for: its end-to-end reference is the creditor's own


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction's own words."""

    element: Element | None
    returned: bool
    references: dict[str, str]
    reference: str | None
    invoice_number: str | None
    message: str | None
    payer_name: str | None
    payer_account: str | None

    @property
    def names_something(self) -> bool:
        """Whether a reference or an invoice is named."""
        return self.reference is not None or self.invoice_number is not None

    @property
    def movement_reference(self) -> str | None:
        """A reference that no other movement has."""
        return next((self.references[one] for one in _OF_ONE_MOVEMENT if one in self.references), None)


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at a path of plain names."""
    for name in path:
        if element is None:
            return None
        for one in element:
            if local_name(one) == name:
                element = one
                break
        else:
            return None
    return element


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The elements of that name inside."""
    if element is not None:
        for one in element:
            if local_name(one) == name:
                yield one


def words(element: Element | None, *path: str) -> str | None:
    """The text at a path."""
    found = child(element, *path)
    return None if found is None else words_of(found)


def transaction(element: Element) -> Transaction:
    """The transaction of a ``TxDtls`` element."""
    references = {}
    refs = child(element, "Refs")
    for one in refs if refs is not None else ():
        value = saying(words_of(one))
        if value is not None:
            references[local_name(one)] = value
    named, numbers, texts = _remittance(child(element, "RmtInf"))
    invoice_number = numbers[0] if len(numbers) == 1 else None
    if not named and not numbers and words(element, "BkTxCd", "Domn", "Fmly", "Cd") == _COLLECTED:
        invoice_number = references.get("EndToEndId")
    payer, account, paid_by = _payer(child(element, "RltdPties"))
    several = [*(named if len(named) > 1 else ()), *(numbers if len(numbers) > 1 else ())]
    message = joined(" ".join(several), *texts)
    if message is None and not named and not numbers:
        message = words(element, "AddtlTxInf")
    return Transaction(
        element=element,
        returned=child(element, "RtrInf") is not None,
        references=references,
        reference=named[0] if len(named) == 1 else None,
        invoice_number=invoice_number,
        message=joined(message, f"Paid by {paid_by}" if paid_by else None),
        payer_name=payer,
        payer_account=account,
    )


def merged(details: list[Transaction]) -> Transaction:
    """What all transactions of an entry tell that cannot be divided; of a single one, what it tells."""
    if len(details) == 1:
        return details[0]
    return Transaction(
        element=None,
        returned=False,
        references={},
        reference=None,
        invoice_number=None,
        message=joined(*(part for one in details for part in (one.reference, one.invoice_number, one.message))),
        payer_name=_common([one.payer_name for one in details]),
        payer_account=_common([one.payer_account for one in details]),
    )


def _common(values: list[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None


def _remittance(element: Element | None) -> tuple[list[str], list[str], list[str]]:
    """The creditor's references, the numbers of invoices, and the text."""
    references: dict[str, None] = {}
    numbers: dict[str, None] = {}
    unstructured = " ".join(text for one in children(element, "Ustrd") if (text := words_of(one)))
    texts = [unstructured]
    for part in children(element, "Strd"):
        information = child(part, "CdtrRefInf")
        if reference := saying(words(information, "Ref") or words(information, "CdtrRef")):
            references[reference] = None
        for document in children(part, "RfrdDocInf"):
            if number := saying(words(document, "Nb") or words(document, "RfrdDocNb")):
                numbers[number] = None
        texts += [text for one in children(part, "AddtlRmtInf") if (text := words_of(one))]
    return list(references)[:_MOST_NAMED], list(numbers)[:_MOST_NAMED], texts


def _payer(parties: Element | None) -> tuple[str | None, str | None, str | None]:
    """Whose debt is paid, from which account of theirs, and who paid it for them."""
    payer, behind = _name(child(parties, "Dbtr")), _name(child(parties, "UltmtDbtr"))
    if behind is not None and behind != payer:
        return behind, None, payer
    return payer, account_of(child(parties, "DbtrAcct")), None


def _name(party: Element | None) -> str | None:
    """A party's name: directly, in ``Pty`` since version .07, or a bank's."""
    return words(party, "Nm") or words(party, "Pty", "Nm") or words(party, "Agt", "FinInstnId", "Nm")


def account_of(account: Element | None) -> str | None:
    """The IBAN, or whatever number the bank uses instead."""
    numbers = child(account, "Id")
    ways = (("IBAN",), ("Othr", "Id"), ("BBAN",), ("PrtryAcct", "Id"))  # the last two in version .01
    return next((number for way in ways if (number := words(numbers, *way))), None)
