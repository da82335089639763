"""While sending is paused, programs are told so, and can read what would leave."""

from __future__ import annotations

from kulant.delivery.pausing import pause_sending, resume_sending
from kulant.settings import Settings
from kulant.transaction import doing
from tests.api.conftest import Program


def test_a_program_that_asks_to_send_is_told_of_the_pause(program: Program, portfolio: Settings) -> None:
    program.ok("POST", "/run", json={})
    program.ok("POST", "/proposals/approve", json={"all": True})
    with doing(portfolio, actor="anna") as act:
        pause_sending(act, why="We move.")
    told = program.refused("POST", "/deliver", 409, json={})
    assert told["code"] == "sending_paused" and "We move" in told["detail"]
    would = program.ok("POST", "/deliver", json={"dry_run": True})
    assert would["sent"]
    with doing(portfolio, actor="anna") as act:
        resume_sending(act)
    assert len(program.ok("POST", "/deliver", json={})["sent"]) == len(would["sent"])
