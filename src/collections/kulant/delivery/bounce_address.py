"""Where a message comes back to: an address of its own for each, so that a report says by itself what it is about.

Anybody can write a report. One that comes to such an address is about a message that really left, for nobody guesses
the mark in it (variable envelope return paths with a keyed mark). Pure.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kulant.core.errors import Refusal

OWN = "*"  # stands where each message has its own part
_MARK = 20  # hexadecimal digits: 80 bits
_LONGEST_NAME = 64  # before the @ (RFC 5321, 4.5.3.1.1)
_LONGEST_NUMBER = 12
_OWN_PART = re.compile(rf"(\d{{1,{_LONGEST_NUMBER}}})-([0-9a-f]{{{_MARK}}})")


@dataclass(frozen=True, slots=True)
class BounceAddress:
    """An address such as ``bounces+*@example.com``; without ``*`` it is the same for every message."""

    pattern: str
    secret: str = field(repr=False)

    def of(self, delivery_id: int) -> str:
        """Where the message of that delivery comes back to."""
        return self.pattern.replace(OWN, f"{delivery_id}-{self._mark(delivery_id)}")

    def named_in(self, addresses: Iterable[str]) -> int | None:
        """The delivery whose address is among these; none where the mark is missing or is not ours."""
        before, has_own_part, after = self.pattern.lower().partition(OWN)
        if not has_own_part:
            return None
        for address in addresses:
            own = address.lower().removeprefix(before).removesuffix(after)
            found = _OWN_PART.fullmatch(own) if address.lower() == f"{before}{own}{after}" else None
            if found and hmac.compare_digest(found[2], self._mark(int(found[1]))):
                return int(found[1])
        return None

    def _mark(self, delivery_id: int) -> str:
        named = f"bounce:{delivery_id}"
        return hmac.new(self.secret.encode(), named.encode(), hashlib.sha256).hexdigest()[:_MARK]


def open_bounce_address(pattern: str | None, secret: str) -> BounceAddress | None:
    """The address of ``KULANT_BOUNCE_ADDRESS``; none where bounces come back to the sender."""
    if pattern is None:
        return None
    name, at, host = pattern.partition("@")
    own_part = _LONGEST_NUMBER + 1 + _MARK if OWN in name else 0
    usable = at and name and host and pattern.isascii() and not re.search(r"[\s<>,;:\"()@*]", host)
    usable = usable and not re.search(r"[\s<>,;:\"()]", name) and name.count(OWN) <= 1
    if not usable or len(name) + own_part > _LONGEST_NAME:
        raise Refusal(
            "bad_bounce_address",
            f"KULANT_BOUNCE_ADDRESS is {pattern!r}; write an address in which * stands for each message's own part, "
            "e.g. bounces+*@example.com",
        )
    return BounceAddress(pattern, secret)
