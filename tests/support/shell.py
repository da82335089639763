"""Kulant as a program outside meets it: the command, its two streams and its exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kulant.cli.main import main

PROGRAM = Path(sys.executable).with_name("kulant")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that is all of standard output."""
        return json.loads(self.out)


@dataclass
class Shell:
    """A terminal in a folder of its own, with its own database and business date."""

    folder: Path
    database_url: str
    today: str = "2026-11-20"
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The KULANT_* variables of this terminal."""
        return {
            "KULANT_DATABASE_URL": self.database_url,
            "KULANT_TODAY": self.today,
            "KULANT_SMTP_URL": f"file:{self.folder / 'outbox'}",
            "KULANT_STORAGE_URL": f"file:{self.folder / 'documents'}",
            "KULANT_SECRET_KEY": "a key for tests only, forty letters long",
            **self.extra,
        }

    def __call__(self, *words: object, stdin: bytes = b"", **env: str) -> Answer:
        """Runs the command in this process, which is quick."""
        out, err = io.StringIO(), io.StringIO()
        clean = {key: value for key, value in os.environ.items() if not key.startswith("KULANT_")}
        arguments = ["kulant", *map(str, words)]
        with (
            patch.dict(os.environ, clean | self.environment | env, clear=True),
            patch.object(sys, "argv", arguments),
            patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as stop:
                return Answer(int(stop.code or 0), out.getvalue(), err.getvalue())
        raise AssertionError("the command ended without an exit code")

    def in_new_process(self, *words: object, stdin: bytes = b"", **env: str) -> Answer:
        """Runs the installed command, as a terminal would."""
        done = subprocess.run(
            [str(PROGRAM), *map(str, words)],
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)} | self.environment | env,
            timeout=120,
            check=False,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, *words: object, **more: Any) -> str:
        """Runs what must succeed; its text."""
        answer = self(*words, **more)
        assert answer.code == 0, answer.err
        assert answer.err == ""
        return answer.out

    def json(self, *words: object, **more: Any) -> Any:
        """Runs what must succeed; its one JSON document."""
        return json.loads(self.ok(*words, "--json", **more))

    def refused(self, *words: object, code: int = 1, **more: Any) -> str:
        """Runs what must be refused; the one line that says why."""
        return the_refusal(self(*words, **more), code)

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the folder."""
        file = self.folder / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def mails(self) -> list[str]:
        """The names of all messages that left so far."""
        return sorted(file.name for file in (self.folder / "outbox").glob("*.eml"))


def the_refusal(answer: Answer, code: int = 1) -> str:
    """The one ``error:`` line of a refused command; nothing of it is a defect's."""
    assert answer.code == code, (answer.code, answer.out, answer.err)
    assert answer.out == ""
    [line] = answer.err.splitlines()
    assert line.startswith("error: ")
    assert "defect" not in line and "Traceback" not in line
    assert len(line) > 20
    return line.removeprefix("error: ")
