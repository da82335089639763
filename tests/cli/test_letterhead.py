"""The letterhead in the shell: the same checks as on the desk's page, and what letters have to go without."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.support.shell import Shell


def test_a_letterhead_is_set_shown_and_taken_back(shell: Shell) -> None:
    out = BytesIO()
    Image.new("RGB", (400, 120), "#b25f00").save(out, "PNG")
    file = shell.folder / "logo.png"
    file.write_bytes(out.getvalue())
    own = shell.json("letterhead", "show")
    assert (own["colour"], own["logo"], own["window"], own["lacks"]) == ("#14532d", None, None, [])
    look = ("--logo", file, "--colour", "#ffcc00", "--typeface", "source-serif")
    kept = shell.json("letterhead", "set", *look, "--return-address", "Postboks 1, 0101 Oslo", "--window", "right")
    assert kept == shell.json("letterhead", "show")
    assert (kept["logo"]["width"], kept["logo"]["height"], kept["window"]) == (400, 120, "right")
    assert kept["text_colour"] != kept["colour"] == "#ffcc00"  # too pale for words: a darker tone is written in
    assert "its nearest tone that can be read" in shell.ok("letterhead", "show")
    takes_back = [
        word for name in ("logo", "colour", "typeface", "return-address", "window") for word in (f"--{name}", "none")
    ]
    assert shell.json("letterhead", "set", *takes_back) == own


def test_what_is_no_picture_colour_or_side_is_refused_in_one_line(shell: Shell) -> None:
    text = shell.write("logo.txt", "not a picture")
    for words, said in (
        (("--logo", text), "must be a PNG or JPEG"),
        (("--logo", "nowhere.png"), "cannot be read"),
        (("--colour", "red"), "colour"),
        (("--typeface", "Comic Sans MS"), "typeface"),
        (("--window", "top"), "left, right"),
        (("--return-address", "x" * 400), "does not fit"),
    ):
        refused = shell("letterhead", "set", *words)
        assert refused.code == 1 and refused.err.startswith("error: ") and said in refused.err, refused.err
        assert refused.err.count("\n") == 1


def test_the_doctor_says_which_creditor_has_no_account_to_be_paid_to(shell: Shell) -> None:
    def looked() -> dict[str, str]:
        return next(one for one in shell.json("doctor")["checks"] if one["check"] == "letterheads")

    assert looked()["status"] == "ok"
    shell.ok("creditor", "set", "BARE", "--name", "Bare AS", "--country", "NO")
    found = looked()
    assert found["status"] == "warning" and "BARE: letters have to go without an account to be paid to" in found["text"]
