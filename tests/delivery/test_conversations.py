"""What mail servers do in the middle of a conversation: break off, keep silent, refuse the sender, take their time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from kulant.db import engine_for
from kulant.delivery import mail_smtp
from tests.delivery.conftest import TODAY, Desk

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def approved(desk: Desk) -> Desk:
    """One approved letter in the outbox."""
    desk.owe()
    desk.run()
    desk.approve()
    return desk


def at(desk: Desk, point: str, does: Any) -> None:
    """Lets the mail server do something once, when the conversation has got so far."""
    name = f"handle_{point}"
    own = getattr(desk.mail, name, None)

    async def handle(server: Any, session: Any, envelope: Any, *more: Any) -> str:
        delattr(desk.mail, name)
        said = await does(server)
        return str(said if said is not None else await own(server, session, envelope, *more))  # type: ignore[misc]

    setattr(desk.mail, name, handle)


async def hang_up(server: Any) -> str:
    server.transport.close()
    return "250 nobody hears this"


@ON_SQLITE
@pytest.mark.parametrize("point", ["MAIL", "RCPT"])
def test_a_line_that_drops_before_the_text_was_given_asks_nobody_and_is_tried_again(approved: Desk, point: str) -> None:
    at(approved, point, hang_up)
    [line] = approved.deliver().failed
    assert "broke off before it got the text" in line["error"]
    assert len(approved.deliver(after=HOUR).sent) == 1
    assert (len(approved.mail.received), approved.tasks()) == (1, [])


@ON_SQLITE
@pytest.mark.parametrize(("patience", "end"), [(60, "sent"), (0.3, "uncertain")])
def test_a_server_that_thinks_long_about_a_message_is_waited_for_and_its_silence_is_never_taken_for_a_no(
    approved: Desk, monkeypatch: pytest.MonkeyPatch, patience: float, end: str
) -> None:
    monkeypatch.setattr(mail_smtp, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(mail_smtp, "ANSWER_SECONDS", patience)

    async def thinks(_server: Any) -> None:
        await asyncio.sleep(1)

    at(approved, "DATA", thinks)
    approved.deliver()
    assert approved.delivery().status == end
    approved.deliver(after=24 * HOUR)
    assert (len(approved.mail.senders) <= 1, approved.delivery().status) == (True, end)  # nobody sent it again


@ON_SQLITE
def test_a_server_that_refuses_us_sends_nobody_post_for_it(approved: Desk) -> None:
    async def refuses(_server: Any) -> str:
        return "530 5.7.0 Authentication required"

    at(approved, "MAIL", refuses)
    [line] = approved.deliver().failed
    assert "Authentication required" in line["error"]
    assert (approved.delivery().status, approved.delivery().channel, approved.tasks()) == ("approved", "email", [])
    assert len(approved.deliver(after=HOUR).sent) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_loses_its_connections_while_a_message_is_given_still_learns_that_it_left(
    approved: Desk,
) -> None:
    async def breaks(_server: Any) -> None:
        with engine_for(approved.settings.database_url).connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    at(approved, "DATA", breaks)
    approved.deliver()
    assert (approved.delivery().status, approved.steps()) == ("sent", [("reminder", TODAY)])
    assert len(approved.mail.received) == 1
