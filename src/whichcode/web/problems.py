"""What the service answers when it has no answer: ``{"error": {"code": ..., "message": ...}}``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

RETRY_AFTER = "1"
"""Seconds that a refused client is told to wait."""


class ProblemError(Exception):
    """A request that gets an error for an answer.

    Args:
        status: of HTTP.
        code: for programs; does not change.
        message: for people, one sentence.
        headers: of the answer.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})
        if status == 503:
            self.headers.setdefault("Retry-After", RETRY_AFTER)
        if status in (408, 413):
            # What of the body is still to come would be taken for the next request.
            self.headers.setdefault("Connection", "close")


class Json(Response):
    """JSON in ASCII: what a client sent, lone surrogates too, can be quoted in it."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return `content` as JSON."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def problem_response(request: Request, error: Exception) -> Response:
    """Return the answer for a `ProblemError`; a handler of Starlette's."""
    assert isinstance(error, ProblemError)
    return Json(_body(error.code, error.message), error.status, error.headers)


def http_response(request: Request, error: Exception) -> Response:
    """Return the answer for what Starlette refuses itself: no such path, or not by that method."""
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    messages = {
        404: "there is nothing at this address; /openapi.json describes the service",
        405: "this address does not take this method; the header Allow names those that it does",
    }
    status = error.status_code
    return Json(
        _body(codes.get(status, "refused"), messages.get(status, error.detail)), status, dict(error.headers or {})
    )


def failure_response(request: Request, error: Exception) -> Response:
    """Return the answer for a mistake of the service's own; what it was goes to standard error only."""
    return Json(_body("internal_error", "the service failed at this request"), 500)


def _body(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
