"""Bank files made of lines: bounded, decoded, numbered. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from kulant.core.errors import Refusal

LONGEST_LINE = 4_096
MOST_BLANK_LINES = 10_000
_BLOCK = 1 << 20
_UTF8_MARK = b"\xef\xbb\xbf"


def lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Every line that is not blank with its number, from the file's beginning; refuses what is no text."""
    encoding = _encoding(stream)
    stream.seek(0)
    number = blank = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise Refusal("too_long", f"Line {number} is longer than any line of a bank file; export it again.")
        if b"\x00" in line:
            raise Refusal("binary", f"Line {number} holds NUL bytes, which no bank file has; export it again.")
        if number == 1:
            line = line.removeprefix(_UTF8_MARK)
        text = _decoded(line, encoding).rstrip("\r\n\x1a")
        if text.strip():
            blank = 0
            yield number, text
        elif (blank := blank + 1) > MOST_BLANK_LINES:
            raise Refusal(
                "blank_file", f"The file has more than {MOST_BLANK_LINES:,} blank lines on end; export it again."
            )


def _decoded(line: bytes, encoding: str) -> str:
    if encoding == "utf-8":
        return line.decode("utf-8")
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing in Windows-1252
        return line.decode("latin-1")


def _encoding(stream: BinaryIO) -> str:
    """UTF-8 where the whole file is that, else the Windows-1252 most banks write."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def first_line(head: bytes) -> str:
    """The first line that is not blank, for telling the format."""
    text = head.removeprefix(_UTF8_MARK)[:LONGEST_LINE].decode("latin-1")
    return next((line for line in text.splitlines() if line.strip()), "")
