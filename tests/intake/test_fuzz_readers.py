"""Damaged files of every format: records, rejections or one refusal come out, and never a crash."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.intake.documents import DOCUMENTS
from kulant.intake.reading import open_file
from kulant.intake.records import CustomerRecord, Ignored, InvoiceRecord, PaymentRecord, Rejection
from tests.intake.files import CONTEXT
from tests.intake.hostile_files import attached
from tests.intake.samples import SAMPLES

KINDS = (CustomerRecord, InvoiceRecord, PaymentRecord, Rejection, Ignored)
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 3  # of breeding files, for each group of readers
TEXTS = [
    name for name in SAMPLES if name not in ("xlsx", "ods") and (name not in DOCUMENTS or DOCUMENTS[name].available())
]
BOUNDED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

pieces = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"\x00", b"\xff\xfe", b"\n", b"\r", b'"', b"<", b">", b"&#0;", b"<a>", b"9" * 30, b"-", b"0", b" "]
    ),
)


@st.composite
def damaged(draw: st.DrawFn, sample: bytes) -> bytes:
    """The sample with some bits turned over, parts cut out, doubled or swapped, and bytes put in."""
    content = bytearray(sample)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        length = draw(st.integers(0, 60))
        how = draw(st.sampled_from(["flip", "insert", "replace", "cut", "double", "swap", "end"]))
        if how == "flip" and content:
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "insert":
            content[at:at] = draw(pieces)
        elif how == "replace":
            new = draw(pieces)
            content[at : at + len(new)] = new
        elif how == "cut":
            del content[at : at + length]
        elif how == "double":
            content[at:at] = content[at : at + length]
        elif how == "swap":
            other = draw(st.integers(0, max(0, len(content) - 1)))
            first, second = content[at : at + length], content[other : other + length]
            content[at : at + length], content[other : other + length] = second, first
        elif how == "end":
            del content[at:]
    return bytes(content)


def outcome(content: bytes, format_name: str | None = None) -> None:
    """Reads a file; anything but records or a refusal goes up."""
    with contextlib.suppress(Refusal):
        reading = open_file(io.BytesIO(content), context=CONTEXT, format_name=format_name)
        assert all(isinstance(one, KINDS) for one in reading.records())


def test_the_samples_are_sound() -> None:
    for name, sample in SAMPLES.items():
        if name in DOCUMENTS and not DOCUMENTS[name].available():
            continue
        reading = open_file(io.BytesIO(sample), context=CONTEXT)
        records = list(reading.records())
        assert reading.name == (name if name in DOCUMENTS else "invoices-csv")
        assert sum(isinstance(one, InvoiceRecord | PaymentRecord) for one in records) > 0, name


@pytest.mark.parametrize("name", TEXTS)
@settings(BOUNDED, max_examples=200)
@given(data=st.data())
def test_damaged_files(name: str, data: st.DataObject) -> None:
    content = data.draw(damaged(SAMPLES[name]))
    outcome(content)
    outcome(content, name if name in DOCUMENTS else "invoices-csv")


@pytest.mark.parametrize("name", ["xlsx", "ods"])
@settings(BOUNDED, max_examples=25)
@given(data=st.data())
def test_damaged_workbooks(name: str, data: st.DataObject) -> None:
    outcome(data.draw(damaged(SAMPLES[name])))


@settings(BOUNDED, max_examples=40)
@given(data=st.data())
def test_damaged_invoices_in_pdf(data: st.DataObject) -> None:
    outcome(data.draw(damaged(attached(SAMPLES["cii"]))))


@pytest.mark.parametrize("group", ["lines", "xml", "tables", "workbooks"])
def test_files_bred_to_reach_every_line(group: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris has no ready-made package for this Python")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.intake.fuzz_target", group, str(SECONDS), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS * 20,
        check=False,
    )
    said = ended.stdout + ended.stderr
    broken = [path.read_bytes()[:2000] for path in tmp_path.iterdir() if path.is_file()]
    assert ended.returncode == 0, f"{said[-4000:]}\n{broken}"
    runs = re.search(r"Done ([0-9]+) runs", said)
    assert runs and int(runs[1]) > 50, said[-2000:]
