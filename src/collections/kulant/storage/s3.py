"""Files in a bucket of S3, or of any server that speaks as it does: MinIO, Ceph, Garage, a provider's object store.

The library signs, retries and splits large files. A file is written once: the server is asked to refuse another of the
same name (``If-None-Match: *``).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from kulant.core.errors import NotFound, Refusal
from kulant.storage import Found

if TYPE_CHECKING:
    from obstore.store import S3Config

# No request may hang: a letter waits for it, and a customer for a page.
_CONNECT, _REQUEST = timedelta(seconds=5), timedelta(seconds=60)
_RETRIES, _RETRY_FOR = 4, timedelta(seconds=60)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=5)

_OPTIONS = (
    "endpoint", "region", "path_style", "allow_http", "ca", "access_key_id", "secret_access_key", "session_token",
)  # fmt: skip
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9._/-]*")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_ENDPOINT = "its endpoint must be like https://storage.example.com"
_HOW = "write s3://BUCKET/PREFIX?endpoint=https://…&region=…"
_PROBE = "kulant-check"
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class _Wanted:
    bucket: str
    prefix: str
    endpoint: str | None
    region: str | None
    path_style: bool
    allow_http: bool
    certificate: str | None
    keys: tuple[tuple[str, str], ...]

    @property
    def place(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def open_bucket(url: str) -> BucketStore:
    """The bucket of ``s3://BUCKET/PREFIX?…``; what the address does not say is in the usual ``AWS_*`` variables."""
    return _opened(url, tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))))


@lru_cache(maxsize=8)
def _opened(url: str, environment: tuple[tuple[str, str], ...]) -> BucketStore:
    """One for each address: it holds the connections that are open. What the variables say is part of the address."""
    wanted = _read(url, dict(environment))
    config: S3Config = {"virtual_hosted_style_request": not wanted.path_style}
    if wanted.endpoint:
        config["endpoint"] = wanted.endpoint
    if wanted.region:
        config["region"] = wanted.region
    for name, value in wanted.keys:
        config[name] = value  # type: ignore[literal-required]
    options = {"timeout": _REQUEST, "connect_timeout": _CONNECT, "allow_http": wanted.allow_http}
    if wanted.certificate:
        options["root_certificate"] = wanted.certificate
    try:
        store = S3Store(
            wanted.bucket,
            prefix=wanted.prefix or None,
            config=config,
            client_options=options,  # type: ignore[arg-type]
            retry_config={
                "max_retries": _RETRIES,
                "retry_timeout": _RETRY_FOR,
                "backoff": {"init_backoff": _FIRST_WAIT, "max_backoff": _LONGEST_WAIT},
            },
        )
    except (BaseError, ValueError) as error:
        raise _bad(f"it cannot be used ({type(error).__name__})") from None
    return BucketStore(store, wanted.bucket, wanted.place)


def _read(url: str, environment: dict[str, str]) -> _Wanted:
    try:
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _bad("it is not an address") from None
    unknown = sorted(set(given) - set(_OPTIONS))
    prefix = parts.path.strip("/")
    if "@" in parts.netloc or parts.fragment:
        raise _bad("keys stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and # has no place in it")
    if unknown:
        raise _bad(f"{', '.join(unknown)} is not known there; there are {', '.join(_OPTIONS)}")
    if not _BUCKET.fullmatch(parts.netloc):
        raise _bad("it names no bucket (small letters, figures, dots and strokes)")
    if not _PREFIX.fullmatch(prefix) or ".." in prefix or "//" in prefix:
        raise _bad("what follows the bucket may hold letters, figures, dots, strokes and slashes")
    endpoint = given.get("endpoint") or environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    path_style = _yes(given, "path_style", default=endpoint is not None or "." in parts.netloc)
    allow_http = _yes(given, "allow_http", default=False)
    return _Wanted(
        bucket=parts.netloc,
        prefix=prefix,
        endpoint=_reached_at(endpoint, parts.netloc, path_style, allow_http) if endpoint else None,
        region=given.get("region") or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        path_style=path_style,
        allow_http=endpoint is not None and endpoint.startswith("http://"),
        certificate=_certificate(given.get("ca")),
        keys=tuple((name, given[name]) for name in _OPTIONS[-3:] if given.get(name)),
    )


def _reached_at(endpoint: str, bucket: str, path_style: bool, allow_http: bool) -> str:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:
        raise _bad(_ENDPOINT) from None
    if not usable or "@" in parts.netloc:
        raise _bad(_ENDPOINT)
    if parts.scheme == "http" and not allow_http and not _is_here(parts.hostname or ""):
        raise _bad("its endpoint is not encrypted; use https://, or add allow_http=yes inside a network of your own")
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return base if path_style else base.replace("://", f"://{bucket}.", 1)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _yes(given: dict[str, str], name: str, *, default: bool) -> bool:
    said = given.get(name)
    if said is None:
        return default
    if said not in ("yes", "no"):
        raise _bad(f"{name} is yes or no")
    return said == "yes"


def _certificate(file: str | None) -> str | None:
    if not file:
        return None
    try:
        return Path(file).read_text()
    except (OSError, UnicodeDecodeError):
        raise _bad(f"the certificates of its ca ({file}) cannot be read") from None


def _bad(what: str) -> Refusal:
    """Never repeats the address: it may hold a key."""
    return Refusal("bad_storage_url", f"KULANT_STORAGE_URL: {what}; {_HOW}")


class BucketStore:
    """A bucket, or the part of it behind a prefix."""

    def __init__(self, store: S3Store, bucket: str, place: str) -> None:
        self._store, self._bucket, self._place = store, bucket, place

    @property
    def place(self) -> str:
        return self._place

    def create(self, name: str, content: bytes) -> bool:
        def put() -> bool:
            try:
                obstore.put(self._store, name, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            except BaseError as error:
                if _code(error) != "NotImplemented":
                    raise
                return self._create_unconditionally(name, content)
            return True

        return self._asking("keep a document", put)

    def _create_unconditionally(self, name: str, content: bytes) -> bool:
        """On a server that takes no conditions. Who keeps the same name at the same moment keeps the same bytes."""
        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            obstore.put(self._store, name, content, use_multipart=False)
            return True
        return False

    def replace(self, name: str, content: bytes) -> None:
        self._asking("keep a document", lambda: obstore.put(self._store, name, content))

    def take(self, name: str, blocks: Iterable[bytes]) -> None:
        # First to this machine: what is refused half-way never reaches the bucket.
        with tempfile.TemporaryFile() as whole:
            for block in blocks:
                whole.write(block)
            whole.seek(0)
            file = cast("IO[bytes]", whole)
            self._asking("keep a file", lambda: obstore.put(self._store, name, file))

    def read(self, name: str) -> bytes:
        return self._asking("read a document", lambda: obstore.get(self._store, name).bytes().to_bytes(), absent=name)

    def open(self, name: str) -> BinaryIO:
        def fetch() -> BinaryIO:
            file = tempfile.TemporaryFile()  # noqa: SIM115 -- whoever opened it closes it
            try:
                for block in obstore.get(self._store, name).stream():
                    file.write(block)
                file.seek(0)
            except BaseException:
                file.close()
                raise
            return cast("BinaryIO", file)

        return self._asking("read a file", fetch, absent=name)

    def remove(self, name: str) -> None:
        def delete() -> None:
            try:
                obstore.delete(self._store, name)
            except FileNotFoundError:
                return  # somebody else was quicker, which is as good

        self._asking("remove a file", delete)

    def found(self, folder: str) -> Iterator[Found]:
        for listed in self._asking("list files", lambda: list(obstore.list(self._store, f"{folder}/"))):
            for one in listed:
                if "/" not in one["path"].removeprefix(f"{folder}/"):
                    yield Found(one["path"], one["last_modified"])

    def check(self) -> str:
        content = b"Documents can be kept here.\n"
        self.replace(_PROBE, content)
        if self.read(_PROBE) != content:
            raise Refusal("storage", f"{self.place} does not give back what it was given")
        return f"documents are kept in {self.place}"

    def _asking(self, what: str, ask: Callable[[], _Answer], *, absent: str | None = None) -> _Answer:
        """Asks the server; what it refuses is said in words, without anything that is secret."""
        try:
            return ask()
        except FileNotFoundError as error:
            if absent is not None and _code(error) != "NoSuchBucket":
                raise NotFound("file_missing", f"{absent} is not in {self.place}") from None
            why = f"there is no bucket {self._bucket} there"
        except (PermissionDeniedError, UnauthenticatedError) as error:
            why = f"the server refuses this key ({_code(error) or 'access denied'})"
        except (BaseError, OSError) as error:
            why = _code(error) or _first_words(error)
        raise Refusal("storage_failed", f"cannot {what} in {self.place}: {why}; check KULANT_STORAGE_URL") from None


def _code(error: Exception) -> str | None:
    """What the server calls the problem."""
    said = _CODE.search(str(error))
    return said.group(1) if said else None


def _first_words(error: Exception) -> str:
    said = str(error).partition("\n")[0].partition("<?xml")[0]
    return said.rpartition(" - ")[2].strip(" :")[:200] or type(error).__name__
