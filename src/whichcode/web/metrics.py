"""What the service counts, for Prometheus: requests and sizes, never a text or a language that was found."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one service, in a registry of their own."""

    def __init__(self, model: str, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "whichcode_requests",
            "Requests answered, by address and status.",
            ["path", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "whichcode_request_seconds",
            "From a request's headers to the end of its answer.",
            ["path"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.texts = Counter("whichcode_texts", "Texts looked at.", registry=self.registry)
        self.characters = Counter("whichcode_characters", "Characters in them.", registry=self.registry)
        self.busy = Gauge(
            "whichcode_requests_in_progress", "Requests waiting or worked at.", registry=self.registry
        )
        info = Gauge(
            "whichcode_model_info",
            "The model that answers; always 1.",
            ["model", "version"],
            registry=self.registry,
        )
        info.labels(model, version).set(1)

    def measured(self, app: ASGIApp, paths: frozenset[str]) -> ASGIApp:
        """Return `app` with its requests counted; an address that is not in `paths` counts as ``other``."""

        async def measuring(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began = time.perf_counter()
            status = 500

            async def sending(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, sending)
            finally:
                path = scope["path"] if scope["path"] in paths else "other"
                self.requests.labels(path, str(status)).inc()
                self.seconds.labels(path).observe(time.perf_counter() - began)

        return measuring
