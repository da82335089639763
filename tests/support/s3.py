"""A real S3 server on this machine: the program speaks HTTP with it as it would with any other."""

from __future__ import annotations

import os
import ssl
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch
from urllib.request import Request, urlopen
from uuid import uuid4

KEY = "a-secret-nobody-logs"


class Server:
    """The server's address, and buckets of one's own."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def bucket(self, prefix: str = "house/documents") -> str:
        """The storage address of a new bucket."""
        name = f"kulant-{uuid4().hex[:12]}"
        with urlopen(Request(f"{self.endpoint}/{name}", method="PUT")) as answer:
            assert answer.status == 200
        return f"s3://{name}/{prefix}?endpoint={self.endpoint}&region=eu-north-1"


@contextmanager
def s3_server() -> Iterator[Server]:
    """The server while the block lasts, with a key in the environment as an operator would set it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the server's own
        from moto.server import ThreadedMotoServer
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    known = {"AWS_ACCESS_KEY_ID": "kulant", "AWS_SECRET_ACCESS_KEY": KEY}
    try:
        with patch.dict(os.environ, known):
            yield Server(f"http://{host}:{port}")
    finally:
        server.stop()


class Plain(BaseHTTPRequestHandler):
    """A simple server of another make: it keeps files, and knows no conditions."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, bytes]] = {}

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if "If-None-Match" in self.headers:
            self._answer(501, b"<Error><Code>NotImplemented</Code></Error>")
            return
        self.files[self.path] = content
        self._answer(200, b"")

    def do_GET(self) -> None:
        found = self.files.get(self.path)
        missing = b"<Error><Code>NoSuchKey</Code></Error>"
        self._answer(404 if found is None else 200, missing if found is None else found)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 09:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Quiet(ThreadingHTTPServer):
    """Who hangs up is not told of on the terminal."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing."""


def own_authority(folder: Path) -> tuple[Path, Path, Path]:
    """A house's own authority, and the certificate and key of a server it vouches for."""
    authority, certificate = folder / "authority.pem", folder / "server.pem"
    key, authority_key = folder / "server.key", folder / "authority.key"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    vouched = ["-CA", authority, "-CAkey", authority_key, "-addext", "basicConstraints=critical,CA:FALSE"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    for command in (
        [*make, "-subj", "/CN=Our own", "-keyout", authority_key, "-out", authority],
        [*make, *vouched, *named, "-keyout", key, "-out", certificate],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return authority, certificate, key


@contextmanager
def plain_server(certificate: Path, key: Path) -> Iterator[str]:
    """The address of a plain server behind TLS."""
    server = Quiet(("127.0.0.1", 0), Plain)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    Plain.files.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
