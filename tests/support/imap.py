"""A throw-away IMAP server: Debian's dovecot on a free port, over TLS with a certificate of its own, gone afterwards.

    with imap_server() as server: server.put("anna", raw)

Every name is a mailbox of its own, and all have one password.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

PASSWORD = "s3cret/p@ssø"

SETTINGS = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{home}/mail/%u
mailbox_list_index = no
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
"""


@dataclass(frozen=True)
class ImapServer:
    port: int
    certificate: Path
    mail: Path

    def url(self, user: str) -> str:
        """The address for ``KULANT_IMAP_URL``."""
        return f"imaps://{user}:{quote(PASSWORD, safe='')}@localhost:{self.port}/INBOX"

    def put(self, user: str, raw: bytes, *, at: datetime | None = None) -> None:
        """A message comes to the mailbox."""
        with self.opened(user) as box:
            status, said = box.append("INBOX", "", at or datetime.now(UTC), raw)
            assert status == "OK", said

    def begin_anew(self, user: str) -> None:
        """The server loses its numbers, as after a restored backup: the same messages get others."""
        with self.opened(user) as box:
            box.select("INBOX", readonly=True)
            kept = [part[1] for part in box.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
        for path in (self.mail / user).iterdir():
            if not path.name.startswith("dovecot-uidvalidity"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for raw in kept:
            self.put(user, raw)

    @contextmanager
    def opened(self, user: str) -> Iterator[imaplib.IMAP4_SSL]:
        trusting = ssl.create_default_context(cafile=self.certificate)
        with imaplib.IMAP4_SSL("localhost", self.port, ssl_context=trusting, timeout=20) as box:
            box.authenticate("PLAIN", lambda _: f"\0{user}\0{PASSWORD}".encode())
            yield box


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    """A server that keeps its mail in a folder of its own, which its user may pass through to."""
    with TemporaryDirectory(prefix="kulant-imap-") as folder:
        Path(folder).chmod(0o711)
        with _server(Path(folder) / "dovecot") as server:
            yield server


@contextmanager
def _server(home: Path) -> Iterator[ImapServer]:
    (home / "mail").mkdir(parents=True)
    (home / "run").mkdir()
    account = pwd.getpwnam("dovecot") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    certificate, key = create_certificate(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = home / "dovecot.conf"
    configuration.write_text(
        SETTINGS.format(
            home=home, user=account.pw_name, group=grp.getgrgid(account.pw_gid).gr_name, uid=account.pw_uid,
            gid=account.pw_gid, certificate=certificate, key=key, password=PASSWORD, port=port,
        )
    )  # fmt: skip
    if os.geteuid() == 0:  # dovecot's own user gets what root has made
        for path in (home, *home.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with (home / "stderr").open("wb") as complaints:
        server = subprocess.Popen(
            [_program(), "-F", "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            **identity,  # type: ignore[call-overload]
        )
    try:
        _wait(server, port, home)
        yield ImapServer(port, certificate, home / "mail")
    finally:
        server.terminate()
        server.wait(timeout=20)


def create_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine and its key, made for the moment."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def _program() -> str:
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if found is None:
        raise RuntimeError("dovecot is missing: scripts/system_packages.sh test installs it")
    return found


def _wait(server: subprocess.Popen[bytes], port: int, home: Path) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    said = "".join(file.read_text(errors="replace") for file in (home / "stderr", home / "log") if file.exists())
    raise RuntimeError(f"dovecot did not start:\n{said[-3000:]}")
