"""What several files of tests do with an outbox: approve, and read the PDF that came of it."""

from __future__ import annotations

import io
from email.message import EmailMessage

from pypdf import PdfReader

from tests.delivery.conftest import Desk


def approved(desk: Desk, *amounts: str) -> None:
    desk.owe(*amounts)
    desk.run()
    desk.approve()


def pdf_of(message: EmailMessage) -> bytes:
    [attached] = message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    return attached.get_content()


def words(pdf: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u00a0", " ").split())


def codes(desk: Desk) -> list[str]:
    return [reason["code"] for reason in desk.proposal().blocked]
