"""The rules of sending: when mail reaches people, how fast, what leaves by itself; set by managers, with history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.words import day_words
from kulant.delivery.sending_rules import NAME, SendingRules, keep_sending_rules, read_sending_rules, sending_rules
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer
from kulant.people.models_rules import CreditorRules
from kulant.people.rules_kept import versions
from kulant.web.deps import ActDep, RawForm, Reader, SettingsDep, Writer

router = APIRouter(prefix="/settings/sending")


@dataclass(frozen=True, slots=True)
class Words:
    """A rule as people read it. ``form``: number, flag, time, days or names; ``none``: what an empty one means."""

    field: str
    title: str
    does: str
    form: str = "number"
    unit: str = ""
    none: str = ""


GROUPS: tuple[tuple[str, tuple[Words, ...]], ...] = (
    (
        "When",
        (
            Words(
                "bank_data_max_age_days", "Bank data may be so old",
                "Nothing that asks for money leaves while the newest payment is older. Empty: never held for it. A "
                "ladder may say another number.", unit="days", none="never held for it",
            ),
            Words("opens", "E-mail leaves from", "By the customer's own clock, where the ladder does not say.", "time",
                  none="any hour"),
            Words("closes", "E-mail leaves until", "What comes later waits for the next morning.", "time",
                  none="any hour"),
            Words("weekdays_only", "Weekdays only", "No e-mail at weekends.", "flag"),
            Words("holidays", "Not on public holidays", "Those of the country where the customer is.", "flag"),
            Words(
                "quiet_days", "Quiet days of your own",
                "Nothing leaves on these days, by e-mail or by post. One line for each, like 2026-12-24.", "days",
                none="none",
            ),
        ),
    ),
    (
        "How",
        (
            Words(
                "mail_per_host_per_minute", "E-mails a minute to one mail host",
                "So that none of them takes you for a sender of spam. Empty: no limit.", none="no limit",
            ),
            Words(
                "max_attachment_kb", "A letter attached may be so large",
                "A larger one stays here, and the e-mail says so: the customer's own page shows everything in it.",
                unit="kB",
            ),
            Words(
                "list_unsubscribe", "A way to say no",
                "Friendly notes and thank-yous carry it. What the law or an agreement wants said does not.", "flag",
            ),
        ),
    ),
    (
        "By itself",
        (
            Words("thank_you", "Thank for a kept plan", "By e-mail, when the last instalment has come.", "flag"),
            Words(
                "instalment_reminder_days", "Remind of an instalment",
                "So many days before its day, once, by e-mail. Not when it is paid. Empty: never.", unit="days before",
                none="never",
            ),
            Words(
                "courtesy_segments", "A friendly note before the due date to",
                "Customers of these segments get one note about what is due soon. One segment on each line. Empty: "
                "nobody. Who is in a plan, in dispute, on hold, or waits for your answer gets none.", "names",
                none="nobody",
            ),
            Words("courtesy_days_before", "That note leaves", "So many days before the due date.",
                  unit="days before"),
        ),
    ),
)  # fmt: skip
TITLES = {words.field: words.title for _, some in GROUPS for words in some}
_BY_FIELD = {words.field: words for _, some in GROUPS for words in some}


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule on the page: its words, its value in words and as a form takes it."""

    words: Words
    said: str
    plain: str


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version of the rules and what it changed."""

    row: CreditorRules
    changed: list[str]


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """The rules in force, and every version before them."""
    creditor = shell.viewer.creditor
    rules = sending_rules(session, creditor.id)
    return shell.page(
        "desk/sending_rules.html",
        here="settings",
        groups=[(name, [_shown(words, rules) for words in some]) for name, some in GROUPS],
        segments=_segments(session, creditor.id),
        history=_history(versions(session, creditor.id, NAME)),
        may_change=shell.viewer.may_manage,
    )


def _segments(session: Session, creditor_id: int) -> Sequence[str]:
    """The names that customers have, so that nobody has to guess how one is written."""
    named = select(Customer.segment).where(Customer.creditor_id == creditor_id, Customer.segment.is_not(None))
    return [one for one in session.scalars(named.distinct().order_by(Customer.segment).limit(50)) if one]


def _shown(words: Words, rules: SendingRules) -> ShownRule:
    value = rules.model_dump(mode="json")[words.field]
    return ShownRule(words, _said(words, value), _plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)[:5] if isinstance(value, str) else str(value)


def _said(words: Words, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return words.none
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{str(value)[:5] if words.form == 'time' else value} {words.unit}".strip()


def _history(rows: Sequence[CreditorRules]) -> list[ShownVersion]:
    """Each version beside the one before it; the first beside the rules as they come."""
    usual = SendingRules().model_dump(mode="json")
    shown = []
    for row, before in zip(rows, [*rows[1:], None], strict=False):
        now, then = usual | row.rules, usual | (before.rules if before is not None else {})
        changed = [
            f"{words.title}: {_said(words, then[field])} → {_said(words, now[field])}"
            for field, words in _BY_FIELD.items()
            if now[field] != then[field]
        ]
        shown.append(ShownVersion(row, changed))
    return shown


@router.post("")
def change(act: ActDep, viewer: Writer, settings: SettingsDep, form: RawForm) -> Response:
    """Puts what the form says in force, as a new version."""
    viewer.require_manager("the rules of sending")
    given = {name: str(value) for name, value in form.multi_items()}
    rules = read_sending_rules(_given(given), sending_rules(act.session, viewer.creditor.id), TITLES)
    made = keep_sending_rules(act, creditor=viewer.creditor, rules=rules, why=given.get("why", ""))
    said = f"In force from {day_words(made.set_on)}, for what leaves from now on."
    return redirect(settings, "/settings/sending", Flash(f"Rules in force: version {made.version}.", said))


def _given(form: Mapping[str, str]) -> dict[str, Any]:
    """The rules as the form says them; what it leaves out stays as it is."""
    given: dict[str, Any] = {}
    for field, words in _BY_FIELD.items():
        if words.form == "flag":
            given[field] = field in form
        elif field in form:
            given[field] = _value(words, form[field].strip())
    return given


def _value(words: Words, text: str) -> Any:
    if words.form in ("days", "names"):
        return [line.strip() for line in text.splitlines() if line.strip()]
    if not text:
        return None
    if words.form == "number":
        if not (text.isascii() and text.isdecimal() and len(text) < 9):
            raise Refusal("bad_rules", f"{words.title}: write a whole number, not “{text[:40]}”.")
        return int(text)
    return text
