"""Plans from the shell: changed with their price, proposed by customers, limited, approved by somebody else."""

from __future__ import annotations

from tests.support.shell import Shell


def test_a_plan_is_looked_at_changed_and_agreed_anew(shell: Shell) -> None:
    offered = shell.json("plan", "offer", "A1")
    agreed = shell.json("plan", "accept", offered["id"], "--offer", "2")
    assert (agreed["claim"], agreed["left"], agreed["misses"]) == ("50000.00", "50000.00", 0)
    tried = shell.json("plan", "change", "1", "--skip", "--dry-run")
    assert (tried["cost"], tried["before"][1]["due"]) == ("0.00", tried["after"][0]["due"])
    assert shell.json("plan", "show", "1") == agreed
    assert shell.json("plan", "change", "1", "--skip")["after"] == tried["after"]
    assert [one["kind"] for one in shell.json("plan", "show", "1")["changes"]] == ["skip"]
    assert "say one of --move" in shell.refused("plan", "change", "1", "--skip", "--day", "5")
    assert "can be moved to" in shell.refused("plan", "change", "1", "--move", "2028-01-01")
    anew = shell.json("plan", "anew", "1")
    shell.ok("plan", "accept", anew["id"], "--offer", "1")
    assert shell.json("plan", "show", "1")["status"] == "renegotiated"


def test_a_customer_proposes_and_is_answered(shell: Shell) -> None:
    kept = shell.json("plan", "propose", "A1", "--parts", "12", "--words", "Slowly.")
    assert (kept["status"], kept["plan"], kept["beyond"][0]) == ("waiting", None, "12 payments, where 6 are the most")
    assert [one["id"] for one in shell.json("plan", "proposals")] == [kept["id"]]
    assert "say to the customer why" in shell.refused("plan", "answer", kept["id"], "--decline")
    assert shell.json("plan", "answer", kept["id"], "--accept")["status"] == "accepted"
    assert len(shell.json("plan", "show", "1")["instalments"]) == 12


def test_an_offer_beyond_the_limits_is_approved_by_somebody_else(shell: Shell) -> None:
    waiting = shell.json("plan", "own", "A1", "--parts", "10", "--why", "A good customer.", "--by", "kari")
    assert waiting["approval"] == "waiting"
    assert "cannot be accepted" in shell.refused("plan", "accept", waiting["id"], "--offer", "4")
    assert "a second person" in shell.refused("plan", "approve", waiting["id"], "--by", "kari")
    assert shell.json("plan", "approve", waiting["id"], "--by", "ola")["approval"] == "given"
    shell.ok("plan", "accept", waiting["id"], "--offer", "4")


def test_the_limits_are_set_from_a_file(shell: Shell) -> None:
    assert shell.json("plan", "limits")["limits"]["most_instalments"] == 6
    file = shell.write("limits.yaml", "most_instalments: 3\nsmallest_instalment: {NOK: 1000}\n")
    shown = shell.json("plan", "limits", file, "--why", "a trial")
    assert (shown["limits"]["most_instalments"], shown["versions"][0]["why"]) == (3, "a trial")
    assert [one["instalments"] for one in shell.json("plan", "offer", "A1")["offers"]] == [1, 3]
    assert "there is no rule called" in shell.refused("plan", "limits", shell.write("wrong.yaml", "most: 3\n"))
    assert "names no sum" in shell.refused("plan", "limits", shell.write("fee.yaml", "fee: statutory\n"))


def test_the_reports_show_both_ages(shell: Shell) -> None:
    shell.ok("plan", "offer", "A1")
    shell.ok("plan", "accept", "1", "--offer", "2")
    shell.ok("run")
    [running] = shell.json("report", "plans")["running"]
    assert (running["customer"], running["days_contract"], running["days_plan"]) == ("A1", 50, 0)
    nok = next(one for one in shell.json("report", "ageing")["currencies"] if one["currency"] == "NOK")
    assert (nok["in_plans"]["open"], nok["in_plans"]["ageing_by_plan"]["current"]) == ("50000.00", "50000.00")
    assert "paid by 1 plans, by plan age" in shell.ok("report", "ageing")
