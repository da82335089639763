"""Files made to harm are refused whole: at once, in little memory, with a sentence one can act on.

``make bench`` says how long the slowest takes; here only one that runs away fails, for a busy machine is slow too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN_AWAY = 20.0  # seconds
BYTES = 200_000_000
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "formats",
    ["ubl camt053", "cii camt054", "saft ocr bgmax mt940", "table workbook pdf"],
)
def test_hostile_files_are_refused(formats: str) -> None:
    """Each file is imported by a process of its own, which measures itself (``measured.py``)."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.intake.measured", *formats.split()],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=300,
    )
    answers = json.loads(ended.stdout)
    assert len(answers) > 20
    wrong = []
    for name, answer in answers.items():
        said = answer["refused"]
        if said is None:
            wrong.append(f"{name}: was not refused but {answer['crashed'] or 'imported'}")
        elif not (said[0].isupper() and said.endswith(".") and 20 < len(said) < 400 and "\n" not in said):
            wrong.append(f"{name}: is not refused in a sentence: {said}")
        if answer["seconds"] > RUN_AWAY:
            wrong.append(f"{name}: took {answer['seconds']:.1f} s")
        if answer["bytes"] > BYTES:
            wrong.append(f"{name}: took {answer['bytes'] / 1e6:.0f} MB")
    assert not wrong, "\n".join(wrong)
