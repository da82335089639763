"""The pause at the desk: a band on every page, what would leave, and a manager who resumes."""

from __future__ import annotations

from kulant.delivery.outbox import approve_all
from kulant.delivery.pausing import pause_after_restore, pause_in_force
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make


def test_a_restored_house_says_so_on_every_page_until_a_manager_resumes(portfolio: Settings, clerk: Clerk) -> None:
    assert "sending is paused" not in clerk.get("/").text
    with doing(portfolio, actor="command line") as act:
        pause_after_restore(act, made_at=act.now)
        nord = find_creditor(act.session, "NORD")
        make.create_user(act, nord, name="boss", role="manager")
        approve_all(act, creditor=nord, proposal_ids=[1, 2], undo_seconds=None).all_or_nothing()
    for address in ("/", "/outbox", "/tasks"):
        page = clerk.get(address).text
        assert "Nothing leaves: sending is paused." in page and "restored from a backup" in page
    page = clerk.get("/outbox/pause").text
    assert "Fjordbakeriet AS" in page
    assert "Read this before you resume" in page and "Resume sending" not in page
    assert clerk.submit("/outbox/pause/end").status_code == 403

    boss = clerk.log_in("boss")
    assert "Resume sending" in boss.get("/outbox/pause").text
    assert "Sending resumed" in boss.submit("/outbox/pause/end").text
    assert "sending is paused" not in boss.get("/").text
    assert boss.submit("/outbox/pause/end").status_code == 409

    assert boss.submit("/outbox/pause", why="").status_code == 400
    assert "Sending is paused" in boss.submit("/outbox/pause", why="Looking into something").text
    with doing(portfolio, actor="test") as act:
        pause = pause_in_force(act.session)
        assert pause is not None and (pause.why, pause.paused_by) == ("Looking into something", "boss")
