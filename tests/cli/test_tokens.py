"""Tokens from the shell."""

from __future__ import annotations

from tests.support.shell import Shell


def test_a_token_from_making_to_revoking(empty: Shell) -> None:
    empty.ok("user", "add", "kari", "--role", "clerk")
    made = empty.json("token", "create", "--user", "kari", "--scope", "read", "--scope", "act,import", "--name", "crm")
    assert made["scopes"] == ["read", "import", "act"]
    assert made["token"].startswith("kul_") and made["status"] == "valid" and made["expires_at"]
    [listed] = empty.json("token", "list")
    assert "token" not in listed and (listed["name"], listed["last_used_at"]) == ("crm", None)
    assert made["token"] not in empty.ok("token", "list")
    assert empty.json("token", "revoke", made["id"])["status"] == "revoked"
    assert empty.json("token", "list", "--user", "kari")[0]["status"] == "revoked"
    assert "revoked already" in empty.refused("token", "revoke", made["id"])


def test_the_secret_is_shown_once_to_people_too(empty: Shell) -> None:
    empty.ok("user", "add", "kari", "--role", "viewer")
    text = empty.ok("token", "create", "--user", "kari", "--scope", "read", "--days", "0")
    assert "until it is revoked" in text and text.splitlines()[-1].startswith("kul_")


def test_what_makes_no_sense_is_refused(empty: Shell) -> None:
    empty.ok("user", "add", "kari", "--role", "viewer")
    assert "may not act" in empty.refused("token", "create", "--user", "kari", "--scope", "act")
    assert "'fly'" in empty.refused("token", "create", "--user", "kari", "--scope", "fly")
    assert "no user 'ola'" in empty.refused("token", "create", "--user", "ola", "--scope", "read")
    assert "no token 99" in empty.refused("token", "revoke", "99")
    empty.refused("token", "create", "--user", "kari", code=2)
