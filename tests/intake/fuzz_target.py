"""Run as a process: feeds one group of readers with files bred from the samples, led by the code they reach.

    python -m tests.intake.fuzz_target GROUP SECONDS FOLDER

Ends with 0 when nothing but records and refusals came out; else the file that broke a reader is left in the folder.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kulant.intake"], enable_loader_override=False):
    from kulant.core.errors import Refusal
    from kulant.intake import workbook_check
    from kulant.intake.documents import DOCUMENTS
    from kulant.intake.reading import open_file

    for one in DOCUMENTS.values():
        if one.available():
            import_module(one.module)

from tests.intake.files import CONTEXT
from tests.intake.samples import SAMPLES

GROUPS = {
    "lines": ("ocr", "bgmax", "mt940"),
    "xml": ("ubl", "cii", "saft", "camt053", "camt054"),
    "tables": ("table",),
    "workbooks": ("xlsx", "ods"),
}
_LONGEST = 16_384


def _read(data: bytes) -> None:
    with suppress(Refusal):
        for _ in open_file(io.BytesIO(data), context=CONTEXT).records():
            pass


def _check_workbook(data: bytes) -> None:
    """What our own code does with a workbook; the rest is done by a process that may fail."""
    with suppress(Refusal):
        workbook_check.check(io.BytesIO(data))


def main() -> None:
    """Breeds files until the time is over."""
    group, seconds, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    seeds = folder / "seeds"
    seeds.mkdir()
    for name in GROUPS[group]:
        if name not in DOCUMENTS or DOCUMENTS[name].available():
            (seeds / name).write_bytes(SAMPLES[name])
    options = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-timeout=10", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, str(seeds)], _check_workbook if group == "workbooks" else _read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
