"""The texts of letters: what is in force in each language, the editor with its preview, versions, approval."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from kulant.core.errors import Refusal
from kulant.delivery.text_trial import try_text
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.desk.texts_editor import LANGUAGE_NAMES, Place, Wish, editor, trial
from kulant.i18n import LANGUAGES
from kulant.letters.letterhead import dressed
from kulant.letters.mail import event_of, render_mail
from kulant.letters.own_texts import PARTS, OwnText
from kulant.letters.render import render_pdf
from kulant.letters.sandbox import check_text
from kulant.letters.statement import render_statement
from kulant.letters.text_kind import TextKind
from kulant.letters.text_kinds import text_kinds
from kulant.letters.text_versions import (
    approve_text,
    check_place,
    decline_text,
    discard_draft,
    put_forward,
    reset_text,
    save_draft,
    text_states,
    version_of,
)
from kulant.web.deps import ActDep, RawForm, Reader, RowId, SettingsDep, Writer
from kulant.web.security import LETTER_POLICY

router = APIRouter(prefix="/settings/texts")

_GROUPS = (
    ("Letters that ask", ("courtesy", "reminder", "fee_reminder", "final_reminder", "formal_notice", "hand_over")),
    ("Payment plans", ("plan_offer", "plan_agreement", "instalment_reminder", "thank_you")),
    ("Receipts and answers", ("receipt",)),
    ("When we were wrong", ("apology",)),
    ("Links and statements", ("fresh_link", "statement")),
)


@router.get("")
def show_all(shell: ShellDep, session: Reader) -> Response:
    """Every text in every language, and which one stands."""
    states = text_states(session, shell.viewer.creditor.id)
    groups = [(name, [kind for kind in text_kinds() if kind.document in documents]) for name, documents in _GROUPS]
    waiting = [
        (kind, code)
        for kind in text_kinds()
        for code in LANGUAGES
        if any(row.status == "waiting" for row in states.get((kind.key, code), []))
    ]
    return shell.page(
        "desk/texts.html",
        here="settings",
        languages=list(LANGUAGE_NAMES.items()),
        groups=groups,
        waiting=waiting,
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
    start: str = "",
) -> Response:
    """The editor: the newest text, or the version asked for, with what it would look like."""
    place = _place(shell, session, kind, language)
    chosen = None if start == "shipped" else place.version(version)
    texts = dict(chosen.texts) if chosen is not None else dict(place.shipped)
    wish = Wish(customer=customer, beside=beside, against=against, anew=start == "shipped")
    return editor(shell, place, texts, chosen=chosen, wish=wish)


@router.post("/{kind}/{language}/look")
def look(shell: ShellDep, session: Reader, _viewer: Writer, kind: str, language: str, form: RawForm) -> Response:
    """What the text in the form would look like; nothing is kept."""
    place = _place(shell, session, kind, language)
    return editor(shell, place, _texts(form), chosen=None, wish=Wish.of(form))


@router.post("/{kind}/{language}/letter")
def whole_letter(
    shell: ShellDep, session: Reader, _viewer: Writer, kind: str, language: str, form: RawForm
) -> Response:
    """The whole letter by the text in the form, as the PDF that would leave."""
    place = _place(shell, session, kind, language)
    content = try_text(trial(shell, place, _checked(_texts(form), place.kind), Wish.of(form))).content
    content, logo = dressed(session, shell.viewer.creditor.id, content)
    draw = render_statement if content["kind"] == "statement" else render_pdf
    headers = {"Content-Disposition": f'inline; filename="{kind}-{language}.pdf"'}
    return Response(draw(content, logo=logo).pdf, media_type="application/pdf", headers=headers)


@router.post("/{kind}/{language}/mail")
def whole_mail(shell: ShellDep, session: Reader, _viewer: Writer, kind: str, language: str, form: RawForm) -> Response:
    """The e-mail by the text in the form."""
    place = _place(shell, session, kind, language)
    content = try_text(trial(shell, place, _checked(_texts(form), place.kind), Wish.of(form))).content
    mail = render_mail(event_of(content["kind"]), content["language"], content)
    return HTMLResponse(mail.html, headers={"Content-Security-Policy": LETTER_POLICY})


@router.post("/{kind}/{language}")
def save(
    act: ActDep, shell: ShellDep, viewer: Writer, settings: SettingsDep, kind: str, language: str, form: RawForm
) -> Response:
    """Keeps the text as a draft; where it cannot be kept, what was typed stays in the form."""
    place = _place(shell, act.session, kind, language)
    texts, wish = _texts(form), Wish.of(form)
    try:
        row = save_draft(
            act,
            creditor=viewer.creditor,
            kind=kind,
            language=language,
            texts=texts,
            why=wish.why,
            based_on=wish.based_on,
        )
    except Refusal as refusal:
        return editor(shell, place, texts, chosen=None, wish=wish, refusal=refusal)
    back = f"/settings/texts/{kind}/{language}" + (f"?customer={wish.customer}" if wish.customer.isalnum() else "")
    return redirect(settings, back, Flash(f"Draft kept as version {row.version}.", "Put it forward when it is ready."))


@router.post("/{kind}/{language}/shipped")
def reset(act: ActDep, viewer: Writer, settings: SettingsDep, kind: str, language: str) -> Response:
    """The shipped text again."""
    viewer.require_manager("the texts of letters")
    check_place(kind, language)
    reset_text(act, creditor=viewer.creditor, kind=kind, language=language)
    return redirect(settings, f"/settings/texts/{kind}/{language}", Flash("The shipped text is in force again."))


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
    """Puts a draft forward, approves it, gives it back, or throws it away."""
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
        said = Flash(f"Version {version} was given back.", "It is a draft again, with your words beside it.")
    elif step == "discard":
        discard_draft(act, row=row)
        said = Flash(f"Version {version} was put away.", "It is kept among the versions.")
    else:
        raise Refusal("no_step", f"{step!r} is nothing that can be done with a text")
    return redirect(settings, f"/settings/texts/{kind}/{language}", said)


def _place(shell: ShellDep, session: Reader, kind: str, language: str) -> Place:
    check_place(kind, language)
    return Place(session, shell.viewer.creditor, kind, language)


def _checked(texts: dict[str, str], kind: TextKind) -> OwnText:
    """The text to draw with; refuses one that cannot be read."""
    for source in texts.values():
        check_text(source, kind.names, numbers=kind.numbers)
    return OwnText(None, texts)


def _texts(form: FormData) -> dict[str, str]:
    return {part: str(form.get(part, "")).replace("\r\n", "\n") for part in PARTS}
