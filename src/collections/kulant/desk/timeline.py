"""The timeline of a customer as the desk shows it: a page of its own, and the newest moments beside the case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.delivery.mail_archive import mailed
from kulant.desk import wording
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.relationship.moments import GROUPS, read_place
from kulant.relationship.stream import Moment, stream
from kulant.web.deps import Reader
from kulant.web.templating import asked_for

router = APIRouter(prefix="/customers/{number:path}")

GROUP_WORDS = {
    "money": "Invoices and payments",
    "letters": "Letters",
    "talks": "Talks and notes",
    "concerns": "Complaints and requests",
    "promises": "Promises and plans",
    "decisions": "Decisions",
    "tasks": "Tasks",
}
BESIDE_THE_CASE = 15


@dataclass(frozen=True, slots=True)
class ShownMoment:
    """One line: its day, what it was in a word, what was said, by whom, and where it leads."""

    on: date
    words: str
    number: str  # of an invoice or payment, which leads to how it came about
    text: str
    actor: str
    direction: str | None
    item_id: int | None
    document_id: int | None
    mailed: bool  # the document left in an e-mail that is kept
    plan_id: int | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A group that can be switched on or off; ``address`` is what the page is called with it switched."""

    words: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Story:
    """Moments of a customer and the ways to see others."""

    number: str
    name: str
    path: str
    text: str
    groups: Sequence[str]
    moments: Sequence[ShownMoment]
    chips: Sequence[Chip]
    everything: str
    older: str | None
    newest: str | None  # where this is not the newest page: that page


def shown_story(
    session: Session,
    customer: Customer,
    *,
    today: date,
    groups: Collection[str] = (),
    text: str = "",
    before: str = "",
    limit: int | None = None,
) -> Story:
    """The moments of these groups before that place, with the addresses of the other views."""
    path = f"/customers/{quote(customer.number, safe='')}/timeline"
    chosen = [group for group in GROUPS if group in groups]
    size = {} if limit is None else {"limit": limit}
    page = stream(session, customer, today=today, groups=chosen, text=text, before=read_place(before), **size)
    mails = mailed(session, {moment.document_id for moment in page.moments if moment.document_id and _left(moment)})
    return Story(
        number=customer.number,
        name=customer.name,
        path=path,
        text=text,
        groups=chosen,
        moments=[_shown(moment, mails) for moment in page.moments],
        chips=[
            Chip(words, _address(path, _switched(chosen, group), text), group in chosen)
            for group, words in GROUP_WORDS.items()
        ],
        everything=_address(path, [], text),
        older=_address(path, chosen, text, str(page.older)) if page.older else None,
        newest=_address(path, chosen, text) if before else None,
    )


def _switched(chosen: Sequence[str], group: str) -> list[str]:
    return [each for each in GROUPS if (each in chosen) != (each == group)]


def _address(path: str, groups: Sequence[str], text: str, before: str = "") -> str:
    said = [("show", group) for group in groups]
    said += [(name, value) for name, value in (("q", text), ("before", before)) if value]
    return f"{path}?{urlencode(said)}" if said else path


def _left(moment: Moment) -> bool:
    return moment.kind == "letter_sent"


def _shown(moment: Moment, mails: Collection[int]) -> ShownMoment:
    words = wording.moment_words(moment.kind)
    return ShownMoment(
        on=moment.on,
        words="" if moment.text.casefold().startswith(words.casefold()) else words,
        number=moment.number,
        text=moment.text.removeprefix(f"{moment.number}: ") if moment.number else moment.text,
        actor=moment.actor,
        direction=moment.direction,
        item_id=moment.item_id,
        document_id=moment.document_id,
        mailed=_left(moment) and moment.document_id in mails,
        plan_id=moment.plan_id,
    )


@router.get("/timeline")
def show(
    request: Request, shell: ShellDep, session: Reader, number: str,
    groups: Annotated[list[str] | None, Query(alias="show")] = None,
    text: Annotated[str, Query(alias="q", max_length=120)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """All that happened with a customer, fifty moments at a time; beside the case only the newest of them."""
    customer = customer_by_number(session, shell.viewer.creditor.id, number)
    beside = asked_for(request, "case-story")
    story = shown_story(
        session,
        customer,
        today=shell.today,
        groups=groups or (),
        text=text.strip(),
        before=before,
        limit=BESIDE_THE_CASE if beside else None,
    )
    if beside:
        return shell.part("desk/parts/story.html", story=story)
    return shell.page("desk/timeline.html", here="overdue", story=story)
