"""Letters joined into one file for a printer: sorted as the post sorts, each beginning on a sheet of its own.

No marks for folding machines are printed. The tags for screen readers are kept; what belongs to one letter alone (its
attached facts, its outline) stays in the single files, which remain what the customer got.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from kulant.letters.address import postcode
from kulant.letters.models import Document

_A4 = (0, 0, 595.275591, 841.889764)  # in points


@dataclass(frozen=True, slots=True)
class Placed:
    """A letter in the pile: its pages there, counted from one, and the sheets of paper it takes on both sides."""

    document: Document
    first: int
    last: int

    @property
    def sheets(self) -> int:
        return (self.last - self.first + 2) // 2

    @property
    def pages(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def in_post_order(documents: Iterable[Document], home: str | None = None) -> list[Document]:
    """Letters at home first, then by country; within one by postcode."""

    def place(document: Document) -> tuple[bool, str, str, int]:
        country = country_of(document) or home or ""
        return country != (home or country), country, postcode(document.content["recipient"]["lines"]), document.id

    return sorted(documents, key=place)


def country_of(document: Document) -> str | None:
    """Where the letter goes, as it knows itself; documents of earlier versions do not."""
    found: str | None = document.content["recipient"].get("country")
    return found


def place(documents: Sequence[Document]) -> list[Placed]:
    """Where each letter stands when every one begins on the front of a sheet."""
    placed: list[Placed] = []
    page = 1
    for document in documents:
        placed.append(Placed(document, page, page + document.pages - 1))
        page = placed[-1].last + 1 + document.pages % 2
    return placed


def sheets(placed: Sequence[Placed]) -> int:
    """How many sheets of paper the pile takes, printed on both sides."""
    return sum(one.sheets for one in placed)


def join(pdfs: Iterable[bytes]) -> bytes:
    """One file of all letters. A letter that ends on a front gets a blank back, so that the next begins on a front."""
    with pikepdf.new() as pile:
        tags = _Tags(pile)
        for number, pdf in enumerate(pdfs):
            if len(pile.pages) % 2:
                pile.add_blank_page(page_size=_A4[2:])
            with pikepdf.open(BytesIO(pdf)) as letter:
                if number == 0:
                    _take_over(pile, letter)
                begun = len(pile.pages)
                pile.pages.extend(letter.pages)
                tags.take(letter, begun)
        tags.write()
        out = BytesIO()
        pile.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _take_over(pile: Pdf, letter: Pdf) -> None:
    """What holds for the file as a whole: colours, the language of the first letter, that its titles are shown."""
    for name in ("/OutputIntents", "/MarkInfo", "/ViewerPreferences"):
        if name in letter.Root:
            pile.Root[name] = pile.copy_foreign(letter.make_indirect(letter.Root[name]))
    if "/Lang" in letter.Root:
        pile.Root.Lang = str(letter.Root.Lang)


class _Tags:
    """The trees of tags of several files under one root; the numbers by which pages find theirs move along."""

    def __init__(self, pile: Pdf) -> None:
        self._pile = pile
        self._root = pile.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self._kids = Array()
        self._numbers = Array()
        self._next = 0

    def take(self, letter: Pdf, begun: int) -> None:
        """Adds the tags of a letter whose pages are in the pile already, from that index on."""
        if "/StructTreeRoot" not in letter.Root:
            return
        tree = self._pile.copy_foreign(letter.make_indirect(letter.Root.StructTreeRoot))
        for kid in tree.K if isinstance(tree.K, Array) else [tree.K]:
            kid.P = self._root
            self._kids.append(kid)
        first = self._next
        pairs = list(tree.ParentTree.Nums)
        for key, parents in zip(pairs[::2], pairs[1::2], strict=True):
            self._numbers.append(first + int(key))
            self._numbers.append(parents)
            self._next = max(self._next, first + int(key) + 1)
        for page in self._pile.pages[begun:]:
            _shift(page.obj, "/StructParents", first)
            for note in page.obj.get("/Annots", []):
                _shift(note, "/StructParent", first)

    def write(self) -> None:
        """Makes the joined tree the file's."""
        if not len(self._kids):
            return
        self._root.K = self._kids
        self._root.ParentTree = self._pile.make_indirect(Dictionary(Nums=self._numbers))
        self._root.ParentTreeNextKey = self._next
        self._pile.Root.StructTreeRoot = self._root


def _shift(holder: Any, name: str, by: int) -> None:
    if name in holder:
        holder[name] = int(holder[name]) + by
