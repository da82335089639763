"""What a message from the mailbox says, read without trusting it: who, what about, an answer to what, made by whom.

Anybody can write to a mailbox. What is read is bounded before it is taken apart: so many bytes, so many parts, so much
text. Nothing of it is ever fetched or executed, and what cannot be read is said to be so rather than guessed. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from hashlib import sha256
from typing import Any

from lxml import etree, html

# So much of a message is read. A reply is a few kilobytes; a letter that comes back holds our PDF after the report.
MOST_BYTES = 512 * 1024
MOST_TEXT = 20_000
_MOST_HTML = 200_000
_MOST_PARTS = 60  # of a message within a message within a message
_MOST_HEADER = 4_000
_MOST_REFERENCES = 30
NOT_READABLE = "(This message cannot be read: it is not written as e-mail is. Look at it in the mailbox.)"

_NESTS = re.compile(rb"boundary[*0-9]{0,6}\s*=|message/(?:rfc822|global|external-body)", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,200}>")
_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "Cc")
_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "hr"})
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as far as it matters here. ``message``: the parsed message, for whoever looks for a report in it."""

    message_id: str
    sender: str  # in small letters; empty when it names none
    to: tuple[str, ...]  # as its headers say, with those that a mail server wrote down when it took it in
    subject: str
    text: str
    refers_to: tuple[str, ...]  # Message-IDs of ours, or of others, that it answers; the nearest first
    automatic: bool
    unsubscribes: bool
    message: Message


def read_incoming(raw: bytes) -> Incoming:
    """Reads a message; whatever is in it, this returns."""
    raw = raw[:MOST_BYTES]
    message, whole = _parsed(raw)
    subject = clean(_header(message, "Subject"), 500)
    return Incoming(
        message_id=_own_id(message, raw),
        sender=next(iter(_addresses(message, "From")), ""),
        to=tuple(address for name in _TO for address in _addresses(message, name)),
        subject=subject,
        text=text_of(message) if whole else NOT_READABLE,
        refers_to=_refers_to(message),
        automatic=_automatic(message),
        unsubscribes=bool(_UNSUBSCRIBE.match(subject)),
        message=message,
    )


def _parsed(raw: bytes) -> tuple[Message, bool]:
    """The message, and whether all of it could be read: parts within parts cost more the deeper they lie."""
    if len(_NESTS.findall(raw)) <= _MOST_PARTS:
        with suppress(RecursionError, ValueError, LookupError, TypeError, AttributeError):
            return message_from_bytes(raw), True
    return BytesHeaderParser().parsebytes(raw), False


def _header(message: Message, name: str) -> str:
    """A header in words. Old programs write what no standard knows; then it is shown as it stands."""
    value = message.get(name)
    if value is None:
        return ""
    written = str(value)[:_MOST_HEADER]
    with suppress(Exception):  # the standard library raises a dozen kinds for headers that are wrong
        return str(make_header(decode_header(written)))
    return written


def clean(text: str, most: int) -> str:
    """Text that a database and a page take: no control characters, no halves of characters, bounded."""
    kept = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text[: 2 * most])
    return kept.encode("utf-8", "replace").decode().strip()[:most]


def _addresses(message: Message, name: str) -> list[str]:
    values = [str(value) for value in message.get_all(name, [])][:5]
    with suppress(Exception):
        found = [address.lower() for _, address in getaddresses([value[:2000] for value in values])]
        return [clean(one, 254) for one in found if "@" in one and len(one) <= 254][:20]
    return []


def _own_id(message: Message, raw: bytes) -> str:
    """The Message-ID, which makes it be taken once; for a message without one, a digest of what was read."""
    found = _MESSAGE_ID.search(clean(str(message.get("Message-ID", "")), 998))
    return found[0] if found else f"<{sha256(raw).hexdigest()}@no-message-id>"


def _refers_to(message: Message) -> tuple[str, ...]:
    """What it answers: In-Reply-To, then References from the newest."""
    answered = _MESSAGE_ID.findall(str(message.get("In-Reply-To", ""))[:2000])
    thread = _MESSAGE_ID.findall(str(message.get("References", ""))[-8000:])
    return tuple(dict.fromkeys([*answered, *reversed(thread)]))[:_MOST_REFERENCES]


def _automatic(message: Message) -> bool:
    """Whether a program wrote it: an out-of-office answer, a list, a ticket number (RFC 3834 and what came before)."""
    submitted = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    return (
        submitted not in ("", "no")
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or any(name in message for name in ("X-Autoreply", "X-Autorespond", "List-Id"))
        or str(message.get("Return-Path", "")).strip() == "<>"
    )


def text_of(message: Message) -> str:
    """The words of a message: its plain text, else its HTML without anything but words."""
    plain, formatted = "", ""
    for part in parts_of(message):
        if part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and not plain:
            plain = words_of(part)
        elif kind == "text/html" and not formatted:
            formatted = _without_marks(words_of(part, _MOST_HTML))
    return clean(re.sub(r"\n{3,}", "\n\n", plain or formatted), MOST_TEXT)


def parts_of(message: Message) -> Iterator[Message]:
    """The parts of a message, at most so many; what is inside a message it carries is not its own."""
    waiting, seen = [message], 0
    while waiting and seen < _MOST_PARTS:
        part, seen = waiting.pop(0), seen + 1
        yield part
        inner: Any = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting = [one for one in inner if isinstance(one, Message)] + waiting


def words_of(part: Message, most: int = 2 * MOST_TEXT) -> str:
    """The text of one part, in whatever character set it says it is, or else in the nearest that can be read."""
    content: object = None
    with suppress(Exception):  # an unknown transfer encoding, or base64 that is none
        content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    content = content[: 4 * most]
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        with suppress(LookupError, UnicodeError, ValueError):
            return content.decode(charset).replace("\r\n", "\n").replace("\r", "\n")[:most]
    return content.decode("latin-1").replace("\r\n", "\n")[:most]


def _without_marks(page: str) -> str:
    """The words of an HTML page: no pictures, links, scripts or styles; a line for each block."""
    if not page.strip():
        return ""
    with suppress(etree.LxmlError, ValueError, AssertionError):
        root = html.document_fromstring(
            page.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8", no_network=True)
        )
        etree.strip_elements(root, "script", "style", "head", "title", with_tail=False)
        for mark in root.iter(*_BLOCKS):
            mark.tail = "\n" + (mark.tail or "")
        lines = (" ".join(line.split()) for line in root.text_content().splitlines())
        return "\n".join(lines)
    return ""
