"""Run as a process: imports every hostile file in a process of its own, and tells what it took and what was said."""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.documents import DOCUMENTS
from kulant.intake.reading import open_file
from tests.intake.files import CONTEXT
from tests.intake.hostile_files import hostile_files
from tests.intake.samples import SAMPLES

_FAR_TOO_LONG = 5  # seconds


def _used(who: int) -> tuple[float, int]:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def _take_in(make: Callable[[], BinaryIO | bytes]) -> dict[str, Any]:
    made = make()
    stream = io.BytesIO(made) if isinstance(made, bytes) else made
    del made
    _forget_peak()
    seconds, base = _used(resource.RUSAGE_SELF)
    answer: dict[str, Any] = {"refused": None, "crashed": None}
    try:
        for _ in open_file(stream, context=CONTEXT).records():
            pass
    except Refusal as refusal:
        answer["refused"] = refusal.sentence
    except BaseException:
        answer["crashed"] = traceback.format_exc()[-2000:]
    ended, _ = _used(resource.RUSAGE_SELF)
    helped, helper = _used(resource.RUSAGE_CHILDREN)
    return answer | {"seconds": ended - seconds + helped, "bytes": max(0, _peak() - base) + helper}


def _forget_peak() -> None:
    """The most memory used counts from here; what making the file took is not the import's."""
    with open("/proc/self/clear_refs", "w") as clear:  # noqa: PTH123 -- a switch of the system, no file
        clear.write("5")


def _peak() -> int:
    with open("/proc/self/status") as status:  # noqa: PTH123
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def _apart(make: Callable[[], BinaryIO | bytes]) -> dict[str, Any]:
    """The same in a child, so that one file's memory is not another's."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (_FAR_TOO_LONG, _FAR_TOO_LONG))
        os.write(writer, json.dumps(_take_in(make)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else {"refused": None, "crashed": "the process was ended", "seconds": 0, "bytes": 0}


def main() -> None:
    """Warms every reader up, then takes the files in one after another."""
    for sample in SAMPLES.values():
        list(open_file(io.BytesIO(sample), context=CONTEXT).records())
    assert any(one.available() for one in DOCUMENTS.values())
    groups = sys.argv[1:]
    files = {name: make for name, make in hostile_files().items() if not groups or name.partition(":")[0] in groups}
    json.dump({name: _apart(make) for name, make in files.items()}, sys.stdout)


if __name__ == "__main__":
    main()
