"""Handing a message to the mail server, or to a folder of .eml files."""

from __future__ import annotations

import re
import smtplib
import ssl
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, quote, unquote, urlsplit

from dkim import DKIMException

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.bounces import names_bad_address
from kulant.delivery.mail_dkim import Signer, open_signer
from kulant.delivery.mailbox import is_here
from kulant.letters.mail import Mail
from kulant.people.models import Creditor
from kulant.settings import Settings

TIMEOUT_SECONDS = 30

# Nobody signs up for these and nobody needs them to know what they owe: they can be said no to. What the law or an
# agreement wants said is not among them.
MAY_BE_REFUSED = frozenset({"courtesy", "thank_you"})


class NotSent(Exception):
    """The message certainly did not leave. ``final``: trying again would not help; ``bad_address``: nothing would."""

    def __init__(self, sentence: str, *, final: bool, bad_address: bool = False) -> None:
        super().__init__(sentence)
        self.final = final
        self.bad_address = bad_address


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


UNENCRYPTED = " without TLS"

# Every part written in seven bits, for a server on the way that rewrites one breaks the signature.
_POLICY = SMTP.clone(cte_type="7bit")


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
    message = EmailMessage(policy=_POLICY)
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
    """The mailer of the settings, with the key it signs with and the address bounces go to."""
    signer = open_signer(settings.dkim_key, selector=settings.dkim_selector, domain=settings.dkim_domain)
    return open_mailer(settings.smtp_url, signer=signer, bounce_address=settings.bounce_address)


def open_mailer(url: str, *, signer: Signer | None = None, bounce_address: str | None = None) -> Mailer:
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
        bounce_address=bounce_address,
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
    """Hands messages to an SMTP server, with TLS from the start (smtps) or as soon as the server offers it.

    A password is never sent in the clear. ``bounce_address``: where what cannot be delivered comes back to; else it
    comes back to the sender.
    """

    host: str
    port: int
    encrypted: bool
    user: str | None
    password: str | None = field(repr=False)
    signer: Signer | None = None
    bounce_address: str | None = None

    def send(self, message: EmailMessage) -> None:
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"the mail server {self.host}:{self.port} cannot be reached: {error}", final=False) from error
        try:
            self._hand_over(server, message)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            said = _said(code, answer)
            raise NotSent(said, final=code >= 500, bad_address=code >= 500 and names_bad_address(said)) from error
        except smtplib.SMTPResponseException as error:
            raise NotSent(_said(error.smtp_code, error.smtp_error), final=error.smtp_code >= 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotSent(str(error), final=True) from error
        except (DKIMException, UnicodeError) as error:
            raise NotSent(f"it cannot be signed: {error}", final=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unanswered(str(error)) from error
        finally:
            # The answer has been heard; whatever goes wrong with the good-bye changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        """Hands over the very bytes that were signed."""
        sender, to = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        international = not (sender + to).isascii()
        if international and not server.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError(f"the mail server takes no address like {to}")
        raw = message.as_bytes(policy=_POLICY.clone(utf8=international))
        if self.signer is not None:
            raw = self.signer.signed(raw, sender)
        options = ["SMTPUTF8", "BODY=8BITMIME"] if international else []
        server.sendmail(self.bounce_address or sender, [to], raw, mail_options=options)

    def check(self) -> str:
        try:
            with self._connect() as server:
                server.noop()
                encrypted = isinstance(server.sock, ssl.SSLSocket)
        except (smtplib.SMTPException, OSError) as error:
            raise Refusal("smtp", f"the mail server {self.host}:{self.port} cannot be reached: {error}") from None
        signed = f"; {self.signer.check()}" if self.signer else ""
        return f"mail server {self.host}:{self.port} answers{' over TLS' if encrypted else UNENCRYPTED}{signed}"

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
            if not isinstance(server.sock, ssl.SSLSocket) and not is_here(self.host):
                raise smtplib.SMTPException("it offers no TLS, and a password is never sent in the clear")
            server.login(self.user, self.password or "")
        return server


def _said(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"the mail server said: {code} {' '.join(words.split())[:300]}"
