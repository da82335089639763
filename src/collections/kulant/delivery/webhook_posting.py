"""Posts a message to an address somebody else chose, and to no address inside the house.

What a name stands for may change between two looks, so the very address that was found fit is the one connected to.
Redirects are not followed, nothing of an answer is read but its status, and all of it takes seconds at most.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from kulant.core.errors import Refusal

TIMEOUT_SECONDS = 5.0  # for each step; twice that for all of them
_LONGEST = 500

Address = IPv4Address | IPv6Address
_NAT64 = ip_network("64:ff9b::/96")  # where an IPv4 network is seen from IPv6 (RFC 6052)


class Unreachable(Exception):
    """Nobody answered, or nobody may be asked; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts to addresses. ``private``: those inside the house's own network are allowed too."""

    private: bool = False
    timeout: float = TIMEOUT_SECONDS

    def check(self, url: str) -> str:
        """The address as it is kept; refuses one that could never be posted to."""
        parts = _parts(url)
        if parts is None:
            raise Refusal(
                "bad_webhook", "the address must be like https://example.com/kulant, without a password in it"
            )
        if parts.scheme == "http" and not _on_loopback(parts.hostname or ""):
            raise Refusal("webhook_not_https", "the address must begin with https://; http is for this machine alone")
        literal = _literal(parts.hostname or "")
        if not self.private and (_on_loopback(parts.hostname or "") or (literal and not _outside(literal))):
            raise Refusal(
                "webhook_inside",
                "the address lies inside a private network; whoever runs Kulant allows those with "
                "KULANT_WEBHOOKS_PRIVATE=yes",
            )
        return url.strip()

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Posts it and returns the status of the answer; raises ``Unreachable`` where there is none."""
        parts = _parts(url)
        if parts is None:
            raise Unreachable("the address cannot be read")
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        connection = _Pinned(host, port, self._address(host, port), secure=secure, timeout=self.timeout)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.connect()
            with _over_after(2 * self.timeout, connection.sock):
                connection.request("POST", path, body, headers)
                return connection.getresponse().status
        except (OSError, HTTPException) as problem:
            raise Unreachable(f"nobody answered: {str(problem) or type(problem).__name__}"[:200]) from None
        finally:
            connection.close()

    def _address(self, host: str, port: int) -> str:
        """What the name stands for now; refused as a whole where any of it lies inside."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unreachable(f"{host} is not known") from None
        addresses = [str(one[4][0]) for one in found]
        if not self.private and not all(_outside(ip_address(one.partition("%")[0])) for one in addresses):
            raise Unreachable(f"{host} lies inside a private network")
        return addresses[0]


class _Pinned(HTTPConnection):
    """A connection to the address that was looked at, under the name it goes by."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.default_port = 443 if secure else 80  # a port that is usual is not named in the Host header
        self._address, self._secure, self._seconds = address, secure, timeout

    def connect(self) -> None:
        """Connects, and proves who is there where the address is one of https."""
        plain = socket.create_connection((self._address, self.port), self._seconds)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        else:
            self.sock = plain


@contextmanager
def _over_after(seconds: float, connected: socket.socket) -> Iterator[None]:
    """Hangs up after so long, however slowly somebody goes on answering."""

    def hang_up() -> None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(seconds, hang_up)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _parts(url: str) -> SplitResult | None:
    text = url.strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= _LONGEST
    return parts if usable and plain and "@" not in parts.netloc and not parts.fragment else None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _on_loopback(host: str) -> bool:
    literal = _literal(host)
    return literal.is_loopback if literal else host in ("localhost", "localhost.")


def _outside(address: Address) -> bool:
    """Whether an address is out in the world: not one of this machine, a private network, or hidden in another's."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return _outside(address.ipv4_mapped)
        if address.sixtofour or address.teredo or address in _NAT64:
            return False
    return address.is_global and not address.is_multicast
