"""The editor of one text: what is typed, what is wrong with it, what a customer would read, what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.text_occasions import customers_with
from kulant.delivery.text_trial import Trial, Tried, try_text
from kulant.desk.shell import Shell
from kulant.i18n import LANGUAGES
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.letters.lint import Finding, lint, lix_limit, lix_of
from kulant.letters.mail import event_of, has_pdf, render_mail
from kulant.letters.models import LetterText
from kulant.letters.own_texts import ABOUT_PARTS, PARTS, OwnText
from kulant.letters.shipped_texts import shipped_texts
from kulant.letters.text_example import Piece, compare
from kulant.letters.text_kinds import text_kind
from kulant.letters.text_queries import customers_to_try
from kulant.letters.text_versions import ACTIVE, DRAFT, WAITING, version_of, versions
from kulant.people.models import Creditor

LANGUAGE_NAMES = {
    "nb": "Norwegian Bokmål", "nn": "Norwegian Nynorsk", "da": "Danish", "sv": "Swedish", "fi": "Finnish",
    "en": "English", "de": "German",
}  # fmt: skip
_TO_TRY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody at the editor wants to see beside the text."""

    customer: str = ""
    beside: str = ""
    against: str = ""
    why: str = ""
    based_on: int | None = None
    anew: bool = False  # the shipped text, to begin from

    @classmethod
    def of(cls, form: FormData) -> Self:
        """The wish as the form says it."""
        based_on = str(form.get("based_on", ""))
        return cls(
            customer=str(form.get("other", "")).strip() or str(form.get("customer", "")),
            beside=str(form.get("beside", "")),
            why=str(form.get("why", "")),
            based_on=int(based_on) if based_on.isdigit() and len(based_on) < 9 else None,
        )


class Place:
    """A text's place: kind and language, what is shipped there, and the creditor's versions."""

    def __init__(self, session: Session, creditor: Creditor, key: str, language: str) -> None:
        self.session, self.creditor, self.key, self.language = session, creditor, key, language
        self.kind = text_kind(key)
        self.shipped = shipped_texts(key, language, creditor.country)
        self.versions = versions(session, creditor.id, key, language)

    def version(self, number: int | None) -> LetterText | None:
        """The version asked for, else the one somebody works on, else the one in force."""
        if number is not None:
            return version_of(self.session, self.creditor.id, self.key, self.language, number)
        for statuses in ((DRAFT, WAITING), (ACTIVE,)):
            found = next((row for row in self.versions if row.status in statuses), None)
            if found is not None:
                return found
        return None

    @property
    def active(self) -> LetterText | None:
        """The version in force; none where the shipped text stands."""
        return next((row for row in self.versions if row.status == ACTIVE), None)

    @property
    def newest(self) -> int:
        """The number of the newest version; 0 where nobody has written one."""
        return self.versions[0].version if self.versions else 0


@dataclass(frozen=True, slots=True)
class _Look:
    """The text as a customer would read it; ``why_not`` where it cannot be shown."""

    customer: Customer | None
    tried: Tried | None
    subject: str = ""
    why_not: str = ""


def trial(shell: Shell, place: Place, own: OwnText, wish: Wish) -> Trial:
    """The text with the customer asked for, else with the first there is."""
    number = wish.customer or next((one.number for one in _customers(shell, place)), "")
    return Trial(
        act=Act(session=place.session, actor=shell.viewer.name, today=shell.today, now=datetime.now(UTC)),
        creditor=place.creditor,
        customer=customer_by_number(place.session, place.creditor.id, number),
        kind=place.kind,
        language=place.language,
        own=own,
    )


def editor(
    shell: Shell,
    place: Place,
    texts: Mapping[str, str],
    *,
    chosen: LetterText | None,
    wish: Wish,
    refusal: Refusal | None = None,
) -> Response:
    """The page. ``chosen``: the version that is shown; none for what is being typed, and for the shipped text."""
    findings = lint(texts, place.key, place.language)
    readable = not any(_unreadable(finding) for finding in findings)
    customers = _customers(shell, place)
    if not wish.customer and customers:
        wish = replace(wish, customer=customers[0].number)
    other = wish.beside if wish.beside in LANGUAGES and wish.beside != place.language else ""
    against = wish.against or (str(place.newest) if refusal and place.newest else _usual_comparison(place, chosen))
    return shell.page(
        "desk/text.html",
        here="settings",
        status=refusal.status if refusal else 200,
        kind=place.kind,
        written_in=place.language,
        languages=list(LANGUAGE_NAMES.items()),
        parts=[
            (part, said, ABOUT_PARTS[part])
            for part, said in PARTS.items()
            if part != "heading" or not place.kind.heading_fixed
        ],
        texts=texts,
        shipped=place.shipped,
        findings=findings,
        stopped=[finding for finding in findings if finding.weight == "stop"],
        lix=round(lix_of(texts, place.key)) if readable else None,
        lix_limit=round(lix_limit(texts, place.key, place.language)) if readable else None,
        customers=customers,
        look=_look(shell, place, texts, wish) if readable else None,
        with_pdf=has_pdf(event_of(place.kind.document)) or place.kind.document == "instalment_reminder",
        chosen=chosen,
        active=place.active,
        versions=place.versions,
        newest=place.newest,
        wish=wish,
        refused=_sentence(refusal) if refusal else "",
        beside=other,
        beside_texts=_in_force(place, other) if other else None,
        differences=_differences(place, texts, against),
        against=against,
        may_approve=shell.viewer.may_manage,
        mine=chosen is not None and chosen.made_by == shell.viewer.name,
    )


def _unreadable(finding: Finding) -> bool:
    return finding.code.startswith("text_") or finding.code == "no_such_variable"


def _customers(shell: Shell, place: Place) -> list[Customer]:
    """Real customers to look at the text with: first those for whom something of the kind has happened."""
    creditor_id = place.creditor.id
    happened = customers_with(place.session, creditor_id, place.kind.document, place.key, _TO_TRY)
    late = customers_to_try(place.session, creditor_id, shell.today) if len(happened) < _TO_TRY else ()
    found = {one.id: one for one in (*happened, *late)}
    return list(found.values())[:_TO_TRY]


def _look(shell: Shell, place: Place, texts: Mapping[str, str], wish: Wish) -> _Look:
    try:
        asked = trial(shell, place, OwnText(None, texts), wish)
        tried = try_text(asked)
    except Refusal as refusal:
        return _Look(None, None, why_not=_sentence(refusal))
    mail = render_mail(event_of(tried.content["kind"]), tried.content["language"], tried.content)
    return _Look(asked.customer, tried, subject=mail.subject)


def _sentence(refusal: Refusal) -> str:
    return f"{refusal.sentence[:1].upper()}{refusal.sentence[1:]}."


def _usual_comparison(place: Place, chosen: LetterText | None) -> str:
    """Whoever decides about a draft sees what it would change."""
    if chosen is None or chosen.status not in (DRAFT, WAITING):
        return ""
    return str(place.active.version) if place.active else "shipped"


def _in_force(place: Place, language: str) -> Mapping[str, str]:
    """What stands in another language, to read beside."""
    other = Place(place.session, place.creditor, place.key, language)
    return dict(other.active.texts) if other.active is not None else other.shipped


def _differences(place: Place, texts: Mapping[str, str], against: str) -> list[tuple[str, list[Piece]]]:
    """The text beside the shipped one or another version, each part that differs; nothing where none is asked for."""
    if against == "shipped":
        before: Mapping[str, Any] = place.shipped
    elif against.isdigit() and len(against) < 9:
        before = version_of(place.session, place.creditor.id, place.key, place.language, int(against)).texts
    else:
        return []
    parts = [part for part in PARTS if part != "heading" or not place.kind.heading_fixed]
    return [
        (PARTS[part], compare(before.get(part, ""), texts.get(part, "")))
        for part in parts
        if before.get(part, "") != texts.get(part, "")
    ]
