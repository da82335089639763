"""A real S3 server on this machine: the program speaks HTTP with it as it would with any other."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
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
