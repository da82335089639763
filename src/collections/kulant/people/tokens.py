"""API tokens: what a program shows to be let in as a person, what it may do, and when it ends.

The secret is 256 random bits, so its plain SHA-256 is kept: nobody can guess their way back to it, and looking it up by
the hash takes as long however near a guess came.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.people.models import ApiToken, User

PREFIX = "kul_"  # so that a secret left in a file or log is known for what it is
_SECRET = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")

# What each scope lets a program do.
SCOPES = {
    "read": "look at everything the person sees; the pure decision and the pure law",
    "import": "hand in files and interactions",
    "act": "the clerk's acts: notes, holds, disputes, promises, plans, payments",
    "decide": "the daily run, approving, dismissing, delivering",
    "admin": "creditors, users, tokens, ladders, law, rates; only of managers and administrators",
    "metrics": "the operator's figures at /metrics, and nothing else",
}
MANAGERS = ("manager", "admin")

LONGEST_NAME = 30  # it stands behind the person's in the audit trail, where both must fit
USUAL_DAYS = 365
MOST_DAYS = 3650
NOTED_EVERY = timedelta(minutes=1)


_VIA = " via "


def person_of(actor: str) -> str:
    """The person behind a name of the audit trail: the same at the desk and through any of their programs."""
    return actor.partition(_VIA)[0]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token lets in: the person it acts as, and what it may do."""

    token_id: int
    token_name: str
    user_id: int
    user_name: str
    role: str
    scopes: frozenset[str]
    last_used_at: datetime | None

    @property
    def actor(self) -> str:
        """Who the audit trail names."""
        return f"{self.user_name}{_VIA}{self.token_name}"

    @property
    def is_manager(self) -> bool:
        """Whether the person may do what managers may."""
        return self.role in MANAGERS


def create_token(
    act: Act, *, user: User, scopes: Collection[str], name: str = "api", days: int | None = USUAL_DAYS
) -> tuple[ApiToken, str]:
    """A new token of a person and its secret, which is told now and never again. ``days`` none: it does not end."""
    wanted = [scope for scope in SCOPES if scope in scopes]
    _check(user, scopes, days)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=user.id,
        name=_name(name),
        token_hash=hash_of(secret),
        scopes=wanted,
        created_at=act.now,
        expires_at=None if days is None else act.now + timedelta(days=days),
    )
    act.session.add(token)
    act.session.flush()
    _tell(act, "token_created", f"API token {token.name} of {user.name} created: {', '.join(wanted)}.", token, user)
    return token, secret


def _check(user: User, scopes: Collection[str], days: int | None) -> None:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        said = f"scope {unknown[0]!r} is not one of" if unknown else "a token needs a scope; choose from"
        raise Refusal("bad_scope", f"{said} {', '.join(SCOPES)}")
    if not user.active:
        raise Refusal("inactive_user", f"user {user.name} is deactivated; their tokens open nothing")
    too_much = set(scopes) - allowed_scopes(user.role)
    if too_much:
        raise Refusal(
            "scope_above_role",
            f"user {user.name} is {user.role} and may not {', '.join(sorted(too_much))}; a token never may more",
        )
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Refusal("bad_days", f"a token is valid for 1 to {MOST_DAYS} days")


def allowed_scopes(role: str) -> frozenset[str]:
    """The scopes a token of somebody with that role can use, whatever it was given."""
    if role == "viewer":
        return frozenset({"read", "metrics"})
    if role in MANAGERS:
        return frozenset(SCOPES)
    return frozenset(SCOPES) - {"admin"}


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refusal("bad_name", f"a token's name has 1 to {LONGEST_NAME} characters, e.g. the program that uses it")
    return name


def revoke_token(act: Act, *, token: ApiToken) -> None:
    """Ends a token at once."""
    if token.revoked_at is not None:
        raise Conflict("revoked_already", f"token {token.id} was revoked already")
    token.revoked_at = act.now
    user = act.session.get_one(User, token.user_id)
    _tell(act, "token_revoked", f"API token {token.name} of {user.name} revoked.", token, user)


def hash_of(secret: str) -> str:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def bearer_of(session: Session, secret: str, now: datetime) -> Bearer | None:
    """Whom this secret lets in now; none when it was never given out, has ended, or its person is deactivated."""
    if not _SECRET.fullmatch(secret):
        return None
    found = session.execute(
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == hash_of(secret),
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
            User.active,
        )
    ).first()
    if found is None:
        return None
    token, user = found
    scopes = frozenset(token.scopes) & allowed_scopes(user.role)
    return Bearer(token.id, token.name, user.id, user.name, user.role, scopes, token.last_used_at)


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Remembers that the token was used, at most once a minute."""
    stale = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - NOTED_EVERY)
    session.execute(update(ApiToken).where(ApiToken.id == token_id, stale).values(last_used_at=now))


def all_tokens(session: Session, user: User | None = None) -> Sequence[tuple[ApiToken, User]]:
    """Every token with its person, the newest first."""
    statement = select(ApiToken, User).join(User, User.id == ApiToken.user_id).order_by(ApiToken.id.desc())
    if user is not None:
        statement = statement.where(ApiToken.user_id == user.id)
    return [(token, owner) for token, owner in session.execute(statement)]


def token_by_id(session: Session, token_id: str | int) -> ApiToken:
    """The token of that number; refuses when there is none."""
    known = str(token_id).isdecimal() and len(str(token_id)) < 19
    token = session.get(ApiToken, int(token_id)) if known else None
    if token is None:
        raise NotFound("no_token", f"there is no token {token_id}")
    return token


def user_by_name(session: Session, name: str) -> User:
    """The user who logs in by that name; refuses when there is none."""
    user = session.scalar(select(User).where(User.name == name.strip()))
    if user is None:
        raise NotFound("no_user", f"there is no user {name!r}; add one with: kulant user add")
    return user


def token_json(token: ApiToken, user: User, now: datetime) -> dict[str, Any]:
    """A token as ``kulant token list --json`` shows it; never its secret, which nobody has."""
    ended = token.expires_at is not None and token.expires_at <= now
    return {
        "id": str(token.id),
        "user": user.name,
        "name": token.name,
        "scopes": token.scopes,
        "status": "revoked" if token.revoked_at else "expired" if ended else "valid" if user.active else "inactive",
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }


def _tell(act: Act, kind: str, text: str, token: ApiToken, user: User) -> None:
    data = {"token": token.id, "user": user.name, "name": token.name, "scopes": token.scopes}
    act.tell(Event(kind, text, data=data))
