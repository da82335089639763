"""The demo command never costs anybody their ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from kulant.cli.operating import _start_afresh
from kulant.core.errors import Refusal
from kulant.schema import upgrade
from kulant.settings import Settings
from kulant.transaction import doing
from tests.support.factories import create_creditor


def settings_in(folder: Path) -> Settings:
    return Settings(f"sqlite:///{folder / 'kulant.db'}", "http://127.0.0.1:8000", "file:outbox", "file:documents", None)


def test_a_database_with_a_real_creditor_is_left_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    upgrade(settings.database_url)
    with doing(settings, actor="test") as act:
        create_creditor(act, "REAL")
    with pytest.raises(Refusal, match="holds the ledger of REAL"):
        _start_afresh(settings, "FJORDLYS")
    assert (tmp_path / "kulant.db").exists()


def test_an_earlier_demo_makes_room_for_a_new_one(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    upgrade(settings.database_url)
    with doing(settings, actor="test") as act:
        create_creditor(act, "FJORDLYS")
    _start_afresh(settings, "FJORDLYS")
    assert not (tmp_path / "kulant.db").exists()
