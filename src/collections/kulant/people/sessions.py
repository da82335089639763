"""Logging in to the desk: a random token in the browser, only its hash here, and a limit on guessing."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.people.models import AuditEntry, LoginSession, User
from kulant.people.service import verify_password

SESSION_LENGTH = timedelta(hours=12)
GUESSING_WINDOW = timedelta(minutes=15)
GUESSES_ALLOWED = 8
FAILED = "log_in_failed"


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def log_in(act: Act, *, name: str, password: str) -> str | None:
    """Opens a session and returns its token; none when name and password do not belong together.

    A wrong password is returned, not raised, so that the transaction keeps the failed attempt: eight within a quarter
    of an hour close the name for the rest of it. An unknown name takes as long as a wrong password.
    """
    name = name.strip()[:80]
    _refuse_guessing(act, name)
    user = act.session.scalar(select(User).where(User.name == name, User.active))
    if not verify_password(user, password) or user is None:
        act.tell(Event(FAILED, f"Log-in as {name} failed", data={"name": name}))
        return None
    return _open_session(act, user)


def _refuse_guessing(act: Act, name: str) -> None:
    failed = act.session.scalar(
        select(func.count())
        .select_from(AuditEntry)
        .where(
            AuditEntry.creditor_id.is_(None),
            AuditEntry.at > act.now - GUESSING_WINDOW,
            AuditEntry.action == FAILED,
            AuditEntry.text == f"Log-in as {name} failed",
        )
    )
    if (failed or 0) >= GUESSES_ALLOWED:
        raise Refusal(
            "too_many_attempts",
            "Too many wrong passwords for this name. Wait a quarter of an hour, or ask an administrator.",
            status=429,
        )


def _open_session(act: Act, user: User) -> str:
    token = secrets.token_urlsafe(32)
    act.session.execute(delete(LoginSession).where(LoginSession.expires_at < act.now))
    act.session.add(
        LoginSession(
            token_hash=_hash_of(token),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(32),
            created_at=act.now,
            expires_at=act.now + SESSION_LENGTH,
        )
    )
    act.tell(Event("logged_in", f"{user.display_name} logged in", data={"name": user.name}))
    return token


def session_user(session: Session, token: str, *, now: datetime) -> tuple[User, str] | None:
    """The user whose session that token opens, with the session's form token; none when it has ended."""
    found = session.execute(
        select(User, LoginSession.csrf_token)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            LoginSession.token_hash == _hash_of(token),
            LoginSession.expires_at > now,
            User.active,
        )
    ).first()
    return (found[0], found[1]) if found else None


def log_out(act: Act, *, token: str) -> None:
    """Ends the session of that token."""
    act.session.execute(delete(LoginSession).where(LoginSession.token_hash == _hash_of(token)))
    act.tell(Event("logged_out", f"{act.actor} logged out"))
