"""The mailbox that bounces and answers come to, read over IMAP: what is new since the last look, oldest first.

Nothing is changed there: messages stay, read or unread, for whoever else looks into it.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from kulant.core.errors import Refusal
from kulant.delivery.mail_incoming import MOST_BYTES

TIMEOUT_SECONDS = 10  # the outbox waits meanwhile
AT_A_TIME = 100  # messages of one look; the next look goes on from there

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d+)\b")
_TROUBLES = (imaplib.IMAP4.error, OSError, EOFError, ValueError)


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as it lies in the mailbox; of a huge one only its beginning. ``uid``: its number there."""

    uid: int
    received_at: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where it is and how one gets in. ``name``: what it is called in records, without the password."""

    host: str
    port: int
    encrypted: bool  # from the first byte; otherwise STARTTLS before anything is said
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def name(self) -> str:
        """What marks and messages call it."""
        return f"{self.user}@{self.host}/{self.folder}"[:200]

    def check(self) -> str:
        """Says in words that it can be read; raises ``Refusal`` when it cannot."""
        with self.opened() as box:
            return f"mailbox {self.name} answers, {box.messages} messages"

    @contextmanager
    def opened(self) -> Iterator[OpenBox]:
        """The mailbox, open for reading."""
        try:
            server = self._connect()
        except _TROUBLES as error:
            raise Refusal("imap", f"the mailbox {self.name} cannot be read: {_plain(error)}") from None
        try:
            yield OpenBox(server, *self._select(server))
        except _TROUBLES as error:
            raise Refusal("imap", f"the mailbox {self.name} cannot be read: {_plain(error)}") from None
        finally:
            with suppress(*_TROUBLES):
                server.logout()

    def _connect(self) -> imaplib.IMAP4:
        tls = ssl.create_default_context()
        if self.encrypted:
            server: imaplib.IMAP4 = imaplib.IMAP4_SSL(self.host, self.port, ssl_context=tls, timeout=TIMEOUT_SECONDS)
        else:
            server = imaplib.IMAP4(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            self._log_in(server, tls)
        except BaseException:
            server.shutdown()
            raise
        return server

    def _log_in(self, server: imaplib.IMAP4, tls: ssl.SSLContext) -> None:
        if not self.encrypted:
            if "STARTTLS" in server.capabilities:
                server.starttls(ssl_context=tls)
            elif not is_here(self.host):
                raise imaplib.IMAP4.error("it offers no encryption, and a password is never sent in the clear")
        if "AUTH=PLAIN" in server.capabilities:  # takes any letters, which LOGIN does not
            server.authenticate("PLAIN", lambda _: f"\0{self.user}\0{self.password}".encode())
        else:
            server.login(self.user, self.password)

    def _select(self, server: imaplib.IMAP4) -> tuple[int, int]:
        folder = '"' + self.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        status, [count] = server.select(folder, readonly=True)
        if status != "OK":
            raise imaplib.IMAP4.error(f"there is no folder {self.folder}")
        [validity] = server.response("UIDVALIDITY")[1]
        return int(validity or 0), int(count or 0)


@dataclass(frozen=True, slots=True)
class OpenBox:
    """An open mailbox. ``validity``: when it changes, the numbers of messages begin anew."""

    server: imaplib.IMAP4
    validity: int
    messages: int

    def after(self, uid: int) -> list[int]:
        """The numbers of messages that came after that one, oldest first, at most so many."""
        # "5:*" always names the newest message as well, even when its number is lower.
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid][:AT_A_TIME]

    def since(self, day: date) -> list[int]:
        """The numbers of messages that came on that day or later: where reading begins the first time."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def _search(self, what: str) -> list[int]:
        status, found = self.server.uid("SEARCH", what)
        if status != "OK":
            raise imaplib.IMAP4.error(f"it refused to search: {found!r:.200}")
        return sorted(int(one) for line in found if line for one in line.split())

    def fetch(self, uid: int) -> Stored | None:
        """That message, or its beginning; none when somebody has deleted it meanwhile."""
        status, answer = self.server.uid("FETCH", str(uid), f"(UID INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
        if status != "OK":
            raise imaplib.IMAP4.error(f"it refused to give message {uid}")
        for part in answer:
            if isinstance(part, tuple) and (named := _UID.search(part[0])) and int(named[1]) == uid:
                return Stored(uid, _received(part[0]), part[1])
        return None


def _received(answer: bytes) -> datetime:
    when = imaplib.Internaldate2tuple(answer)
    with suppress(ValueError, OverflowError, TypeError):
        if when is not None:
            return datetime(*when[:6]).astimezone(UTC)
    return datetime.now(UTC)


def open_mailbox(url: str) -> Mailbox:
    """The mailbox of ``KULANT_IMAP_URL``: ``imaps://user:password@host/folder``, or ``imap://`` with STARTTLS."""
    parts = _server(url)
    if parts is None or not parts.hostname or not parts.username:
        raise Refusal("bad_imap_url", "KULANT_IMAP_URL must be imaps://user:password@host/INBOX")
    return Mailbox(
        host=parts.hostname,
        port=parts.port or (993 if parts.scheme == "imaps" else 143),
        encrypted=parts.scheme == "imaps",
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def _server(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("imap", "imaps") and parts.port != 0 else None
    except ValueError:
        return None


def is_here(host: str) -> bool:
    """Whether a server is this machine, so that nobody in between can listen."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _plain(error: BaseException) -> str:
    """What the server said, in one line; it never holds the password, which only the URL does."""
    said = error.args[0] if error.args else error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    return " ".join(words.split())[:300] or type(error).__name__
