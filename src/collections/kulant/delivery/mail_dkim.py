"""Signs messages with DKIM (RFC 6376), so that the recipient's server can see that they are the creditor's."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import dkim

from kulant.core.errors import Refusal

# What a signature covers beside the text; whoever adds to one of these breaks it. Each is named once more than it
# stands in a message, so that none can be added either.
_HEADERS = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "reply-to", "auto-submitted",
    "list-unsubscribe", "from", "to", "subject",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the name under which its public half stands in the DNS: ``selector._domainkey.domain``."""

    selector: str
    domain: str | None  # none: that of the sender
    key: bytes = field(repr=False)

    def signed(self, raw: bytes, sender: str) -> bytes:
        """The message with its signature before it."""
        domain = self.domain or sender.rpartition("@")[2]
        signature: bytes = dkim.sign(
            raw,
            self.selector.encode("ascii"),
            domain.encode("idna"),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name.encode() for name in _HEADERS],
        )
        return signature + raw

    def check(self) -> str:
        """Signs a message nobody gets; raises ``Refusal`` when the key or a name cannot be used."""
        sender = f"check@{self.domain or 'example.com'}"
        try:
            self.signed(f"From: {sender}\r\nSubject: check\r\n\r\ncheck\r\n".encode(), sender)
        except (dkim.DKIMException, UnicodeError, ValueError) as error:
            raise Refusal(
                "dkim", f"messages cannot be signed: {error or type(error).__name__}; see KULANT_DKIM_KEY and _SELECTOR"
            ) from None
        return f"messages are signed as {self.selector}._domainkey.{self.domain or '(the domain of the sender)'}"


def open_signer(key_file: str | None, *, selector: str, domain: str | None) -> Signer | None:
    """The signer of the settings; none where no key is named."""
    if key_file is None:
        return None
    try:
        key = Path(key_file).read_bytes()
    except OSError as error:
        raise Refusal("dkim", f"the key {key_file} of KULANT_DKIM_KEY cannot be read: {error.strerror}") from None
    return Signer(selector, domain, key)
