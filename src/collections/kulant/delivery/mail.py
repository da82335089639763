"""Handing a message to the mail server, or to a folder of .eml files."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, quote, unquote, urlsplit

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.mail_dkim import Signer, open_signer
from kulant.delivery.mail_sealed import POLICY, NotSent, Sealed, seal
from kulant.delivery.mail_smtp import SmtpMailer
from kulant.letters.mail import Mail
from kulant.people.models import Creditor
from kulant.settings import Settings

# Nobody signs up for these and nobody needs them to know what they owe: they can be said no to. What the law or an
# agreement wants said is not among them.
MAY_BE_REFUSED = frozenset({"courtesy", "thank_you"})


class Mailer(Protocol):
    """Something that takes messages."""

    def seal(self, message: EmailMessage, returns_to: str | None) -> Sealed:
        """The message as it will be handed over. ``returns_to``: where it comes back to; else to its sender."""

    def send(self, sealed: Sealed) -> None:
        """Hands the message over; raises ``NotSent`` or ``Unanswered``."""

    def check(self) -> str:
        """Says in words that it can be reached; raises ``Refusal`` when it cannot."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that goes with a message."""

    name: str
    content: bytes


def write_message(
    act: Act,
    *,
    creditor: Creditor,
    to: str,
    mail: Mail,
    message_id: str,
    attachments: Iterable[Attachment] = (),
    unsubscribe: bool = False,
) -> EmailMessage:
    """The message with its plain text, its HTML and its PDFs; the same delivery always has the same Message-ID.

    ``unsubscribe``: it says how to get no more of the kind (RFC 2369); the mailbox understands the answer.
    """
    message = EmailMessage(policy=POLICY)
    sender = creditor.contact_email or creditor.email or "no-reply@kulant.invalid"
    message["From"] = formataddr((creditor.name, sender))
    message["To"] = to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(act.now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<mailto:{quote(sender, safe='@')}?subject=unsubscribe>"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for attachment in attachments:
        message.add_attachment(attachment.content, maintype="application", subtype="pdf", filename=attachment.name)
    return message


def mailer_of(settings: Settings) -> Mailer:
    """The mailer of the settings, with the key it signs with."""
    signer = open_signer(settings.dkim_key, selector=settings.dkim_selector, domain=settings.dkim_domain)
    return open_mailer(settings.smtp_url, signer=signer)


def open_mailer(url: str, *, signer: Signer | None = None) -> Mailer:
    """The mailer of ``KULANT_SMTP_URL``: ``smtp://``, ``smtps://`` or ``file:DIR``."""
    if url.startswith("file:"):
        return FileMailer(Path(url.removeprefix("file:").removeprefix("//") or "outbox"))
    parts = _server(url)
    if parts is None or not parts.hostname:
        raise Refusal("bad_smtp_url", "KULANT_SMTP_URL must be smtp://host:port, smtps://host:port or file:DIR")
    return SmtpMailer(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 25),
        encrypted=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        signer=signer,
    )


def _server(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("smtp", "smtps") and parts.port != 0 else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class FileMailer:
    """Writes each message as an .eml file named by its Message-ID, so that writing it again changes nothing."""

    folder: Path

    def seal(self, message: EmailMessage, returns_to: str | None) -> Sealed:
        return seal(message, returns_to=returns_to)

    def send(self, sealed: Sealed) -> None:
        name = re.sub(r"[^A-Za-z0-9.@-]", "_", sealed.message_id.strip("<>"))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{name}.part"
            unfinished.write_bytes(sealed.raw)
            unfinished.replace(self.folder / f"{name}.eml")
        except OSError as error:
            raise NotSent(f"cannot write to {self.folder}: {error.strerror}", final=False) from error

    def check(self) -> str:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                return f"messages are written as files to {self.folder}"
        except OSError as error:
            raise Refusal("smtp", f"cannot write to {self.folder}: {error.strerror}") from None
