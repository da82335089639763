"""Tokens with which programs are let in: as whom, for what, until when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.people.models import ApiToken, Creditor, User
from kulant.people.tokens import SCOPES, bearer_of, create_token, note_use, revoke_token, token_json
from kulant.transaction import keep_events
from tests.support import factories as make


@pytest.fixture
def clerk(act: Act, creditor: Creditor) -> User:
    """A clerk of the creditor."""
    return make.create_user(act, creditor)


def test_only_the_hash_of_the_secret_is_kept(act: Act, clerk: User) -> None:
    token, secret = create_token(act, user=clerk, scopes=["read"])
    assert secret.startswith("kul_") and len(secret) == 47
    keep_events(act)
    act.session.flush()
    kept = [str(getattr(token, column.key)) for column in ApiToken.__table__.columns]
    assert all(secret not in one and secret[4:] not in one for one in kept)
    assert secret not in str([event.data for event in act.events]) + str(token_json(token, clerk, act.now))


def test_a_token_lets_in_the_person_it_was_made_for(act: Act, clerk: User) -> None:
    _, secret = create_token(act, user=clerk, scopes=["read", "act"], name="crm")
    bearer = bearer_of(act.session, secret, act.now)
    assert bearer is not None
    assert (bearer.user_name, bearer.scopes, bearer.actor) == ("clerk", {"read", "act"}, "clerk via crm")


@pytest.mark.parametrize("wrong", ["", "kul_", "x" * 47, "kul_" + "a" * 43, "kul_" + "é" * 43, "kul_" + "a" * 10_000])
def test_what_was_never_given_out_lets_nobody_in(act: Act, clerk: User, wrong: str) -> None:
    create_token(act, user=clerk, scopes=["read"])
    assert bearer_of(act.session, wrong, act.now) is None


def test_a_token_ends_by_its_day_by_being_revoked_and_with_its_person(act: Act, clerk: User) -> None:
    token, secret = create_token(act, user=clerk, scopes=["read"], days=2)
    assert bearer_of(act.session, secret, act.now + timedelta(days=1, hours=23)) is not None
    assert bearer_of(act.session, secret, act.now + timedelta(days=2)) is None
    assert token_json(token, clerk, act.now + timedelta(days=2))["status"] == "expired"
    clerk.active = False
    act.session.flush()
    assert bearer_of(act.session, secret, act.now) is None
    clerk.active = True
    revoke_token(act, token=token)
    act.session.flush()
    assert bearer_of(act.session, secret, act.now) is None
    with pytest.raises(Conflict, match="revoked already"):
        revoke_token(act, token=token)


def test_a_token_never_may_more_than_its_person(act: Act, creditor: Creditor, clerk: User) -> None:
    viewer = make.create_user(act, creditor, name="looker", role="viewer")
    for user, scope in ((viewer, "act"), (viewer, "import"), (viewer, "decide"), (clerk, "admin")):
        with pytest.raises(Refusal, match="a token never may more"):
            create_token(act, user=user, scopes=["read", scope])
    manager = make.create_user(act, creditor, name="head", role="manager")
    _, secret = create_token(act, user=manager, scopes=list(SCOPES))
    manager.role = "viewer"  # demoted after the token was made
    act.session.flush()
    bearer = bearer_of(act.session, secret, act.now)
    assert bearer is not None and bearer.scopes == {"read", "metrics"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scopes": []}, "needs a scope"),
        ({"scopes": ["read", "fly"]}, "'fly' is not one of"),
        ({"scopes": ["read"], "name": " "}, "1 to 30 characters"),
        ({"scopes": ["read"], "name": "x" * 31}, "1 to 30 characters"),
        ({"scopes": ["read"], "days": 0}, "1 to 3650 days"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(act: Act, clerk: User, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        create_token(act, user=clerk, **wrong)  # type: ignore[arg-type]


def test_use_is_noted_at_most_once_a_minute(act: Act, clerk: User) -> None:
    token, _ = create_token(act, user=clerk, scopes=["read"])

    def used(seconds: int) -> int:
        note_use(act.session, token.id, act.now + timedelta(seconds=seconds))
        last = act.session.scalar(select(ApiToken.last_used_at).where(ApiToken.id == token.id))
        assert last is not None
        return int((last - act.now).total_seconds())

    assert [used(seconds) for seconds in (0, 30, 59, 60, 90, 120)] == [0, 0, 0, 60, 60, 120]


def test_making_and_ending_a_token_stand_in_the_audit_trail(act: Act, clerk: User) -> None:
    token, _ = create_token(act, user=clerk, scopes=["read"], name="crm")
    revoke_token(act, token=token)
    assert [event.kind for event in act.events][-2:] == ["token_created", "token_revoked"]
    assert "crm of clerk" in act.events[-1].text
