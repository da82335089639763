"""How mail leaves: over TLS, signed, with its letter or a link to it, and with a way to say no where one is right."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dkim
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from kulant.core.errors import Refusal
from kulant.delivery.mail import mailer_of
from kulant.delivery.mail_archive import mail_as_sent
from kulant.delivery.mail_smtp import UNENCRYPTED
from kulant.delivery.sending_rules import SendingRules, keep_sending_rules
from kulant.doctor import examine
from kulant.letters.models import Document
from kulant.letters.storage import open_storage
from tests.delivery.conftest import Desk, MailServer
from tests.delivery.outbox_helpers import approved
from tests.support.imap import create_certificate

# What has nothing to do with the kind of database is seen on one.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def server_with_tls(certificate: Path, key: Path, *, at_once: bool) -> Iterator[MailServer]:
    """A mail server that takes nothing in the clear: TLS from the first byte, or after STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = MailServer(port=probe.getsockname()[1])
    way = {"ssl_context": context} if at_once else {"tls_context": context, "require_starttls": True}
    controller = Controller(server, hostname="localhost", port=server.port, **way)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return create_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A private key, and the record that would stand in the DNS."""
    folder = tmp_path_factory.mktemp("dkim")
    key = folder / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    encoded = subprocess.run(["openssl", "base64", "-A"], input=public, check=True, capture_output=True).stdout
    return key, b"v=DKIM1; k=rsa; p=" + encoded


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_leaves_over_tls_signed_is_kept_as_it_left_and_bounces_go_where_they_are_read(
    desk: Desk,
    tmp_path: Path,
    certificate: tuple[Path, Path],
    keys: tuple[Path, bytes],
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    key, record = keys
    with server_with_tls(*certificate, at_once=scheme == "smtps") as server:
        desk.settings = replace(
            desk.settings, smtp_url=f"{scheme}://localhost:{server.port}", dkim_key=str(key), dkim_selector="kulant",
            bounce_address="bounces@nordlys.example",
        )  # fmt: skip
        approved(desk)
        [line] = desk.deliver().failed  # nobody vouches for this server yet
        assert "certificate" in line["error"] and server.received == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert len(desk.deliver(after=timedelta(hours=1)).sent) == 1
        said = mailer_of(desk.settings).check()
    assert "over TLS" in said and "kulant._domainkey" in said
    [raw] = server.received
    storage = open_storage(desk.settings.storage_url)
    with desk.doing() as act:  # the archive gives back the very bytes, signature and letter included
        document = act.session.scalars(select(Document)).one()
        assert mail_as_sent(act.session, storage, document) == raw
    kept = str(desk.delivery().mail_kept)
    assert len(storage.get(kept)) < 40_000 < len(raw)
    [file] = (tmp_path / "documents").rglob(f"{kept}*")
    file.write_bytes(file.read_bytes().replace(b"Subject: ", b"Subject; "))
    with desk.doing() as act, pytest.raises(Refusal, match="altered"):
        mail_as_sent(act.session, storage, document)
    asked = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    assert dkim.verify(raw, dnsfunc=dns)
    assert asked == [b"kulant._domainkey.nordlys.example."]
    assert not dkim.verify(raw.replace(b"Subject: ", b"Subject: Not "), dnsfunc=dns)
    assert raw.isascii()  # nothing that a server on the way would have to write anew
    [message] = server.messages
    assert message["List-Unsubscribe"] is None  # a reminder is no newsletter
    assert server.senders == ["bounces@nordlys.example"]


def test_a_letter_above_the_limit_stays_here_and_the_mail_says_so(desk: Desk) -> None:
    with desk.doing() as act:
        keep_sending_rules(act, creditor=desk.creditor(act), rules=SendingRules(max_attachment_kb=50), why="small ones")
    desk.owe(*["10.00"] * 250)  # a letter of several pages
    desk.run()
    desk.approve()
    desk.deliver()
    [message] = desk.mail.messages
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert list(message.iter_attachments()) == []
    assert "https://kulant.example/p/" in text and "PDF" not in text
    assert desk.delivery().document_id is not None


def test_a_key_that_cannot_be_used_is_said_before_anything_leaves(desk: Desk, tmp_path: Path) -> None:
    no_key = tmp_path / "no.pem"
    no_key.write_text("no key")
    for settings, word in (
        (replace(desk.settings, dkim_key=str(tmp_path / "none.pem")), "cannot be read"),
        (replace(desk.settings, dkim_key=str(no_key)), "cannot be signed"),
    ):
        with pytest.raises(Refusal) as refused:
            mailer_of(settings).check()
        assert word in refused.value.sentence
        [found] = [one for one in examine(settings) if one.check == "smtp"]
        assert (found.status, found.remedy) == ("failed", "check KULANT_DKIM_KEY")


def test_the_doctor_looks_at_mail(desk: Desk) -> None:
    found = {one.check: one for one in examine(desk.settings)}
    assert found["smtp"].status == "ok" and UNENCRYPTED in found["smtp"].text  # on this machine nobody listens
    assert (found["mailbox"].status, "KULANT_IMAP_URL" in str(found["mailbox"].remedy)) == ("warning", True)
    asked = replace(desk.settings, imap_url="imaps://u:secret@127.0.0.1:1/INBOX")
    [box] = [one for one in examine(asked) if one.check == "mailbox"]
    assert box.status == "failed" and "secret" not in box.text
