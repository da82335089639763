"""``kulant doctor``: looks at everything Kulant stands on, and says what to do about each thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from kulant.core.errors import Refusal
from kulant.db import engine_for, reading
from kulant.delivery.bounce_address import OWN, open_bounce_address
from kulant.delivery.mail import mailer_of
from kulant.delivery.mail_smtp import UNENCRYPTED
from kulant.delivery.mailbox import is_here, open_mailbox
from kulant.delivery.pausing import held_by_pause, pause_in_force
from kulant.delivery.privacy_files import anything_waits, open_erasures
from kulant.law import debt_advice, retention
from kulant.law.book import Survey, survey
from kulant.law.entered import Entered
from kulant.law.entries import entered
from kulant.law.overview import undecided, unverified
from kulant.ledger.balances import mismatches
from kulant.ledger.queries import imbalances
from kulant.letters.archive import prove
from kulant.letters.letterhead import look_of, not_printable
from kulant.letters.storage import open_storage
from kulant.paths import resource_dir
from kulant.people.models import Creditor
from kulant.schema import versions
from kulant.settings import Settings

_SHORTEST_KEY = 32  # of random letters and figures: more than 128 bits
NEWEST_DOCUMENTS = 200  # read at every look: a second at most


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``ok``, ``warning`` (works, but) or ``failed``; ``remedy`` says what to do.

    ``details`` names each thing that the text only counts.
    """

    check: str
    status: str
    text: str
    remedy: str | None = None
    details: tuple[str, ...] = ()


class _Problem(Exception):
    def __init__(self, sentence: str, remedy: str, *, status: str = "failed", details: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.remedy = remedy
        self.status = status
        self.details = details


def examine(settings: Settings, *, deep: bool = False) -> list[Finding]:
    """Every check, in the order in which one would repair. ``deep``: every archived document is read, however many."""
    checks = CHECKS | ({"documents": _all_documents} if deep else {})
    return [_look(name, check, settings) for name, check in checks.items()]


def _look(name: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, "ok", check(settings))
    except _Problem as problem:
        return Finding(name, problem.status, str(problem), problem.remedy, problem.details)
    except Refusal as refusal:
        return Finding(name, "failed", refusal.sentence, "correct the setting and look again")
    except (SQLAlchemyError, OSError) as error:
        return Finding(name, "failed", f"{name}: {str(error).splitlines()[0]}", "repair it and look again")


def _database(settings: Settings) -> str:
    engine = engine_for(settings.database_url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                return f"SQLite {connection.scalar(text('SELECT sqlite_version()'))} answers"
            version = int(str(connection.scalar(text("SHOW server_version_num"))))
    except SQLAlchemyError as error:
        raise _Problem(
            f"the database does not answer: {str(error).splitlines()[0]}", "check KULANT_DATABASE_URL and the server"
        ) from None
    if version < 150000:
        raise _Problem(f"PostgreSQL {version // 10000} is too old", "use PostgreSQL 15 or newer")
    return f"PostgreSQL {version // 10000} answers"


def _schema(settings: Settings) -> str:
    current, newest = versions(settings.database_url)
    if current != newest:
        raise _Problem(f"the schema is at {current or 'nothing'}, the newest is {newest}", "run: kulant db upgrade")
    return f"the schema is the newest ({newest})"


def _ledger(settings: Settings) -> str:
    current, newest = versions(settings.database_url)
    if current != newest:
        raise _Problem("the ledger cannot be looked at before the schema is the newest", "run: kulant db upgrade")
    with reading(settings.database_url) as session:
        wrong = imbalances(session)
        stale = mismatches(session)
    if wrong:
        numbers = ", ".join(one.number for one in wrong)
        raise _Problem(f"open balances differ from their entries: {numbers}", "restore a backup and report this")
    if stale:
        accounts = ", ".join(f"{one.customer} {one.currency}" for one in stale)
        raise _Problem(
            f"balances of customers differ from their open items: {accounts}",
            "run: kulant run, which computes them anew; then report this",
        )
    return "every open balance is the sum of its entries, and every customer's balance that of their items"


def _libraries(settings: Settings) -> str:
    missing = [name for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz", "fontconfig") if not find_library(name)]
    if missing:
        raise _Problem(
            f"letters cannot be drawn without {', '.join(missing)}",
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libfontconfig1",
        )
    if not find_library("harfbuzz-subset"):
        raise _Problem(
            "letters are drawn three to seven times slower without harfbuzz-subset",
            "apt-get install libharfbuzz-subset0",
            status="warning",
        )
    return "Pango, HarfBuzz with subsetting, and Fontconfig are there"


def _fonts(settings: Settings) -> str:
    fonts = sorted(resource_dir("static").glob("fonts/*.woff2"))
    if not fonts:
        raise _Problem("the fonts of letters and pages are missing", "install Kulant again")
    return f"{len(fonts)} font files are there"


def _smtp(settings: Settings) -> str:
    try:
        open_bounce_address(settings.bounce_address, "")
        said = mailer_of(settings).check()
    except Refusal as refusal:
        variables = {"dkim": "KULANT_DKIM_KEY", "bad_bounce_address": "KULANT_BOUNCE_ADDRESS"}
        variable = variables.get(refusal.code, "KULANT_SMTP_URL and the mail server")
        raise _Problem(refusal.sentence, f"check {variable}") from None
    if OWN in (settings.bounce_address or ""):
        said += "; each message comes back to an address of its own"
    if UNENCRYPTED in said and not is_here(urlsplit(settings.smtp_url).hostname or ""):
        raise _Problem(said, "let the mail server offer STARTTLS, or use smtps://", status="warning")
    return said


def _mailbox(settings: Settings) -> str:
    if settings.imap_url is not None:
        try:
            return open_mailbox(settings.imap_url).check()
        except Refusal as refusal:
            raise _Problem(refusal.sentence, "check KULANT_IMAP_URL and the mail server") from None
    if settings.smtp_url.startswith("file:"):
        return "no mailbox is read: messages are only written as files"
    raise _Problem(
        "no mailbox is read: mail that comes back and customers' answers stay where they arrive",
        "set KULANT_IMAP_URL to the mailbox that they come to",
        status="warning",
    )


def _sending(settings: Settings) -> str:
    current, newest = versions(settings.database_url)
    if current != newest:
        raise _Problem("the outbox cannot be looked at before the schema is the newest", "run: kulant db upgrade")
    with reading(settings.database_url) as session:
        pause, waiting = pause_in_force(session), held_by_pause(session)
    if pause is not None:
        raise _Problem(
            f"sending is paused since {pause.since:%Y-%m-%d %H:%M} UTC: {pause.why.rstrip('.')}; {waiting} wait",
            "read what would leave (kulant deliver --dry-run), then run: kulant sending resume",
            status="warning",
        )
    return f"sending is on; {waiting} in the outbox"


def _storage(settings: Settings) -> str:
    return open_storage(settings.storage_url).check()


def _documents(settings: Settings, newest: int | None = NEWEST_DOCUMENTS) -> str:
    current, schema = versions(settings.database_url)
    if current != schema:
        raise _Problem("the archive cannot be looked at before the schema is the newest", "run: kulant db upgrade")
    with reading(settings.database_url) as session:
        found = prove(session, open_storage(settings.storage_url), newest=newest)
    if found.wrong:
        raise _Problem(
            f"{len(found.wrong)} of {found.looked_at} archived documents are not what was sent",
            "restore them from a backup of KULANT_STORAGE_URL",
            details=found.wrong,
        )
    which = f"the newest {found.looked_at} (all: kulant doctor --deep)" if found.looked_at == newest else "all"
    return f"{which} of the archived documents are bit for bit what was sent" if found.looked_at else "none yet"


def _all_documents(settings: Settings) -> str:
    return _documents(settings, newest=None)


def _secret(settings: Settings) -> str:
    length = len(settings.secret_key())
    if length < _SHORTEST_KEY:
        raise _Problem(
            f"the signing key has {length} characters; who guesses it opens every customer's page",
            f"set KULANT_SECRET_KEY to {_SHORTEST_KEY} random characters or more; codes in letters close by that",
            status="warning",
        )
    return "links and forms can be signed"


def _clock(settings: Settings) -> str:
    if settings.fixed_today is not None:
        raise _Problem(
            f"KULANT_TODAY sets the business date to {settings.fixed_today}", "unset it in real use", status="warning"
        )
    if datetime.now(UTC).year < 2026:
        raise _Problem("the clock of this machine is wrong", "set the clock (for example with NTP)")
    return f"the clock says {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _links(settings: Settings) -> str:
    parts = urlsplit(settings.base_url)
    if parts.hostname in ("127.0.0.1", "localhost", "::1"):
        raise _Problem(
            f"links in letters begin with {settings.base_url}, which only this machine can open",
            "set KULANT_BASE_URL to the address customers can reach",
            status="warning",
        )
    return f"links begin with {settings.base_url}"


def _law(settings: Settings) -> str:
    rows = _entered(settings)
    books = survey(rows)
    figures, unsure = sum(one.figures for one in books), sum(one.unverified for one in books)
    known = f"rates known to {min(one.known_to for one in books)}{_gaps(books)}; entered here: {len(rows)}"
    open_regimes = undecided(rows)
    if unsure or open_regimes:
        each = ", ".join(f"{one.country} {one.unverified}" for one in books if one.unverified)
        raise _Problem(
            f"{known}; {unsure} of {figures} figures of the law are unverified ({each})",
            "have a lawyer confirm them (kulant law enter, or the settings page), and enter the next half-year's rates "
            "before it begins",
            status="warning",
            details=(*open_regimes, *unverified(rows), *(_said(row) for row in rows)),
        )
    return f"{known}; all {figures} figures of the law are verified"


def _debt_advice(settings: Settings) -> str:
    unsure, countries = debt_advice.unverified(), ", ".join(sorted(debt_advice.advisers()))
    if unsure:
        raise _Problem(
            f"independent debt advice is known for {countries}; {len(unsure)} are unverified",
            "call or read what they publish, and correct kulant/law/debt_advice.yaml",
            status="warning",
            details=tuple(unsure),
        )
    return f"independent debt advice is known for {countries}"


def _letterheads(settings: Settings) -> str:
    """Whether every creditor's letters say where to pay, where they come back to and whom to ask."""
    current, newest = versions(settings.database_url)
    if current != newest:
        raise _Problem("letterheads cannot be looked at before the schema is the newest", "run: kulant db upgrade")
    with reading(settings.database_url) as session:
        everybody = session.scalars(select(Creditor).order_by(Creditor.code)).all()
        lacking = [(one.code, not_printable(one, look_of(session, one.id))) for one in everybody]
    details = tuple(f"{code}: letters have to go without {'; '.join(lacks)}" for code, lacks in lacking if lacks)
    if details:
        raise _Problem(
            f"{len(details)} of {len(lacking)} creditors lack what letters need: {'; '.join(details)}",
            "set it: kulant creditor set CODE --bank-account … --address … --contact-email …",
            status="warning",
            details=details,
        )
    return f"the letters of all {len(lacking)} creditors have an account, an address and somebody to ask"


def _privacy(settings: Settings) -> str:
    """Whether all of erased customers is gone that should be, and what is unsure about how long the rest stays."""
    current, newest = versions(settings.database_url)
    if current != newest:
        raise _Problem("erasures cannot be looked at before the schema is the newest", "run: kulant db upgrade")
    with reading(settings.database_url) as session:
        if open_erasures(session):
            raise _Problem(
                "an erasure stands open, so the databases let what they guard of that customer be changed",
                "find out who set at_work in the table erasure, and take it back",
            )
        if anything_waits(session):
            raise _Problem(
                "files of erased customers wait to be thrown away", "run: kulant privacy purge", status="warning"
            )
    unsure, countries = retention.unverified(), ", ".join(sorted(retention.countries()))
    if unsure:
        raise _Problem(
            f"how long bookkeeping law wants things kept is unverified for {len(unsure)} rules",
            "have a lawyer confirm them, and correct kulant/law/retention.yaml",
            status="warning",
            details=tuple(unsure),
        )
    return f"how long bookkeeping law wants things kept is known for {countries}"


def _said(row: Entered) -> str:
    return f"entered: {row.country} {row.what} from {row.since}: {row.value} (by {row.by} on {row.on}: {row.source})"


def _entered(settings: Settings) -> tuple[Entered, ...]:
    """What people here have entered; nothing where there is no such table yet."""
    try:
        with reading(settings.database_url) as session:
            return entered(session)
    except SQLAlchemyError:
        return ()


def _gaps(books: list[Survey]) -> str:
    """Whose rates end before the rest of their country's law does."""
    gaps = [
        f"{one.country} {debtor} to {day}"
        for one in books
        for debtor, day in one.rates_to.items()
        if day < one.known_to
    ]
    return f" ({', '.join(gaps)})" if gaps else ""


CHECKS: dict[str, Callable[[Settings], str]] = {
    "database": _database,
    "schema": _schema,
    "ledger": _ledger,
    "libraries": _libraries,
    "fonts": _fonts,
    "smtp": _smtp,
    "mailbox": _mailbox,
    "sending": _sending,
    "storage": _storage,
    "letterheads": _letterheads,
    "documents": _documents,
    "secret": _secret,
    "clock": _clock,
    "links": _links,
    "law": _law,
    "debt advice": _debt_advice,
    "privacy": _privacy,
}
