"""Handing a message to the mail server, or to a folder of .eml files."""

from __future__ import annotations

import re
import smtplib
import ssl
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.letters.mail import Mail
from kulant.people.models import Creditor

TIMEOUT_SECONDS = 30


class NotSent(Exception):
    """The message certainly did not leave. ``final``: trying again would not help."""

    def __init__(self, sentence: str, *, final: bool) -> None:
        super().__init__(sentence)
        self.final = final


class Unanswered(Exception):
    """The connection broke after the message was handed over: nobody knows whether it left."""


class Mailer(Protocol):
    """Something that takes messages."""

    def send(self, message: EmailMessage) -> None:
        """Hands the message over; raises ``NotSent`` or ``Unanswered``."""

    def check(self) -> str:
        """Says in words that it can be reached; raises ``Refusal`` when it cannot."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that goes with a message."""

    name: str
    content: bytes


def write_message(
    act: Act, *, creditor: Creditor, to: str, mail: Mail, message_id: str, attachments: Iterable[Attachment] = ()
) -> EmailMessage:
    """The message with its plain text, its HTML and its PDFs; the same delivery always has the same Message-ID."""
    message = EmailMessage(policy=SMTP)
    sender = creditor.contact_email or creditor.email or "no-reply@kulant.invalid"
    message["From"] = formataddr((creditor.name, sender))
    message["To"] = to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(act.now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for attachment in attachments:
        message.add_attachment(attachment.content, maintype="application", subtype="pdf", filename=attachment.name)
    return message


def open_mailer(url: str) -> Mailer:
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

    def send(self, message: EmailMessage) -> None:
        name = re.sub(r"[^A-Za-z0-9.@-]", "_", message["Message-ID"].strip("<>"))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{name}.part"
            unfinished.write_bytes(message.as_bytes())
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


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Hands messages to an SMTP server, with TLS from the start (smtps) or as soon as the server offers it."""

    host: str
    port: int
    encrypted: bool
    user: str | None
    password: str | None

    def send(self, message: EmailMessage) -> None:
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"the mail server {self.host}:{self.port} cannot be reached: {error}", final=False) from error
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise NotSent(_said(code, answer), final=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            raise NotSent(_said(error.smtp_code, error.smtp_error), final=error.smtp_code >= 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotSent(str(error), final=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unanswered(str(error)) from error
        finally:
            # The answer has been heard; whatever goes wrong with the good-bye changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def check(self) -> str:
        try:
            with self._connect() as server:
                server.noop()
        except (smtplib.SMTPException, OSError) as error:
            raise Refusal("smtp", f"the mail server {self.host}:{self.port} cannot be reached: {error}") from None
        return f"mail server {self.host}:{self.port} answers"

    def _connect(self) -> smtplib.SMTP:
        server: smtplib.SMTP
        if self.encrypted:
            tls = ssl.create_default_context()
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=tls)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
        if self.user is not None:
            server.login(self.user, self.password or "")
        return server


def _said(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"the mail server said: {code} {' '.join(words.split())[:300]}"
