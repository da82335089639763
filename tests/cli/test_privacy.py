"""Personal data from the shell, from the copy to the day on which the last letter goes."""

from __future__ import annotations

import zipfile

from tests.support.shell import Shell

HEAD = (
    "customer_id,customer_name,country,language,currency,email,invoice_number,issue_date,due_date,amount,settled_date\n"
)
PAID = 'P7,"Persimmon Frukt, Oslo",NO,sv,NOK,eier@persimmon.example,7001,2026-01-01,2026-01-31,30000.00,2026-01-30\n'
NEW = 'P7,"Persimmon Frukt, Oslo",NO,sv,NOK,eier@persimmon.example,7002,2026-11-01,2026-11-15,500.00,\n'


def test_a_customer_is_copied_erased_known_again_and_taken_in_again(shell: Shell) -> None:
    shell.json("import", shell.write("paid.csv", HEAD + PAID))
    shell.json("run")
    file = shell.folder / "copy.zip"
    said = shell("privacy", "export", "P7", "--out", file)
    assert (said.code, "Everything known of P7" in said.out, file.stat().st_mode & 0o077) == (0, True, 0)
    with zipfile.ZipFile(file) as archive:
        assert b'<html lang="sv">' in archive.read("index.html")
        assert {"data/score.json", "data/contact.json", "data/entry.json"} <= set(archive.namelist())
    assert shell.json("privacy", "export", "P7")["data"]["score"][0]["grade"]
    assert "--out" in shell.refused("privacy", "export", "P7", "--json", "--out", file)
    assert "cannot write" in shell.refused("privacy", "export", "P7", "--out", shell.folder / "no" / "where.zip")

    assert shell.json("privacy", "erase", "A1", "--dry-run")["blocked"][0]["code"] == "open_items"
    assert "is open on their account" in shell.refused("privacy", "erase", "A1", "--reason", "asked")
    assert "Say why" in shell.refused("privacy", "erase", "P7")
    assert "all or contact" in shell.refused("privacy", "erase", "P7", "--reason", "x", "--only", "name")
    seen = shell.json("privacy", "erase", "P7", "--dry-run")
    assert (seen["dry_run"], seen["blocked"], seen["kept_until"]) == (True, [], "2031-12-31")
    shell.json("privacy", "year-end", "06-30")
    done = shell.json("privacy", "erase", "P7", "--reason", "asked on the phone")
    assert (done["kept_until"], done["again"], done["reason"]) == ("2031-06-30", False, "asked on the phone")
    assert shell.json("privacy", "erase", "P7", "--reason", "again")["again"] is True
    assert "was erased on 2026-11-20 already" in shell("privacy", "erase", "P7", "--reason", "again").out

    again = shell("import", shell.write("again.csv", HEAD + PAID + NEW)).out
    assert "1 customer in it was erased" in again
    shell.json("run")
    assert shell.json("run")["scored"] == 0
    assert "persimmon" not in (shell("timeline", done["customer"]).out + shell("worklist").out).lower()
    assert "no customer" in shell.refused("timeline", "P7")
    assert shell.json("privacy", "readmit", "P7", "--reason", "ordered again")["customer"] == "P7"
    shell.json("import", shell.write("third.csv", HEAD + PAID + NEW))
    assert shell.json("privacy", "export", "P7")["data"]["customer"][0]["name"] == "Persimmon Frukt, Oslo"


def test_what_is_kept_goes_on_the_first_day_after_its_time(shell: Shell) -> None:
    shell.json("import", shell.write("paid.csv", HEAD + PAID))
    number = shell.json("privacy", "erase", "P7", "--reason", "asked")["customer"]
    shell.today = "2031-12-31"
    assert shell.json("privacy", "purge", "--dry-run")["due"] == []
    shell.today = "2032-01-01"
    assert shell.json("privacy", "purge", "--dry-run")["due"] == [number]
    assert shell.json("privacy", "purge")["purged"][0]["customer"] == number
    assert shell.json("privacy", "purge")["purged"] == []
    assert shell("privacy", "purge").out == "Nothing is due.\n"
