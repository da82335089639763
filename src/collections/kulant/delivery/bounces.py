"""What a mail server says of a message it could not deliver: RFC 3464 reports, and what older servers write instead.

Three answers matter. *Hard*: it did not arrive and will not. *Soft*: it is late, the server goes on trying. And whether
the address itself is the trouble, for then nothing else is sent there either. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, cast

from kulant.delivery.mail_incoming import Incoming, clean, parts_of, words_of

_MOST_RECIPIENTS = 20
_MOST_READ = 60_000

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_SMTP_CODE = re.compile(r"(?:^|[\s:(<>-])([45]\d\d)[\s-]")
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{1,400}>)", re.IGNORECASE | re.MULTILINE)
_DAEMONS = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mdaemon|noreply-dmarc)@", re.IGNORECASE)

# What servers write that send no report: the address is wrong, or the mailbox is only full.
_UNKNOWN_THERE = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|address)|mailbox (?:unavailable|not found|disabled)"
    r"|does(?:n't| not) exist|address rejected|recipient (?:rejected|not found|unknown)|unrouteable address"
    r"|account (?:is )?disabled|no mailbox here|host (?:or domain name )?not found|domain not found",
    re.IGNORECASE,
)
_LATE = re.compile(r"will (?:be retried|retry|continue)|delivery (?:is |has been )?delayed|still trying", re.IGNORECASE)
_FAILED = re.compile(
    r"(?:could|can) ?not be delivered|delivery (?:has |to the following recipients? )?failed|undeliver(?:able|ed)"
    r"|permanent (?:fatal )?error|returning message to sender|returned mail|wasn't able to deliver|failed permanently",
    re.IGNORECASE,
)

# X.1.Y: addressing; 2.1: mailbox disabled; 4.4: no route; 0.0 and 5.0: the server says no more. A full mailbox (2.2), a
# message too long (2.3, 3.4) or not liked (7.Y) says nothing about the address.
_OF_THE_ADDRESS = re.compile(r"^5\.(?:1\.\d+|2\.1|4\.4|0\.0|5\.0)$")


@dataclass(frozen=True, slots=True)
class Failure:
    """That a message did not arrive, or not yet. ``said``: the server's own words."""

    hard: bool
    bad_address: bool  # nothing else reaches this address either
    status: str | None  # e.g. 5.1.1
    said: str
    recipients: tuple[str, ...]  # as the report names them, in small letters
    messages: tuple[str, ...]  # Message-IDs of what came back


def failure_of(incoming: Incoming) -> Failure | None:
    """What the message reports; none when it is no report, or reports that all went well."""
    reports = [part for part in parts_of(incoming.message) if part.get_content_type() == "message/delivery-status"]
    if reports:
        return _reported(incoming, reports)
    return _guessed(incoming) if _from_a_server(incoming) else None


def _reported(incoming: Incoming, reports: list[Message]) -> Failure | None:
    """RFC 3464: a group of fields for each recipient."""
    found = [group for report in reports for group in _groups(report)][:_MOST_RECIPIENTS]
    failed = [group for group in found if _action(group) == "failed"]
    late = [group for group in found if _action(group) == "delayed"]
    if not failed and not late:
        return None
    told = failed or late
    status = next((match[0] for group in told if (match := _STATUS.search(str(group.get("Status", ""))))), None)
    return Failure(
        hard=bool(failed),
        bad_address=bool(failed) and _is_address(status),
        status=status,
        said=_words(told),
        recipients=tuple(dict.fromkeys(filter(None, map(_recipient, told)))),
        messages=_returned(incoming),
    )


def _groups(report: Message) -> Iterator[Message]:
    """Each recipient's fields; the first group is the message's own and names none."""
    inner: Any = report.get_payload()
    if isinstance(inner, list):
        yield from (one for one in inner if isinstance(one, Message) and "Action" in one)


def _action(group: Message) -> str:
    return str(group.get("Action", "")).split("(")[0].strip().lower()


def _recipient(group: Message) -> str | None:
    """``rfc822; name@host`` without what kind of address it is."""
    named = str(group.get("Final-Recipient") or group.get("Original-Recipient") or "")
    address = clean(named.partition(";")[2] or named, 254).strip("<> ").lower()
    return address if "@" in address else None


def _words(groups: list[Message]) -> str:
    said = (str(group.get("Diagnostic-Code", "")).partition(";")[2] for group in groups)
    return clean(" ".join(" ".join(words.split()) for words in said if words.strip()), 500)


def _is_address(status: str | None) -> bool:
    return status is not None and bool(_OF_THE_ADDRESS.match(status))


def names_bad_address(said: str) -> bool:
    """Whether a mail server's refusal is about the address, by its code or its words."""
    status = _STATUS.search(said)
    return _is_address(status[0]) if status else _UNKNOWN_THERE.search(said) is not None


def _from_a_server(incoming: Incoming) -> bool:
    """Whether a mail server wrote it, by the signs of those that send no report."""
    message = incoming.message
    nobody = str(message.get("Return-Path", "")).strip() == "<>"
    return bool(_DAEMONS.match(incoming.sender)) or "X-Failed-Recipients" in message or (nobody and not incoming.sender)


def _guessed(incoming: Incoming) -> Failure | None:
    """Servers that write to people: qmail, Exim, old Exchange. Only what plainly says that it failed counts."""
    text = f"{incoming.subject}\n{incoming.text}"[:_MOST_READ]
    if _LATE.search(text):
        return Failure(False, False, None, _telling_line(text), (), _returned(incoming))
    status = _STATUS.search(text)
    code = _SMTP_CODE.search(text)
    unknown = _UNKNOWN_THERE.search(text) is not None
    if not (unknown or _FAILED.search(text) or "X-Failed-Recipients" in incoming.message):
        return None
    address = _is_address(status[0]) if status else unknown and (code is None or code[1].startswith("5"))
    named = clean(str(incoming.message.get("X-Failed-Recipients", "")), 1000).lower()
    return Failure(
        hard=True,
        bad_address=address,
        status=status[0] if status else None,
        said=_telling_line(text),
        recipients=tuple(one.strip() for one in named.split(",") if "@" in one)[:_MOST_RECIPIENTS],
        messages=_returned(incoming),
    )


def _telling_line(text: str) -> str:
    """The line that says why."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    signs = (_UNKNOWN_THERE, _STATUS, _SMTP_CODE, _LATE, _FAILED)
    return clean(next((line for sign in signs for line in lines if sign.search(line)), ""), 500)


def _returned(incoming: Incoming) -> tuple[str, ...]:
    """Which messages came back: their headers or all of them go with a report, or stand in its text."""
    found = list(incoming.refers_to)
    for part in parts_of(incoming.message):
        kind, inner = part.get_content_type(), cast("object", part.get_payload())
        if kind == "message/rfc822" and isinstance(inner, list) and inner and isinstance(inner[0], Message):
            found += _MESSAGE_ID.findall(f"Message-ID: {inner[0].get('Message-ID', '')}")
        elif kind in ("text/rfc822-headers", "text/plain"):
            found += _MESSAGE_ID.findall(words_of(part, _MOST_READ))
    return tuple(dict.fromkeys(found))[:_MOST_RECIPIENTS]
