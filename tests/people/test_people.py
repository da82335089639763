"""Who works here: creditors, users and their passwords, log-ins, and the audit trail that forgets nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pwdlib import PasswordHash
from sqlalchemy import inspect, select

from kulant.core.errors import NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act, engine_for
from kulant.people.models import AuditEntry, Creditor, LoginSession, User
from kulant.people.service import add_user, creditors_of, find_creditor, set_creditor, verify_password
from kulant.people.sessions import GUESSES_ALLOWED, SESSION_LENGTH, log_in, log_out, session_user
from kulant.relationship.models import TimelineEvent
from kulant.settings import Settings
from kulant.transaction import doing, keep_events
from tests.support.factories import PASSWORD, create_creditor, create_customer, create_user

# Creditors


def test_a_new_creditor_starts_with_the_currency_and_language_of_its_country(act: Act) -> None:
    swede = set_creditor(act, code="SVEA", name="Svealjus AB", country="SE")
    assert (swede.currency, swede.language, swede.undo_seconds) == ("SEK", "sv", 60)
    assert [event.kind for event in act.events] == ["creditor_created"]


def test_what_payment_codes_need_is_checked_kept_short_and_taken_back(act: Act, creditor: Creditor) -> None:
    given = {"iban": "NO93 8601 1117 947", "bic": "dnba no kk", "swish": "123 118 11 89"}
    set_creditor(act, code="NORD", **given)
    assert (creditor.iban, creditor.bic, creditor.swish) == ("NO9386011117947", "DNBANOKK", "1231181189")
    for field, wrong in (("iban", "NO93 8601 1117 948"), ("bic", "DNB"), ("swish", "555")):
        with pytest.raises(Refusal) as refusal:
            set_creditor(act, code="NORD", **{field: wrong})
        assert refusal.value.code == f"bad_{field}"
    set_creditor(act, code="NORD", iban="none", bic="none", swish="none")
    assert (creditor.iban, creditor.bic, creditor.swish) == (None, None, None)


def test_what_is_left_out_stays_as_it_is_and_the_same_again_changes_nothing(act: Act, creditor: Creditor) -> None:
    changed = set_creditor(act, code="NORD", phone="+47 33 00 00 00")
    assert (changed.id, changed.phone, changed.name) == (creditor.id, "+47 33 00 00 00", "Nordlys Engros AS")
    told = len(act.events)
    set_creditor(act, code="NORD", phone="+47 33 00 00 00")
    assert len(act.events) == told


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "Half"}, "creditor_incomplete"),
        ({"country": "NO"}, "creditor_incomplete"),
        ({"name": "X", "country": "Norway"}, "bad_country"),
        ({"name": "X", "country": "no"}, "bad_country"),
        ({"name": "X", "country": "NO", "currency": "kroner"}, "bad_currency"),
        ({"name": "X", "country": "NO", "language": "xx"}, "bad_language"),
        ({"name": "X", "country": "NO", "undo_seconds": -1}, "bad_undo_seconds"),
        ({"name": "X" * 201, "country": "NO"}, "too_long"),
    ],
)
def test_a_creditor_that_makes_no_sense_is_refused(act: Act, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        set_creditor(act, code="NEW", **fields)
    assert refused.value.code == code
    assert act.events == []


def test_the_only_creditor_is_found_without_its_code_and_of_several_one_must_be_named(act: Act) -> None:
    with pytest.raises(NotFound, match="there is no creditor yet"):
        find_creditor(act.session)
    nord = create_creditor(act)
    assert find_creditor(act.session) is nord
    create_creditor(act, "SYD")
    with pytest.raises(Refusal, match="NORD, SYD"):
        find_creditor(act.session)
    assert find_creditor(act.session, "NORD") is nord
    with pytest.raises(NotFound, match="'VEST'"):
        find_creditor(act.session, "VEST")


# Users


def everything_stored(act: Act) -> str:
    """Every value of every table, as one text."""
    act.session.flush()
    keep_events(act)
    act.session.flush()
    connection = act.session.connection()
    names = inspect(connection).get_table_names()
    return "\n".join(str(list(connection.exec_driver_sql(f'SELECT * FROM "{name}"'))) for name in names)


def test_a_password_is_kept_only_as_an_argon2_hash(act: Act, creditor: Creditor) -> None:
    user = create_user(act, creditor)
    assert user.password_hash.startswith("$argon2id$")
    assert verify_password(user, PASSWORD)
    assert not verify_password(user, PASSWORD + " ")
    log_in(act, name="clerk", password="a wrong guess at it")
    stored = everything_stored(act)
    assert PASSWORD not in stored
    assert "a wrong guess at it" not in stored


def test_hashing_a_password_takes_the_work_that_makes_guessing_dear(own_hasher: PasswordHash) -> None:
    kept = own_hasher.hash(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # 64 MiB, three times over: RFC 9106's second choice
    assert own_hasher.verify(PASSWORD, kept)


def test_two_users_with_the_same_password_have_different_hashes(act: Act, creditor: Creditor) -> None:
    one, other = create_user(act, creditor, "one"), create_user(act, creditor, "other")
    assert one.password_hash != other.password_hash


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role": "boss"}, "bad_role"),
        ({"password": "short"}, "weak_password"),
        ({"name": "clerk"}, "user_exists"),
        ({"name": " clerk "}, "user_exists"),
        ({"name": "  "}, "no_name"),
        ({"name": "n" * 81}, "too_long"),
    ],
)
def test_a_user_who_could_not_work_is_refused(act: Act, creditor: Creditor, fields: dict[str, Any], code: str) -> None:
    create_user(act, creditor)
    with pytest.raises(Refusal) as refused:
        add_user(act, **{"name": "new", "role": "clerk", "password": PASSWORD, "creditors": [creditor]} | fields)
    assert refused.value.code == code


def test_a_user_sees_the_creditors_given_to_them_and_an_administrator_all(act: Act, creditor: Creditor) -> None:
    south = create_creditor(act, "SYD", name="Sydlys AS")
    clerk, nobody = create_user(act, creditor), add_user(act, name="nobody", role="viewer", password=PASSWORD)
    admin = add_user(act, name="admin", role="admin", password=PASSWORD)
    act.session.flush()
    assert creditors_of(act.session, clerk) == [creditor]
    assert creditors_of(act.session, nobody) == []
    assert creditors_of(act.session, admin) == [creditor, south]


# Logging in


def test_a_log_in_opens_a_session_of_which_only_a_hash_is_kept(act: Act, creditor: Creditor) -> None:
    user = create_user(act, creditor)
    token = log_in(act, name=" clerk ", password=PASSWORD)
    assert token is not None
    act.session.flush()
    found = session_user(act.session, token, now=act.now)
    assert found is not None and found[0] is user
    assert token not in everything_stored(act)
    kept = act.session.scalars(select(LoginSession)).one()
    assert session_user(act.session, kept.token_hash, now=act.now) is None


def test_a_session_ends_by_itself_by_logging_out_and_with_its_user(act: Act, creditor: Creditor) -> None:
    user = create_user(act, creditor)
    token = log_in(act, name="clerk", password=PASSWORD)
    other = log_in(act, name="clerk", password=PASSWORD)
    assert token and other and token != other
    act.session.flush()
    assert session_user(act.session, token, now=act.now + SESSION_LENGTH) is None
    log_out(act, token=token)
    assert session_user(act.session, token, now=act.now) is None
    assert session_user(act.session, other, now=act.now) is not None
    user.active = False
    act.session.flush()
    assert session_user(act.session, other, now=act.now) is None
    assert log_in(act, name="clerk", password=PASSWORD) is None


def guess(act: Act, name: str, times: int) -> None:
    for _ in range(times):
        assert log_in(act, name=name, password="not the password") is None
        keep_events(act)
        act.session.flush()


@pytest.mark.parametrize("name", ["clerk", "no such user"])
def test_guessing_closes_the_name_for_a_quarter_of_an_hour(act: Act, creditor: Creditor, name: str) -> None:
    create_user(act, creditor)
    create_user(act, creditor, "other")
    guess(act, name, GUESSES_ALLOWED)
    with pytest.raises(Refusal) as refused:
        log_in(act, name=name, password=PASSWORD)
    assert (refused.value.code, refused.value.status) == ("too_many_attempts", 429)
    assert log_in(act, name="other", password=PASSWORD) is not None
    later = replace(act, now=act.now + timedelta(minutes=15, seconds=1), events=[])
    assert (log_in(later, name=name, password=PASSWORD) is not None) == (name == "clerk")


def test_a_few_wrong_passwords_close_nothing(act: Act, creditor: Creditor) -> None:
    create_user(act, creditor)
    guess(act, "clerk", GUESSES_ALLOWED - 1)
    assert log_in(act, name="clerk", password=PASSWORD) is not None


# The audit trail


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Iterator[Settings]:
    yield Settings(
        database_url=database_url,
        base_url="http://127.0.0.1:8000",
        smtp_url=f"file:{tmp_path / 'outbox'}",
        storage_url=f"file:{tmp_path / 'documents'}",
        fixed_today=date(2026, 11, 23),
    )


def test_what_is_done_is_written_down_in_the_same_transaction(settings: Settings) -> None:
    with doing(settings, actor="kari") as act:
        creditor = create_creditor(act)
        customer = create_customer(act, creditor, "C1")
        act.tell(
            Event("note", "Spoke with them.", creditor_id=creditor.id, customer_id=customer.id, data={"minutes": 5})
        )
    with doing(settings, actor="reader") as act:
        entries = act.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(entry.actor, entry.action) for entry in entries] == [("kari", "creditor_created"), ("kari", "note")]
        assert (entries[1].text, entries[1].data) == ("Spoke with them.", {"minutes": 5})
        assert entries[0].at.tzinfo is not None
        line = act.session.scalars(select(TimelineEvent)).one()
        assert (line.kind, line.actor, line.on) == ("note", "kari", date(2026, 11, 23))


def test_what_fails_leaves_neither_the_change_nor_a_word_of_it(settings: Settings) -> None:
    with pytest.raises(Refusal), doing(settings, actor="kari") as act:
        create_creditor(act)
        set_creditor(act, code="NEW", name="X", country="nowhere")
    with engine_for(settings.database_url).connect() as connection:
        assert connection.execute(select(AuditEntry.id)).all() == []
        assert connection.execute(select(Creditor.id)).all() == []


def test_the_audit_trail_names_who_looked_after_users_but_never_their_password(settings: Settings) -> None:
    with doing(settings, actor="kari") as act:
        add_user(act, name="ola", role="clerk", password=PASSWORD, creditors=[create_creditor(act)])
    with doing(settings, actor="reader") as act:
        entry = act.session.scalars(select(AuditEntry).where(AuditEntry.action == "user_added")).one()
        assert entry.data == {"user": "ola", "role": "clerk", "creditors": ["NORD"]}
        assert act.session.scalars(select(User.name)).all() == ["ola"]


def test_the_rules_about_money_are_kept_and_taken_back(act: Act) -> None:
    set_creditor(
        act, code="N", name="Nord AS", country="NO", small_balance={"NOK": 1000}, allocation_order="costs_first",
        accounts={"receivable": "1500"}, payment_days=30, fee_agreed=True,
    )  # fmt: skip
    nord = set_creditor(act, code="N", allocation_order="country")
    assert nord.allocation_order is None
    assert (nord.small_balance, nord.accounts, nord.payment_days) == ({"NOK": 1000}, {"receivable": "1500"}, 30)
    assert nord.fee_agreed


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"allocation_order": "newest_first"}, "principal_first or costs_first"),
        ({"small_balance": {"NOK": -1}}, "below zero"),
        ({"bank_fee_tolerance": {"kroner": 1}}, "three-letter code"),
        ({"accounts": {"pocket": "1"}}, "receivable"),
        ({"payment_days": 400}, "0 to 365"),
    ],
)
def test_a_rule_about_money_that_means_nothing_is_refused(act: Act, rule: dict[str, object], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        set_creditor(act, code="N", name="Nord AS", country="NO", **rule)
