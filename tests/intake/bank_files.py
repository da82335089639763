"""Bank files of our own making: statements as a bank would send them, with names nobody has."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from kulant.intake.documents import Context, open_document
from kulant.intake.records import Ignored, PaymentRecord, Rejection

CONTEXT = Context(date(2026, 11, 23), "NO", "NOK", 14)
ACCOUNT = "NO9386011117947"


def read_bank(content: str | bytes, encoding: str = "utf-8", **more: Any) -> list[Any]:
    """Everything a bank file holds, in its order."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    document = open_document(io.BytesIO(data), CONTEXT, **more)
    assert document is not None, "no reader knows the file"
    records = list(document.records())
    assert list(document.records()) == records, "a second reading differs"
    return records


def payments(content: str | bytes, encoding: str = "utf-8") -> list[PaymentRecord]:
    """The payments of a bank file, of which nothing is rejected."""
    records = read_bank(content, encoding)
    assert not [one for one in records if isinstance(one, Rejection)]
    return [one for one in records if isinstance(one, PaymentRecord)]


def left_out(content: str | bytes) -> list[str]:
    """Why parts of a bank file are left out."""
    return [one.why for one in read_bank(content) if isinstance(one, Ignored)]


def rejected(content: str | bytes) -> list[tuple[str, str]]:
    """Fields and reasons of what is rejected."""
    return [(one.field, one.error) for one in read_bank(content) if isinstance(one, Rejection)]


def camt(
    *statements: str, kind: str = "053", version: str = "08", name: str | None = None, account: str = ACCOUNT
) -> str:
    """A camt file with a statement (or notification) for each text of entries."""
    message, part = {
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "053": ("BkToCstmrStmt", "Stmt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[kind]
    parts = "".join(
        f"<{part}><Id>{name or number}</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>{entries}</{part}>"
        for number, entries in enumerate(statements)
    )
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"
    message += "V01" if version == "01" else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}"><{message}>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>{parts}</{message}></Document>\n"
    )


def entry(
    amount: str = "1250.00",
    *,
    currency: str = "NOK",
    direction: str = "CRDT",
    day: str = "<Dt>2026-11-20</Dt>",
    reference: str | None = None,
    status: str = "<Sts>BOOK</Sts>",
    more: str = "",
    details: str = "",
    reversal: str = "",
) -> str:
    """An entry of a camt file."""
    servicer = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    mark = f"<RvslInd>{reversal}</RvslInd>" if reversal else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{mark}{status}'
        f"<BookgDt>{day}</BookgDt>{servicer}{more}{f'<NtryDtls>{details}</NtryDtls>' if details else ''}</Ntry>"
    )


def tx(
    amount: str | None = None,
    *,
    currency: str = "NOK",
    refs: str = "",
    payer: str | None = None,
    account: str | None = None,
    remittance: str = "",
    more: str = "",
) -> str:
    """A transaction of an entry."""
    debtor = f"<Dbtr><Nm>{payer}</Nm></Dbtr>" if payer else ""
    source = f"<DbtrAcct><Id><IBAN>{account}</IBAN></Id></DbtrAcct>" if account else ""
    return (
        f"<TxDtls>{f'<Refs>{refs}</Refs>' if refs else ''}"
        f"{f'<Amt Ccy={chr(34)}{currency}{chr(34)}>{amount}</Amt>' if amount else ''}"
        f"<RltdPties>{debtor}{source}</RltdPties>"
        f"{f'<RmtInf>{remittance}</RmtInf>' if remittance else ''}{more}</TxDtls>"
    )


def text(words: str) -> str:
    """Free text of a remittance."""
    return f"<Ustrd>{words}</Ustrd>"


def creditor_reference(reference: str) -> str:
    """A structured reference of a remittance."""
    return f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>"


def invoice_number(number: str) -> str:
    """An invoice named by a remittance."""
    return f"<Strd><RfrdDocInf><Nb>{number}</Nb></RfrdDocInf></Strd>"
