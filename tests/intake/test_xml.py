"""The door through which XML comes in: what is hostile or broken is refused, quickly and in one sentence."""

from __future__ import annotations

import io

import pytest

from kulant.core.errors import Refusal
from kulant.intake.readers import xml

_ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (one, b"&e%d;" % (one - 1) * 10) for one in range(1, 12))


class Endless(io.RawIOBase):
    """A file that begins somehow and then repeats itself for a gigabyte."""

    def __init__(self, start: bytes, again: bytes) -> None:
        self._start = start
        self._again = again * (65_536 // len(again) + 1)
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        """The next block."""
        block, self._start = (self._start or self._again), b""
        self.given += len(block)
        return block if self.given < 1 << 30 else b""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document_type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', "document_type"),
        (b'<!DOCTYPE a [<!ENTITY e0 "ha">' + _ENTITIES + b"]><a>&e11;</a>", "document_type"),
        (b"<a><b>", "cut_off"),
        (b"<a><b></a>", "bad_xml"),
        (b"<a/><b/>", "bad_xml"),
        (b"<a>\0</a>", "bad_xml"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>\xff\xfe</a>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "bad_encoding"),
        (b"no xml", "not_xml"),
        (b"", "not_xml"),
        (b"<a>" * 5000, "too_large"),
    ],
)
def test_a_broken_or_hostile_file_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        xml.root(io.BytesIO(content))
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")
    with pytest.raises(Refusal):
        list(xml.each(io.BytesIO(content), ("c",)))


def test_entities_in_an_attribute_are_not_expanded_without_bound() -> None:
    content = b'<!DOCTYPE a [<!ENTITY e0 "ha">' + _ENTITIES + b']><a b="&e11;"/>'
    with pytest.raises(Refusal):
        xml.root(io.BytesIO(content))


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"<a>", b"x"),
        (b'<a b="', b"x"),
        (b"<a", b"x"),
        (b"<a ", b'b="" '),
        (b"<!--", b"x"),
        (b"<a><!--", b"x"),
        (b"<a><![CDATA[", b"x"),
        (b"<a><?x ", b"x"),
        (b"", b" "),
        (b"<a>", b"<b/>"),
        (b"<a>", b'<b c="1" d="2" e="3"/>'),
        (b"<a>", b"<b>"),
        (b"<a>", b"x<!---->"),
        (b"<!DOCTYPE a [", b'<!ENTITY x "y">'),
    ],
)
def test_an_endless_file_is_refused_after_a_few_megabytes(start: bytes, again: bytes) -> None:
    file = Endless(start, again)
    with pytest.raises(Refusal) as refused:
        xml.root(file)  # type: ignore[arg-type]  # read is all that is asked of it
    assert refused.value.code in ("too_large", "bad_xml", "not_xml")
    assert file.given < 40_000_000


def test_a_large_file_is_read_piece_by_piece() -> None:
    content = b"<a><head/>" + b"<b><c>1</c></b><other>x</other>" * 100_000 + b"</a>"
    read = [xml.text(one, "c") for one in xml.each(io.BytesIO(content), ("b",))]
    assert read == ["1"] * 100_000


def test_the_outermost_of_a_name_is_handed_out_whole() -> None:
    content = b"<a><b><b>inner</b></b><b/></a>"
    pieces = [(xml.local_name(one), len(one)) for one in xml.each(io.BytesIO(content), ("b",))]
    assert pieces == [("b", 1), ("b", 0)]


def test_what_nobody_reads_comes_emptied() -> None:
    root = xml.root(io.BytesIO(b"<a><keep>1</keep><lines><x/></lines></a>"), without=("lines",))
    lines = xml.first(root, "lines")
    assert xml.text(root, "keep") == "1"
    assert lines is not None
    assert len(lines) == 0


def test_names_are_compared_without_their_namespace_and_white_space_is_made_single() -> None:
    root = xml.root(io.BytesIO(b'<n:a xmlns:n="urn:x"><n:b> two \n words </n:b></n:a>'))
    assert xml.text(root, "b") == "two words"
    assert xml.local_name(root) == "a"
    assert [xml.words_of(one) for one in xml.every(root, "b")] == ["two words"]
