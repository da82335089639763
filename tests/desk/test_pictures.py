"""A page and its drawings are reckoned once, together, and anew when anything was done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from time import sleep

from kulant.core.events import Event
from kulant.db import reading
from kulant.desk.pictures import reckoned
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing


class Work:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        sleep(0.05)
        return self.times


def ask(settings: Settings, work: Work, name: str, *, drawn: bool = False, day: date = date(2026, 11, 23)) -> int:
    with reading(settings.database_url) as session:
        return reckoned(session, settings, find_creditor(session, "NORD"), day, name, work, drawn=drawn)


def test_a_page_and_its_drawings_are_reckoned_once(portfolio: Settings) -> None:
    work = Work()
    with ThreadPoolExecutor(6) as many:
        assert set(many.map(lambda _: ask(portfolio, work, "once"), range(6))) == {1}
    assert ask(portfolio, work, "another") == 2
    assert ask(portfolio, work, "once", day=date(2026, 11, 24)) == 3


def test_what_was_done_since_shows_on_the_page_and_in_its_drawings_only_with_it(portfolio: Settings) -> None:
    work = Work()
    assert ask(portfolio, work, "since") == 1
    with doing(portfolio, actor="clerk") as act:
        act.tell(Event("note", "Something was done.", creditor_id=find_creditor(act.session, "NORD").id))
    assert ask(portfolio, work, "since", drawn=True) == 1
    assert ask(portfolio, work, "since") == 2
    assert ask(portfolio, work, "since", drawn=True) == 2
