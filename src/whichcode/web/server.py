"""Runs the service with uvicorn until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from functools import partial
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from whichcode.errors import WhichcodeError

GRACE = 5
"""Seconds beyond a request's time limit that accepted requests get to be answered in after a signal to stop."""


class _Protocol(H11Protocol):
    """HTTP/1.1 that gives a client `patience` seconds for the headers of a request, and then hangs up."""

    def __init__(self, *arguments: Any, patience: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._patience = patience
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait()
        elif self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self._patience, self.transport.close)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one.

    Raises:
        WhichcodeError: the address cannot be had.
    """
    listening = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Named by its protocol: asyncio turns Nagle's algorithm off for such alone. With it, each answer waits
        # for the client's delayed acknowledgement: 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
        return listening
    except (OSError, UnicodeError) as error:  # the latter of a name that cannot be one
        if listening is not None:
            listening.close()
        why = getattr(error, "strerror", None) or error
        raise WhichcodeError(f"cannot listen on {host} port {port}: {why}") from error


def run(app: ASGIApp, listening: socket.socket, seconds: float) -> None:
    """Serve until SIGINT or SIGTERM, then answer what was accepted, and return.

    Args:
        app: the service.
        listening: from `listen`.
        seconds: that a request may take.
    """
    config = uvicorn.Config(
        app,
        http=partial(_Protocol, patience=seconds),  # type: ignore[arg-type]  # called as a class is
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=int(seconds) + GRACE,
    )
    # Uvicorn raises the signal once more when all is done; that is then no reason to end in failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    uvicorn.Server(config).run(sockets=[listening])
