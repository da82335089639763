"""Hands messages to an SMTP server. What goes wrong before the text is given has certainly not left."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

from kulant.core.errors import Refusal
from kulant.delivery.bounces import names_bad_address
from kulant.delivery.mail_dkim import Signer
from kulant.delivery.mail_sealed import NotSent, Sealed, Unanswered, seal
from kulant.delivery.mailbox import is_here

TIMEOUT_SECONDS = 30
# A server may look long at a message before it says that it took it (RFC 5321, 4.5.3.2.6); who gives up sooner leaves
# letters behind of which nobody knows whether they left.
ANSWER_SECONDS = 600

UNENCRYPTED = " without TLS"

_TOO_LARGE = 552
_BROKEN = (smtplib.SMTPException, OSError)


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """An SMTP server, with TLS from the start (smtps) or as soon as it offers it. A password is never sent in the
    clear.
    """

    host: str
    port: int
    encrypted: bool
    user: str | None
    password: str | None = field(repr=False)
    signer: Signer | None = None

    def seal(self, message: EmailMessage, returns_to: str | None) -> Sealed:
        return seal(message, returns_to=returns_to, signer=self.signer)

    def send(self, sealed: Sealed) -> None:
        try:
            server = self._connect()
        except _BROKEN as error:
            raise NotSent(f"the mail server {self.host}:{self.port} cannot be reached: {error}", final=False) from error
        try:
            self._offer(server, sealed)
            _give(server, sealed)
        finally:
            # The answer has been heard; whatever goes wrong with the good-bye changes nothing.
            with suppress(*_BROKEN):
                server.quit()

    def _offer(self, server: smtplib.SMTP, sealed: Sealed) -> None:
        """Sender and recipient, up to the word that the text may come."""
        try:
            server.ehlo_or_helo_if_needed()
            if sealed.international and not server.has_extn("smtputf8"):
                raise NotSent(f"the mail server takes no address like {sealed.to}", final=True)
            options = ["SMTPUTF8", "BODY=8BITMIME"] if sealed.international else []
            if server.has_extn("size"):
                options.append(f"size={len(sealed.raw)}")
            code, said = server.mail(sealed.returns_to, options)
            if code >= 300:
                # Only that it is too large is about this letter; a sender that is not let in is for the operator.
                raise NotSent(_said(code, said), final=code == _TOO_LARGE)
            code, said = server.rcpt(sealed.to)
            if code >= 300:
                final, words = code >= 500, _said(code, said)
                raise NotSent(words, final=final, bad_address=final and names_bad_address(words), theirs=True)
            code, said = server.docmd("DATA")
            if code != 354:
                raise NotSent(_said(code, said), final=code >= 500)
        except _BROKEN as error:
            raise NotSent(f"the mail server broke off before it got the text: {error}", final=False) from error

    def check(self) -> str:
        """Says in words that it can be reached; raises ``Refusal`` when it cannot."""
        try:
            with self._connect() as server:
                server.noop()
                encrypted = isinstance(server.sock, ssl.SSLSocket)
        except _BROKEN as error:
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


def _give(server: smtplib.SMTP, sealed: Sealed) -> None:
    """The text. From its first byte on, only the server's own word says whether it took it."""
    try:
        if server.sock is not None:
            server.sock.settimeout(ANSWER_SECONDS)
        server.send(_stuffed(sealed.raw))
        code, said = server.getreply()
    except _BROKEN as error:
        raise Unanswered(str(error)) from error
    if not 200 <= code < 300:
        raise NotSent(_said(code, said), final=code >= 500)


def _stuffed(raw: bytes) -> bytes:
    """The text as it goes over the line: a dot before each line that begins with one, and one alone at the end."""
    text = re.sub(rb"(?m)^\.", b"..", raw)
    return text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _said(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"the mail server said: {code} {' '.join(words.split())[:300]}"
