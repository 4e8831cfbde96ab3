"""The service: addresses, and the way of a request from its body through the pool to its answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from whichcode import __version__
from whichcode.detector import Detector
from whichcode.languages import Language, languages
from whichcode.web import answers
from whichcode.web.limits import MAX_EXPLAINED, READERS, Gate, Limits, read_body
from whichcode.web.metrics import Metrics
from whichcode.web.openapi import describe
from whichcode.web.page import page_routes, secured
from whichcode.web.problems import Json, ProblemError, failure_response, http_response, problem_response
from whichcode.web.requests import parse_detect, parse_explain


class Service:
    """Answers with one detector, within limits. It keeps no text and writes none down.

    Args:
        detector: answers.
        limits: of requests.
    """

    def __init__(self, detector: Detector, limits: Limits) -> None:
        self.detector = detector
        self.limits = limits
        self.metrics = Metrics(detector.model.id, __version__)
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="whichcode")
        self._working = Gate(limits.threads + limits.queue)
        self._reading = Gate(READERS * self._working.most)

    async def detect(self, request: Request) -> Response:
        """``POST /v1/detect``."""

        def work(body: bytes, deadline: answers.Deadline) -> bytes:
            asked = parse_detect(body, self.limits)
            answer = answers.detect(self.detector, asked, deadline)
            self._count(asked.texts)
            return _encoded(answer)

        return await self._answer(request, work)

    async def explain(self, request: Request) -> Response:
        """``POST /v1/explain``."""

        def work(body: bytes, deadline: answers.Deadline) -> bytes:
            asked = parse_explain(body)
            answer = answers.explain(self.detector, asked, deadline)
            self._count([asked.text])
            return _encoded(answer)

        return await self._answer(request, work)

    async def languages(self, request: Request) -> Response:
        """``GET /v1/languages``."""
        registry = {language.id: language for language in languages()}
        known = [registry.get(name, Language(name, name, "programming")) for name in self.detector.languages]
        return Json(
            {
                "model": self.detector.model.id,
                "languages": [
                    {
                        "id": language.id,
                        "name": language.name,
                        "aliases": list(language.aliases),
                        "extensions": list(language.extensions),
                    }
                    for language in known
                ],
                "limits": {
                    "body_bytes": self.limits.body,
                    "texts": self.limits.texts,
                    "seconds": self.limits.seconds,
                    "explained_characters": MAX_EXPLAINED,
                },
            }
        )

    async def health(self, request: Request) -> Response:
        """``GET /healthz``."""
        return Json({"status": "ok", "model": self.detector.model.id, "version": __version__})

    async def figures(self, request: Request) -> Response:
        """``GET /metrics``."""
        return Response(generate_latest(self.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def close(self) -> None:
        """Wait for the work that is under way, and let the threads go."""
        self._pool.shutdown()

    async def _answer(self, request: Request, work: Callable[[bytes, answers.Deadline], bytes]) -> Response:
        """Read the body, and do the rest in the pool: parsing megabytes would hold up the event loop."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            # Also keeps pages of other origins out: browsers ask before they send this type across.
            raise ProblemError(
                415, "unsupported_media_type", "send JSON, with the header Content-Type: application/json"
            )
        with self._reading.enter():
            body = await read_body(request, self.limits)
        with self._working.enter(), self.metrics.busy.track_inprogress():
            deadline = answers.Deadline(self.limits.seconds)
            # Shielded: a client that leaves does not free its place before the thread is free.
            content = await asyncio.shield(
                asyncio.get_running_loop().run_in_executor(self._pool, work, body, deadline)
            )
        return Response(content, media_type="application/json")

    def _count(self, texts: list[str]) -> None:
        self.metrics.texts.inc(len(texts))
        self.metrics.characters.inc(sum(map(len, texts)))


def create_app(detector: Detector, limits: Limits | None = None) -> ASGIApp:
    """Return the service as an ASGI application."""
    service = Service(detector, limits or Limits())
    description = json.dumps(describe(detector.languages, service.limits), separators=(",", ":")).encode()

    async def openapi(request: Request) -> Response:
        return Response(description, media_type="application/json")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        service.close()

    routes = [
        Route("/v1/detect", service.detect, methods=["POST"]),
        Route("/v1/explain", service.explain, methods=["POST"]),
        Route("/v1/languages", service.languages, methods=["GET"]),
        Route("/healthz", service.health, methods=["GET"]),
        Route("/metrics", service.figures, methods=["GET"]),
        Route("/openapi.json", openapi, methods=["GET"]),
        *page_routes(),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={
            ProblemError: problem_response,
            HTTPException: http_response,
            Exception: failure_response,
        },
    )
    app.router.redirect_slashes = False
    return secured(service.metrics.measured(app, frozenset(route.path for route in routes)))


def _encoded(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, allow_nan=False, separators=(",", ":")).encode("ascii")
