"""Reading ahead: while the database server works on one chunk of a file, the next is understood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

_CHUNK = 5_000
_CHUNKS = 6  # so many wait at most, which bounds the memory; a batch's end keeps the server busy for that long
_PATIENCE = 0.2  # seconds


def read_beside(items: Iterator[Item]) -> Iterator[Item]:
    """The same items in the same order, read by a thread of their own as far ahead as a few chunks."""
    return chain.from_iterable(_chunks(items))


def _chunks(items: Iterator[Item]) -> Iterator[list[Item]]:
    waiting: Queue[list[Item] | Exception] = Queue(_CHUNKS)
    left = Event()
    reader = Thread(target=_read, args=(items, waiting, left), name="reader", daemon=True)
    reader.start()
    try:
        while True:
            got = waiting.get()
            if isinstance(got, Exception):
                raise got
            if not got:
                return
            yield got
    finally:
        left.set()
        with suppress(Empty):
            while True:
                waiting.get_nowait()
        reader.join()  # the file is closed next, and nobody may be reading it then


def _read(items: Iterator[Item], waiting: Queue[list[Item] | Exception], left: Event) -> None:
    """Hands on chunk by chunk, an empty one at the end, or what went wrong; stops when nobody is there any more."""
    while not left.is_set():
        try:
            got: list[Item] | Exception = list(islice(items, _CHUNK))
        except Exception as problem:  # it is raised where the items are asked for
            got = problem
        while not left.is_set():
            with suppress(Full):
                waiting.put(got, timeout=_PATIENCE)
                break
        if isinstance(got, Exception) or not got:
            return
