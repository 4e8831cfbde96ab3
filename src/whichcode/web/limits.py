"""How much one request, and all of them together, may ask for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from whichcode.web.problems import ProblemError

MAX_EXPLAINED = 50_000
"""Characters, from a text's start, that `/v1/explain` looks at: more than anybody reads."""

READERS = 4
"""Requests that may still be sending their bodies, in multiples of those that may wait or be worked at."""

DRAINED = 16
"""A body that is too large is read and thrown away up to this multiple of the limit, so that its sender, who is
still writing, gets to read the answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service takes.

    Attributes:
        body: bytes of a request's body.
        texts: how many texts one request may hold.
        seconds: from the body's arrival to the answer, waiting included.
        body_seconds: for the body to arrive.
        threads: requests worked at at the same time.
        queue: requests that may wait for a thread; one more is refused with 503.
    """

    body: int = 4 << 20
    texts: int = 1000
    seconds: float = 10.0
    body_seconds: float = 10.0
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    queue: int = 64


class Gate:
    """Counts who is inside, and refuses who is one too many.

    Args:
        most: who may be inside at the same time.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.inside = 0

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Be counted while the block runs.

        Raises:
            ProblemError: 503, as many as may be inside are.
        """
        if self.inside >= self.most:
            raise ProblemError(503, "overloaded", "the service has as many requests as it takes; try again later")
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the body of `request`.

    Raises:
        ProblemError: 408, it did not arrive in time; 413, it is too large; 400, the client went away.
    """
    too_large = ProblemError(
        413, "body_too_large", f"the body is larger than {limits.body} bytes; send fewer texts"
    )
    announced = request.headers.get("content-length", "")
    known = announced.isascii() and announced.isdigit() and int(announced[:20]) > limits.body
    if known and "100-continue" in request.headers.get("expect", "").lower():
        raise too_large  # the client waits to be told before it sends anything
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limits.body:
                    chunks.clear()
                    if size > DRAINED * limits.body:
                        break
                else:
                    chunks.append(chunk)
    except TimeoutError as error:
        if size > limits.body:
            raise too_large from error
        raise ProblemError(
            408, "body_too_slow", f"the body did not arrive within {limits.body_seconds:g} seconds"
        ) from error
    except ClientDisconnect as error:
        raise ProblemError(
            400, "incomplete_body", "the connection was closed before the body was complete"
        ) from error
    if size > limits.body:
        raise too_large
    return b"".join(chunks)
