"""A file read ahead by a thread of its own gives what it gives read in place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kulant.core.errors import Refusal
from kulant.intake.ahead import read_beside


def readers() -> list[str]:
    """The threads that read now."""
    return [thread.name for thread in threading.enumerate() if thread.name == "reader"]


@pytest.mark.parametrize("count", [0, 1, 4_999, 5_000, 23_000])
def test_everything_comes_in_its_order(count: int) -> None:
    assert list(read_beside(iter(range(count)))) == list(range(count))
    assert readers() == []


def test_a_refusal_comes_where_the_file_is_asked_for_more() -> None:
    def lines() -> Iterator[int]:
        yield from range(6_000)
        raise Refusal("cut_off", "The file ends too early.")

    with pytest.raises(Refusal, match="ends too early"):
        list(read_beside(lines()))
    assert readers() == []


def test_nobody_goes_on_reading_what_nobody_wants() -> None:
    taken: list[int] = []

    def lines() -> Iterator[int]:
        for one in range(10_000_000):
            taken.append(one)
            yield one

    ahead = read_beside(lines())
    assert next(ahead) == 0
    del ahead
    assert readers() == []
    assert len(taken) < 100_000
