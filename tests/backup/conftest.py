"""The PostgreSQL of these tests stays up from the first to the last of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import shared_server


@pytest.fixture(scope="session", autouse=True)
def server_kept_up() -> Iterator[None]:
    with shared_server():
        yield
