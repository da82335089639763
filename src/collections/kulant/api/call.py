"""One call of a program: whom it acts as, on whose books, in which transaction, and how it is answered."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, TypeVar

from fastapi import Header, Query, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPBearer, SecurityScopes
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from kulant.api.access import require_scope
from kulant.api.cursors import Cursors
from kulant.core.errors import Forbidden, NotFound, Refusal
from kulant.core.money import to_minor
from kulant.db import Act, reading
from kulant.people import repeated
from kulant.people.models import Creditor, User
from kulant.people.service import creditors_of
from kulant.people.tokens import NOTED_EVERY, Bearer, note_use
from kulant.settings import Settings
from kulant.transaction import doing

JSON = "application/json"

Row = TypeVar("Row")

# What a piece of work gives back: plain JSON values.
Work = Callable[[Act], Any]


@dataclass
class Call:
    """A request that was let in. Its creditor is looked up when it is first asked for."""

    settings: Settings
    bearer: Bearer
    request: Request
    creditor_code: str | None
    key: str | None
    body: bytes

    @cached_property
    def creditors(self) -> list[Creditor]:
        """The creditors the person behind the token may see."""
        with reading(self.settings.database_url) as session:
            return creditors_of(session, session.get_one(User, self.bearer.user_id))

    @cached_property
    def creditor(self) -> Creditor:
        """The creditor this call is about: the one named, else the only one."""
        codes = {each.code: each for each in self.creditors}
        if self.creditor_code is not None:
            if self.creditor_code not in codes:
                # The same words whether it is somebody else's or does not exist.
                raise NotFound("no_creditor", f"this token sees no creditor {self.creditor_code!r}")
            return codes[self.creditor_code]
        if not codes:
            raise Forbidden("no_creditor", f"{self.bearer.user_name} has no creditor to work on; give them one first")
        if len(codes) > 1:
            raise Refusal("which_creditor", f"say which creditor, with ?creditor=: {', '.join(sorted(codes))}")
        return next(iter(codes.values()))

    @property
    def today(self) -> date:
        """The business date where the creditor is."""
        return self.settings.today(self.creditor.country)

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """A session that only reads."""
        with reading(self.settings.database_url) as session:
            yield session

    @contextmanager
    def doing(self, country: str | None = None) -> Iterator[Act]:
        """A transaction of the person behind the token."""
        home = country or self.creditor.country
        with doing(self.settings, actor=self.bearer.actor, country=home) as act:
            yield act

    def cursors(self, which: str) -> Cursors:
        """The cursors of that list of this creditor."""
        return Cursors(self.settings.secret_key(), f"{which}:{self.creditor.id}")

    def show(self, value: Any) -> Response:
        """The value as JSON, with a mark by which a program asks again only for what has changed."""
        body = _json(value)
        mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": mark, "Cache-Control": "private, no-cache", "Vary": "Authorization, Kulant-Creditor"}
        known = {one.strip().removeprefix("W/") for one in self.request.headers.get("if-none-match", "").split(",")}
        if mark in known:
            return Response(status_code=304, headers=headers, background=self._noting())
        return Response(body, 200, headers, JSON, self._noting())

    def show_page(
        self,
        which: str,
        limit: int,
        cursor: str | None,
        rows: Callable[[list[Any] | None, int], Sequence[Row]],
        key: Callable[[Row], Sequence[Any]],
        shown: Callable[[Sequence[Row]], list[Any]],
    ) -> Response:
        """A page of a list: ``rows(after, count)`` are looked up, ``key`` is what a row is found again by."""
        cursors = self.cursors(which)
        page, following = cursors.page(rows(cursors.read(cursor), limit + 1), limit, key)
        return self.show({"data": shown(page), "next": following})

    def compute(self, work: Callable[[], Any]) -> Response:
        """Answers with what a pure function gives; it is kept only for a call that has a key."""
        if self.key is not None:
            return self.once(lambda act: work(), country="NO")
        return Response(_json(work()), 200, {}, JSON, self._noting())

    def file(self, content: bytes, *, media_type: str, name: str, mark: str | None = None) -> Response:
        """A file to keep."""
        plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\;' else "-" for letter in name)
        headers = {"Content-Disposition": f'attachment; filename="{plain}"'} | ({"ETag": f'"{mark}"'} if mark else {})
        return Response(content, 200, headers, media_type, self._noting())

    def once(
        self,
        work: Work,
        *,
        status: int = 200,
        country: str | None = None,
        tell: Callable[[Session, Any], Any] | None = None,
    ) -> Response:
        """Does the work in one transaction and answers with what it gives, after the commit.

        With an Idempotency-Key it is done once however often it is sent: the answer is kept in the same transaction.
        ``tell`` adds to the answer what must not be kept, such as a link.
        """
        with self.doing(country) as act:
            kept = self._begin(act)
            if kept is None:
                value = work(act)
                act.session.flush()
                kept = self._keep(act, status, value)
                repeats = False
            else:
                repeats = True
            body = kept.body if tell is None else _json(tell(act.session, json.loads(kept.body))).decode()
        return self._answer(kept.status, body, repeats)

    def after(self, value: Any, *, status: int = 200) -> Response:
        """Keeps and gives the answer to work that has transactions of its own and may be begun again harmlessly."""
        with doing(self.settings, actor=self.bearer.actor) as act:
            before = self._begin(act)
            kept = before or self._keep(act, status, value)
        return self._answer(kept.status, kept.body, before is not None)

    def answered_before(self) -> Response | None:
        """The answer this call was given before, if it was; for work that has transactions of its own."""
        if self.key is None:
            return None
        with reading(self.settings.database_url) as session:
            kept = repeated.kept_answer(
                session,
                token_id=self.bearer.token_id,
                key=self.key,
                request_hash=self._request_hash(),
                now=datetime.now(UTC),
            )
        return None if kept is None else self._answer(kept.status, kept.body, True)

    def _begin(self, act: Act) -> repeated.Kept | None:
        if self.key is None:
            return None
        return repeated.begin(act, token_id=self.bearer.token_id, key=self.key, request_hash=self._request_hash())

    def _keep(self, act: Act, status: int, value: Any) -> repeated.Kept:
        kept = repeated.Kept(status, {}, _json(value).decode())
        if self.key is not None:
            repeated.keep(act, token_id=self.bearer.token_id, key=self.key, kept=kept)
        return kept

    def _answer(self, status: int, body: str, repeats: bool) -> Response:
        headers = {"Idempotent-Replayed": "true"} if repeats else {}
        return Response(body, status, headers, JSON, self._noting())

    def _request_hash(self) -> str:
        """What tells this call from another with the same key; keyed, for a body may hold what nobody should guess."""
        url = self.request.url
        parts = (self.request.method, url.path, url.query, self.creditor_code or "")
        said = "\n".join(parts).encode() + b"\n" + hashlib.sha256(self.body).digest()
        return hmac.new(self.settings.secret_key().encode(), said, hashlib.sha256).hexdigest()

    def _noting(self) -> BackgroundTask | None:
        """Remembers after the answer that the token was used; reads must not wait for a writer."""
        last = self.bearer.last_used_at
        if last is not None and last > datetime.now(UTC) - NOTED_EVERY:
            return None
        return BackgroundTask(_note_use, self.settings, self.bearer.token_id)


def _note_use(settings: Settings, token_id: int) -> None:
    with doing(settings, actor="api") as act:
        note_use(act.session, token_id, act.now)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


async def body_of(request: Request) -> bytes:
    """The body as it came, where JSON is taken. A file is read by its route alone, and never into memory."""
    takes_json = getattr(request.scope.get("route"), "body_field", None) is not None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await request.body() if takes_json and kind == JSON else b""


BEARER = HTTPBearer(
    scheme_name="token",
    description="A token made with `kulant token create`, in the Authorization header: `Bearer kul_…`. "
    "Each operation names the scope it needs.",
    auto_error=False,
)


async def make_call(
    request: Request,
    needed: SecurityScopes,
    _said: Annotated[object, Security(BEARER)],  # only describes; the gate has looked at the token before
    creditor: Annotated[
        str | None,
        Query(
            max_length=40, description="The creditor's code; needed where the token sees several.", examples=["NORD"]
        ),
    ] = None,
    kulant_creditor: Annotated[
        str | None, Header(max_length=40, description="The same as `creditor`, as a header.")
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(max_length=200, description="On a POST: the same call again with the same key gets the first answer."),
    ] = None,
) -> Call:
    """The call of a request that was let in and may do what the route does."""
    bearer: Bearer = request.state.bearer
    for scope in needed.scopes:
        require_scope(bearer, scope)
    if creditor is not None and kulant_creditor is not None and creditor != kulant_creditor:
        raise Refusal("which_creditor", "?creditor= and Kulant-Creditor name two creditors; name one")
    key = repeated.check_key(idempotency_key) if idempotency_key is not None and request.method == "POST" else None
    settings: Settings = request.app.state.settings
    return Call(settings, bearer, request, creditor or kulant_creditor, key, await body_of(request))


Reading = Annotated[Call, Security(make_call, scopes=["read"])]
Importing = Annotated[Call, Security(make_call, scopes=["import"])]
Acting = Annotated[Call, Security(make_call, scopes=["act"])]
Deciding = Annotated[Call, Security(make_call, scopes=["decide"])]
Administering = Annotated[Call, Security(make_call, scopes=["admin"])]


def minor(text: str, currency: str, name: str) -> int:
    """An amount as given, in minor units; refuses what is none."""
    try:
        return to_minor(text, currency)
    except ValueError as error:
        raise Refusal("bad_amount", f'{name}: {error}; write amounts as text, e.g. "1250.00"', status=422) from None
