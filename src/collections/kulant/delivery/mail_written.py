"""The message of a delivery: its e-mail with the letter attached, or with a link where the letter is too large."""

from __future__ import annotations

import hashlib
import hmac
from email.message import EmailMessage

from kulant.db import Act
from kulant.delivery.mail import MAY_BE_REFUSED, Attachment, write_message
from kulant.delivery.models import Delivery
from kulant.delivery.sending_rules import sending_rules
from kulant.delivery.writing import Written
from kulant.letters.mail import event_of, render_mail
from kulant.people.models import Creditor


def message_id_of(secret: str, delivery: Delivery, creditor: Creditor) -> str:
    """The delivery's Message-ID: always the same, and nobody's guess.

    Whoever names one is believed to have had the message: a report that it came back sends the letter by post, an
    answer stands on the customer's timeline. Without the mark, counting would be enough to forge either.
    """
    named = f"message-id:{delivery.creditor_id}:{delivery.key}"
    mark = hmac.new(secret.encode(), named.encode(), hashlib.sha256).hexdigest()[:24]
    return f"<{delivery.key.replace(':', '-')}.{creditor.code}.{mark}@kulant>"


def compose(act: Act, *, creditor: Creditor, delivery: Delivery, written: Written, pdf: bytes) -> EmailMessage:
    """The message as it is handed over. A PDF above the limit stays here: the link leads to all it says.

    One that brings forms to fill in goes along however large it is: the law wants them with the letter.
    """
    rules = sending_rules(act.session, creditor.id)
    content, attached = written.content, written.attached
    too_large = len(pdf) > 1024 * rules.max_attachment_kb and "enclosures" not in content
    left_out = attached and too_large and content.get("offer") is not None
    mail = written.mail
    if left_out:
        mail = render_mail(event_of(content["kind"]), content["language"], content, left_out=True)
    return write_message(
        act,
        creditor=creditor,
        to=delivery.recipient or "",
        mail=mail,
        message_id=delivery.message_id or "",
        attachments=[Attachment(written.file_name, pdf)] if attached and not left_out else [],
        unsubscribe=rules.list_unsubscribe and delivery.kind in MAY_BE_REFUSED,
    )
