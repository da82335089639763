"""The one door through which XML comes in: no document type, no entities, no network, bounded depth and size.

Names are compared without their namespace, since the versions of one format differ in nothing else. ``root`` is for
documents that are looked at as a whole, ``each`` for files that are too large for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, BinaryIO

from lxml import etree

from kulant.core.errors import Refusal

# lxml ships without types; what is used of an element is its tag, text and children.
Element = Any

_BLOCK = 65_536
_LARGEST_PIECE = 32 * 1024 * 1024  # bytes of one document, or of one element of a streamed file
_MANY_NODES = 2_000  # from so many on, an element is emptied from the inside
_MOST_NODES = 250_000  # elements and attributes held at a time
_LONGEST_TAG = 1024 * 1024  # bytes without anything having begun or ended, unless they are text
_DOCUMENT_TYPE = (
    "The file has a document type declaration (DOCTYPE), which can hide entities; export it again without one."
)
_TOO_MUCH = "The file holds more in one piece than such a document ever does; leave attachments out or divide it."


def root(stream: BinaryIO, *, without: Collection[str] = ()) -> Element:
    """The document's root element, of a document of up to 32 MB; elements named in ``without`` come emptied."""
    for element in _Pieces(stream, None, frozenset(without)):
        return element
    raise Refusal("not_xml", "The file holds no XML element.")


def each(
    stream: BinaryIO, names: Collection[str], *, without: Collection[str] = (), most_between: int | None = None
) -> Iterator[Element]:
    """Every outermost element with one of these names, as it ends; it is emptied when the next one is asked for.

    Only one of them is held at a time, so that the file may be as large as it likes. Its ancestors can be asked for
    their tag, not for their text. ``without``: names of elements inside that nothing is read from. ``most_between``:
    how many others there may be from one wanted element to the next, where an honest file has few.
    """
    yield from _Pieces(stream, frozenset(names), frozenset(without), most_between)


def beginning(head: bytes) -> bytes:
    """The first bytes of an XML file with the zeros of wide characters left out, to look for names in; else nothing."""
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start if start.startswith(b"<") else b""


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return _local(element.tag)


def first(element: Element, path: str) -> Element | None:
    """The first element at a path of plain names such as ``Party/PartyName/Name``."""
    return element.find(_pattern(path))


def every(element: Element, path: str) -> list[Element]:
    """All elements at a path of plain names."""
    return list(element.findall(_pattern(path)))


def text(element: Element, path: str) -> str | None:
    """The text at a path, its white space made single; none when it is absent or blank."""
    for found in element.iterfind(_pattern(path)):
        if words := words_of(found):
            return words
    return None


def words_of(element: Element) -> str | None:
    """An element's own text, its white space made single; none when it is blank."""
    return " ".join((element.text or "").split()) or None


@lru_cache(maxsize=4096)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


@lru_cache(maxsize=1024)
def _pattern(path: str) -> str:
    return "/".join("{*}" + step for step in path.split("/"))


class _Pieces:
    """Feeds a file to the parser block by block, watching what it holds."""

    def __init__(
        self,
        stream: BinaryIO,
        names: frozenset[str] | None,
        without: frozenset[str],
        most_between: int | None = None,
    ) -> None:
        self._stream = stream
        self._names = names
        self._without = without
        self._most_between = most_between
        self._between = 0
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._open: list[Element] = []
        self._sizes: list[int] = []  # of the open elements, in nodes
        self._piece: Element | None = None  # the wanted element we are in
        self._nodes = 0
        self._fed = 0  # bytes since nothing was held
        self._silent = 0  # bytes since something began or ended
        self._next_look = _LONGEST_TAG
        self._begun = False

    def __iter__(self) -> Iterator[Element]:
        while block := self._stream.read(_BLOCK):
            self._feed(block)
            yield from self._finished()
        self._close()
        yield from self._finished()

    def _feed(self, block: bytes) -> None:
        self._fed += len(block)
        self._silent += len(block)
        if self._fed > _LARGEST_PIECE:
            raise Refusal("too_large", _TOO_MUCH)
        try:
            self._parser.feed(block)
        except etree.XMLSyntaxError as error:
            # What is wrong may lie behind a document type that has not been looked at yet.
            self._check_beginning()
            raise _refusal(error) from None

    def _close(self) -> None:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            if not self._begun and not self._fed:
                raise Refusal("not_xml", "The file is empty; export it again.") from None
            if self._open:
                inside = local_name(self._open[-1])
                raise Refusal(
                    "cut_off", f"The file is cut off: it ends inside the element {inside[:60]}; export it again."
                ) from None
            raise _refusal(error) from None

    def _check_beginning(self) -> None:
        if not self._begun:
            next(self._finished(), None)

    def _finished(self) -> Iterator[Element]:
        """The wanted elements that have ended meanwhile."""
        for event, element in self._parser.read_events():
            self._silent, self._next_look = 0, _LONGEST_TAG
            if event == "start":
                self._enter(element)
            elif self._leave(element):
                yield element
                if self._nodes > _MANY_NODES:
                    _empty(element)
                _drop(element)
                self._held_nothing()
        if self._silent > self._next_look:
            self._check_silence()

    def _enter(self, element: Element) -> None:
        if not self._begun:
            self._begun = True
            if element.getroottree().docinfo.internalDTD is not None:
                raise Refusal("document_type", _DOCUMENT_TYPE)
        self._nodes += (size := 1 + len(element.attrib))
        if self._nodes > _MOST_NODES:
            raise Refusal("too_large", _TOO_MUCH)
        if self._piece is None and (self._names is None or _local(element.tag) in self._names):
            self._piece = element
        self._open.append(element)
        self._sizes.append(size)

    def _leave(self, element: Element) -> bool:
        """Whether a wanted element has ended; what nobody wants is let go of."""
        self._open.pop()
        self._sizes.pop()
        if element is self._piece:
            self._piece = None
            self._between = 0
            return True
        if self._piece is None:
            _drop(element)
            self._held_nothing()
            self._between += 1
            if self._most_between is not None and self._between > self._most_between:
                raise Refusal("too_large", _TOO_MUCH)
        elif _local(element.tag) in self._without:
            self._nodes -= sum(1 + len(one.attrib) for one in element.iter()) - 1
            _empty(element)
        return False

    def _held_nothing(self) -> None:
        self._nodes = sum(self._sizes)
        self._fed = 0

    def _check_silence(self) -> None:
        """A long text is let through as far as the parser lets it; a tag of a megabyte is no honest tag."""
        held = 0
        if self._open:
            last = self._open[-1]
            held = len(last.text or "") if len(last) == 0 else len(last[-1].tail or "")
        if held * 4 < self._silent - 2 * _BLOCK:
            raise Refusal("too_large", _TOO_MUCH)
        self._next_look *= 2


def _empty(element: Element) -> None:
    """Empties an element from the inside; to let go of a large tree at once takes lxml the square of its size."""
    for part in element:
        if len(part) > 0:
            _empty(part)
    element.clear(keep_tail=False)


def _drop(element: Element) -> None:
    """Empties an element that has been dealt with, and takes it and its elder siblings out of the tree."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


_CODES = etree.ErrorTypes
_ENCODING = (_CODES.ERR_UNKNOWN_ENCODING, _CODES.ERR_UNSUPPORTED_ENCODING, _CODES.ERR_INVALID_ENCODING)


def _refusal(error: etree.XMLSyntaxError) -> Refusal:
    line, column = error.position
    where = f" (line {line}, column {column})" if line else ""
    if error.code == _CODES.ERR_DOCUMENT_EMPTY and line <= 1:
        return Refusal("not_xml", "The file is not XML; hand in the XML file itself.")
    if error.code in _ENCODING:
        return Refusal(
            "bad_encoding", f"The file is not in the encoding that its first line names{where}; export it again."
        )
    said = str(error.msg).lower()
    if "depth" in said or "huge" in said:
        return Refusal("too_large", f"The file is nested too deeply or holds too long a text{where}.")
    return Refusal("bad_xml", f"The file is not well-formed XML{where}; export it again.")
