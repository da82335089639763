"""Whatever bytes come: records, rejections or one refusal, never a crash."""

from __future__ import annotations

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.intake.formats import FORMATS
from kulant.intake.mapping import parse_mapping
from kulant.intake.preview import preview
from kulant.intake.records import CustomerRecord, InvoiceRecord, PaymentRecord, Rejection
from tests.intake.files import a_file, read

KINDS = (CustomerRecord, InvoiceRecord, PaymentRecord, Rejection)
BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["1.500,00", "1,500", "2026-01-02", "01/02/2026", "NOK", "yes", "", '"', "=1+1", "K1", "-5", "\x00", "\r"]
    ),
    st.dates().map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Something with the columns of a format and any cells at all."""
    columns = draw(st.sampled_from([format_.names for format_ in FORMATS.values()]))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    rows = draw(st.lists(st.lists(cells, min_size=len(columns) - 1, max_size=len(columns) + 1), max_size=6))
    ending = draw(st.sampled_from(["\n", "\r\n", ""]))
    return "\n".join(delimiter.join(row) for row in [list(columns), *rows]) + ending


def outcome(content: bytes, **more: object) -> None:
    """Reads and previews a file; anything but records or a refusal goes up."""
    with contextlib.suppress(Refusal):
        assert all(isinstance(one, KINDS) for one in read(content, **more))
    with contextlib.suppress(Refusal):
        preview(a_file(content), file_name="any")


@BOUNDED
@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    outcome(content)


@BOUNDED
@given(tables(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]))
def test_any_cells(text: str, encoding: str) -> None:
    outcome(text.encode(encoding, "surrogatepass"))


@BOUNDED
@given(tables(), st.integers(0, 500), st.binary(max_size=3))
def test_damaged_files(text: str, at: int, damage: bytes) -> None:
    content = text.encode("utf-8", "surrogatepass")
    outcome(content[:at] + damage + content[at + 1 :])


@BOUNDED
@given(st.text(max_size=200), st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=4))
def test_any_mapping(text: str, columns: dict[str, str]) -> None:
    for yaml in (text, json.dumps({"format": "customers-csv", "columns": columns})):
        with contextlib.suppress(Refusal):
            parse_mapping(yaml)
