"""The texts of letters: what is in force in each language, the editor with its preview, versions, approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from kulant.core.errors import Refusal
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import Shell, ShellDep
from kulant.i18n import LANGUAGES
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.letters.letterhead import dressed
from kulant.letters.lint import lint, lix_of
from kulant.letters.models import LetterText
from kulant.letters.own_texts import PARTS, OwnText
from kulant.letters.readability import limit_of
from kulant.letters.render import logo_address, render_html
from kulant.letters.shipped_texts import shipped_texts
from kulant.letters.text_example import Piece, compare, example_letter
from kulant.letters.text_kinds import text_kind, text_kinds
from kulant.letters.text_queries import customers_to_try
from kulant.letters.text_versions import (
    ACTIVE,
    DRAFT,
    WAITING,
    approve_text,
    as_own,
    check_place,
    decline_text,
    put_forward,
    reset_text,
    save_draft,
    text_states,
    version_of,
    versions,
)
from kulant.web.deps import ActDep, RawForm, Reader, RowId, SettingsDep, Viewer, Writer
from kulant.web.security import LETTER_POLICY

router = APIRouter(prefix="/settings/texts")

LANGUAGE_NAMES = {
    "nb": "Norwegian Bokmål", "nn": "Norwegian Nynorsk", "da": "Danish", "sv": "Swedish", "fi": "Finnish",
    "en": "English", "de": "German",
}  # fmt: skip


@router.get("")
def show_all(shell: ShellDep, session: Reader) -> Response:
    """Every kind of letter in every language, and which text stands."""
    states = text_states(session, shell.viewer.creditor.id)
    return shell.page(
        "desk/texts.html",
        here="settings",
        languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        kinds=[(kind.key, kind.name) for kind in text_kinds()],
        states={place: [row.status for row in rows] for place, rows in states.items()},
    )


@router.get("/{kind}/{language}")
def show(
    shell: ShellDep,
    session: Reader,
    kind: str,
    language: str,
    version: RowId | None = None,
    customer: str = "",
    beside: str = "",
    against: str = "",
) -> Response:
    """The editor: the newest text, or the version asked for, with what it would look like."""
    check_place(kind, language)
    place = _Place(session, shell.viewer, kind, language)
    chosen = place.version(version)
    texts = dict(chosen.texts) if chosen is not None else dict(place.shipped)
    return _editor(shell, place, texts, chosen=chosen, customer=customer, beside=beside, against=against)


@router.post("/{kind}/{language}/look")
def look(shell: ShellDep, session: Reader, _viewer: Writer, kind: str, language: str, form: RawForm) -> Response:
    """What the text in the form would look like; nothing is kept."""
    check_place(kind, language)
    place = _Place(session, shell.viewer, kind, language)
    return _editor(
        shell,
        place,
        _texts(form),
        chosen=None,
        customer=str(form.get("customer", "")),
        beside=str(form.get("beside", "")),
    )


@router.post("/{kind}/{language}")
def save(act: ActDep, viewer: Writer, settings: SettingsDep, kind: str, language: str, form: RawForm) -> Response:
    """Keeps the text as a draft."""
    row = save_draft(
        act, creditor=viewer.creditor, kind=kind, language=language, texts=_texts(form), why=str(form.get("why", ""))
    )
    customer = str(form.get("customer", ""))
    back = f"/settings/texts/{kind}/{language}" + (f"?customer={customer}" if customer.isalnum() else "")
    return redirect(settings, back, Flash(f"Draft kept as version {row.version}.", "Put it forward when it is ready."))


@router.post("/{kind}/{language}/{version}/{step}")
def decide(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    kind: str,
    language: str,
    version: RowId,
    step: str,
    why: Annotated[str, Form()] = "",
) -> Response:
    """Puts a draft forward, approves it, or gives it back."""
    row = version_of(act.session, viewer.creditor.id, kind, language, version)
    if step == "forward":
        put_forward(act, row=row)
        said = Flash(f"Version {version} waits for approval.", "Somebody else has to approve it.")
    elif step == "approve":
        viewer.require_manager("the texts of letters")
        approve_text(act, row=row)
        said = Flash(f"Version {version} is in force.", "Letters are written by it from now on.")
    elif step == "decline":
        viewer.require_manager("the texts of letters")
        decline_text(act, row=row, why=why)
        said = Flash(f"Version {version} was given back.")
    else:
        raise Refusal("no_step", f"{step!r} is nothing that can be done with a text")
    return redirect(settings, f"/settings/texts/{kind}/{language}", said)


@router.post("/{kind}/{language}/shipped")
def reset(act: ActDep, viewer: Writer, settings: SettingsDep, kind: str, language: str) -> Response:
    """The shipped text again."""
    viewer.require_manager("the texts of letters")
    check_place(kind, language)
    reset_text(act, creditor=viewer.creditor, kind=kind, language=language)
    return redirect(settings, f"/settings/texts/{kind}/{language}", Flash("The shipped text is in force again."))


@router.get("/{kind}/{language}/letter")
def drawn(
    session: Reader, shell: ShellDep, kind: str, language: str, customer: str, version: RowId | None = None
) -> Response:
    """The letter as it would be drawn for a customer."""
    check_place(kind, language)
    creditor = shell.viewer.creditor
    own = as_own(version_of(session, creditor.id, kind, language, version)) if version else None
    content = example_letter(
        session,
        creditor=creditor,
        customer=customer_by_number(session, creditor.id, customer),
        kind=kind,
        language=language,
        own=own,
        on=shell.today,
    )
    content, _logo = dressed(session, creditor.id, content)
    page = render_html(content, logo=logo_address(content, "/letterhead/logo/"))
    return HTMLResponse(page, headers={"Content-Security-Policy": LETTER_POLICY})


class _Place:
    """A text's place: kind and language, what is shipped there, and the creditor's versions."""

    def __init__(self, session: Session, viewer: Viewer, kind: str, language: str) -> None:
        self.session, self.viewer, self.kind, self.language = session, viewer, kind, language
        self.shipped = shipped_texts(kind, language, viewer.creditor.country)
        self.versions = versions(session, viewer.creditor.id, kind, language)

    def version(self, number: int | None) -> LetterText | None:
        """The version asked for, else the one somebody works on, else the one in force."""
        if number is not None:
            return version_of(self.session, self.viewer.creditor.id, self.kind, self.language, number)
        for statuses in ((DRAFT, WAITING), (ACTIVE,)):
            found = next((row for row in self.versions if row.status in statuses), None)
            if found is not None:
                return found
        return None

    @property
    def active(self) -> LetterText | None:
        """The version in force; none where the shipped text stands."""
        return next((row for row in self.versions if row.status == ACTIVE), None)


@dataclass(frozen=True, slots=True)
class Tried:
    """The text as a customer would read it; ``why_not`` where it cannot be shown."""

    customer: Customer | None
    content: dict[str, Any] | None
    why_not: str = ""


def _editor(
    shell: Shell,
    place: _Place,
    texts: Mapping[str, str],
    *,
    chosen: LetterText | None,
    customer: str = "",
    beside: str = "",
    against: str = "",
) -> Response:
    kind = text_kind(place.kind)
    findings = lint(texts, place.kind, place.language)
    stopped = [finding for finding in findings if finding.weight == "stop"]
    readable = not any(finding.code.startswith("text_") or finding.code == "no_such_variable" for finding in stopped)
    customers = customers_to_try(place.session, place.viewer.creditor.id, shell.today)
    tried = _try(place, shell, texts, customer or (customers[0].number if customers else "")) if readable else None
    other = beside if beside in LANGUAGES and beside != place.language else ""
    return shell.page(
        "desk/text.html",
        here="settings",
        kind=place.kind,
        written_in=place.language,
        words=kind.name,
        languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        parts=[(part, said) for part, said in PARTS.items() if part != "heading" or not kind.heading_fixed],
        texts=texts,
        shipped=place.shipped,
        variables=kind.variables,
        findings=findings,
        stopped=stopped,
        lix=round(lix_of(texts, place.kind)) if readable else None,
        lix_limit=round(limit_of(place.kind, place.language)),
        customers=customers,
        tried=tried,
        chosen=chosen,
        active=place.active,
        versions=place.versions,
        beside=other,
        beside_texts=_in_force(place, other) if other else None,
        differences=_differences(place, texts, against),
        against=against,
        may_approve=shell.viewer.may_manage,
        mine=chosen is not None and chosen.made_by == shell.viewer.name,
    )


def _try(place: _Place, shell: Shell, texts: Mapping[str, str], number: str) -> Tried:
    try:
        customer = customer_by_number(place.session, place.viewer.creditor.id, number)
        content = example_letter(
            place.session,
            creditor=place.viewer.creditor,
            customer=customer,
            kind=place.kind,
            language=place.language,
            own=OwnText(None, texts),
            on=shell.today,
        )
    except Refusal as refusal:
        return Tried(None, None, f"{refusal.sentence[:1].upper()}{refusal.sentence[1:]}.")
    return Tried(customer, content)


def _in_force(place: _Place, language: str) -> Mapping[str, str]:
    """What stands in another language, to read beside."""
    other = _Place(place.session, place.viewer, place.kind, language)
    return dict(other.active.texts) if other.active is not None else other.shipped


def _differences(place: _Place, texts: Mapping[str, str], against: str) -> list[tuple[str, list[Piece]]]:
    """The text beside the shipped one or another version, part by part; nothing where none is asked for."""
    if against == "shipped":
        before: Mapping[str, str] = place.shipped
    elif against.isdigit() and len(against) < 9:
        before = version_of(place.session, place.viewer.creditor.id, place.kind, place.language, int(against)).texts
    else:
        return []
    return [(said, compare(before.get(part, ""), texts.get(part, ""))) for part, said in PARTS.items()]


def _texts(form: FormData) -> dict[str, str]:
    return {part: str(form.get(part, "")).replace("\r\n", "\n") for part in PARTS}


def _kind_words(kind: str) -> str:
    words = kind.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"
