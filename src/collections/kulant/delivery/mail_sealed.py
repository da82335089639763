"""A message sealed: the very bytes that leave with the envelope around them, and what may become of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

from dkim import DKIMException
from email_validator import EmailNotValidError, validate_email

from kulant.core.errors import Refusal
from kulant.delivery.mail_dkim import Signer

# Every part written in seven bits, for a server on the way that rewrites one breaks the signature.
POLICY = SMTP.clone(cte_type="7bit")


class NotSent(Exception):
    """The message certainly did not leave.

    ``final``: trying again would not help. ``bad_address``: nothing would reach that address. ``theirs``: it is said
    of this recipient, not of our server or of all messages.
    """

    def __init__(self, sentence: str, *, final: bool, bad_address: bool = False, theirs: bool = False) -> None:
        super().__init__(sentence)
        self.final = final
        self.bad_address = bad_address
        self.theirs = theirs


class Unanswered(Exception):
    """The connection broke after the text was handed over: nobody knows whether it left."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message as it is handed over. ``returns_to``: the envelope's sender, where it comes back to."""

    message_id: str
    returns_to: str
    to: str
    raw: bytes = field(repr=False)

    @property
    def international(self) -> bool:
        """Whether only servers that know SMTPUTF8 take it."""
        return not (self.returns_to + self.to).isascii()


def seal(message: EmailMessage, *, returns_to: str | None = None, signer: Signer | None = None) -> Sealed:
    """Writes the message down and signs it; afterwards nothing of it changes. Refuses what cannot be written or signed.

    Done before anything is handed over, so that what trips it up has certainly not left.
    """
    sender, to = _address(message, "From"), _address(message, "To")
    international = not (sender + to).isascii()
    raw = message.as_bytes(policy=POLICY.clone(utf8=international))
    if signer is not None:
        try:
            raw = signer.signed(raw, sender)
        except (DKIMException, UnicodeError, ValueError) as error:
            raise Refusal("cannot_be_signed", f"the message cannot be signed: {error}; see KULANT_DKIM_KEY") from error
    return Sealed(message["Message-ID"], returns_to or sender, to, raw)


def _address(message: EmailMessage, name: str) -> str:
    """The one address of a header."""
    addresses = message[name].addresses
    written: str = addresses[0].addr_spec if len(addresses) == 1 else str(message[name])
    wrong = why_no_address(written)
    if wrong is not None:
        raise Refusal("bad_address", f"{wrong}; correct it, and the message leaves ({name})")
    return written


def why_no_address(text: str) -> str | None:
    """Why nothing can be sent to this as an e-mail address; none where it is one. Whether it exists is not asked."""
    try:
        validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return f"“{text[:100]}” is not an e-mail address"
    return None
