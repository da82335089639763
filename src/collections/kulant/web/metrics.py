"""``/metrics`` for Prometheus: how many requests, how long they took, and how the house stands.

Told only to this machine, or to a token with the scope ``metrics``: how much somebody sends is nobody else's business.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address

from fastapi import FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kulant import __version__
from kulant.core.errors import Forbidden
from kulant.db import reading
from kulant.insight import gauges
from kulant.people.tokens import bearer_of
from kulant.settings import Settings

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_BY_PROXIES = ("forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip")
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class House(Collector):
    """What stands in the database, asked for when the figures are."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url

    def collect(self) -> Iterable[Metric]:
        """One look at the database; a few grouped counts."""
        with reading(self._url) as session:
            letters, files = gauges.deliveries(session), gauges.imports(session)
            tasks, runs = gauges.open_tasks(session), gauges.last_runs(session)
        version = GaugeMetricFamily("kulant_info", "The version that runs.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        yield _family("kulant_deliveries", "Letters by state.", ["creditor", "state"], letters.items())
        yield _family("kulant_imports", "Imports by state.", ["creditor", "state"], files.items())
        waiting = [((code,), count) for code, count in tasks.items()]
        yield _family("kulant_tasks_open", "Tasks that wait.", ["creditor"], waiting)
        days = [
            ((code,), int(datetime.combine(day, datetime.min.time(), UTC).timestamp())) for code, day in runs.items()
        ]
        yield _family("kulant_last_run_date_seconds", "Business date of the last daily run.", ["creditor"], days)


def _family(name: str, text: str, labels: list[str], values: Iterable[tuple[Sequence[str], int]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values):
        family.add_metric(list(key), value)
    return family


class Metrics:
    """The figures of one application."""

    def __init__(self, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(House(settings))
        self.requests = Counter(
            "kulant_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "kulant_http_request_seconds",
            "How long answers took.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts an answer under its route's pattern, never under its address: addresses are without number."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = _route(scope)
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)


def _route(scope: Scope) -> str:
    pattern = getattr(scope.get("route"), "path_format", None)
    below = str(scope.get("root_path", ""))
    return f"{below}{pattern}" if pattern is not None else f"{below}/…" if below else "none"


class Measured:
    """Counts every request of the application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            self.metrics.note(scope, status, time.perf_counter() - began)


def install(app: FastAPI, settings: Settings) -> None:
    """Counts the application's requests and tells the figures at ``/metrics``."""
    # When each series began is of no use, and as much again to send.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    metrics = Metrics(settings)
    app.add_middleware(Measured, metrics=metrics)

    @app.get("/metrics", include_in_schema=False)
    def figures(request: Request) -> Response:
        """The figures, for Prometheus."""
        if not (_from_this_machine(request) or _has_token(request, settings)):
            raise Forbidden(
                "metrics_closed",
                "The figures are told to this machine, or to a token with the scope metrics: "
                "kulant token create --user … --scope metrics",
            )
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _from_this_machine(request: Request) -> bool:
    """Whether it comes from here itself; what a proxy passed on comes from wherever the proxy was asked."""
    if any(name in _BY_PROXIES or name.startswith("x-forwarded-") for name in request.headers):
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _has_token(request: Request, settings: Settings) -> bool:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    with reading(settings.database_url) as session:
        bearer = bearer_of(session, secret.strip(), datetime.now(UTC))
    return bearer is not None and "metrics" in bearer.scopes
