"""Messages as mail servers and customers write them, for the tests of the mailbox."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP


def create_reply(
    *,
    sender: str = "faktura@c1.example",
    to: str = "kontakt@nordlys.example",
    subject: str = "Sv: Betalingspåminnelse",
    text: str | None = "Hei! Vi betaler på fredag.",
    html: str | None = None,
    message_id: str = "<reply-1@c1.example>",
    answers: str | None = None,
    **headers: str,
) -> bytes:
    """A customer's answer, written with an ordinary program."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"Kari Kunde <{sender}>", to, subject
    message["Message-ID"] = message_id
    if answers:
        message["In-Reply-To"] = answers
        message["References"] = answers
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if text is not None:
        message.set_content(text)
    if html is not None:
        (message.set_content if text is None else message.add_alternative)(html, subtype="html")
    return message.as_bytes()


def create_report(
    *,
    about: str = "<x@kulant>",
    recipient: str = "faktura@c1.example",
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 User unknown",
    message_id: str = "<report-1@mx.example>",
) -> bytes:
    """A delivery status notification as RFC 3464 has it and Postfix writes it."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: kontakt@nordlys.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="A1"

--A1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.
--A1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 09:00:00 +0100

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.c1.example
Diagnostic-Code: smtp; {said}

--A1
Content-Type: message/rfc822

From: kontakt@nordlys.example
To: {recipient}
Subject: Betalingspaminnelse
Message-ID: {about}
Content-Type: text/plain

Hei
--A1--
""".replace("\n", "\r\n").encode()
