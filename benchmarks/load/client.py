"""Clients that ask one request after the other, and hold every answer against the library's own."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from whichcode.detector import detect_many


@dataclass(frozen=True)
class Request:
    """A request whose right answer is known.

    Attributes:
        path: of the service.
        body: JSON.
        languages: what the library answers, one for each text; None where nobody compares.
    """

    path: str
    body: bytes
    languages: list[str | None] | None


@dataclass
class Outcome:
    """What became of the requests of one run.

    Attributes:
        seconds: that the run took.
        latencies: of the requests answered with 200, in seconds.
        statuses: how many answers had which status.
        lost: requests without an answer, by what went wrong.
        wrong: answers with 200 that are not the library's own.
        without_retry_after: answers with 503 that do not say when to come again.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    without_retry_after: int = 0

    def record(self, concurrency: int, texts: int) -> dict[str, Any]:
        """Return the run's figures; latencies in milliseconds, of the answers with 200."""
        ordered = sorted(self.latencies)

        def quantile(share: float) -> float | None:
            return round(1000 * ordered[math.ceil(share * len(ordered)) - 1], 2) if ordered else None

        return {
            "concurrency": concurrency,
            "texts_per_request": texts,
            "seconds": round(self.seconds, 2),
            "requests": sum(self.statuses.values()) + sum(self.lost.values()),
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "lost": dict(self.lost),
            "wrong": self.wrong,
            "without_retry_after": self.without_retry_after,
            "answers_per_second": round(len(ordered) / self.seconds, 1),
            "texts_per_second": round(texts * len(ordered) / self.seconds, 1),
            "p50_ms": quantile(0.5),
            "p99_ms": quantile(0.99),
        }


def detect_requests(texts: Sequence[str], size: int) -> list[Request]:
    """Return requests of `size` texts each that have all of `texts`, with the library's answers."""
    languages = [found.language for found in detect_many(texts)]
    requests = []
    for start in range(0, len(texts) - size + 1, size):
        part = list(texts[start : start + size])
        asked = {"text": part[0]} if size == 1 else {"texts": part}
        requests.append(Request("/v1/detect", json.dumps(asked).encode(), languages[start : start + size]))
    return requests


def explain_requests(texts: Sequence[str]) -> list[Request]:
    """Return requests to explain each of `texts`."""
    return [Request("/v1/explain", json.dumps({"text": text}).encode(), None) for text in texts]


async def put_load(url: str, requests: Sequence[Request], concurrency: int, seconds: float) -> Outcome:
    """Let `concurrency` clients ask for `seconds`, each its next request when the last one is answered."""
    outcome = Outcome()
    # A connection each: clients that share a pool spend most of their time in searching it.
    clients = [
        httpx.AsyncClient(base_url=url, timeout=60, verify=False, trust_env=False) for _ in range(concurrency)
    ]

    async def asking(number: int) -> None:
        async with clients[number] as client:
            turn = number
            while time.perf_counter() - began < seconds:
                await _ask(client, requests[turn % len(requests)], outcome)
                turn += concurrency

    began = time.perf_counter()
    await asyncio.gather(*(asking(number) for number in range(concurrency)))
    outcome.seconds = time.perf_counter() - began
    return outcome


async def _ask(client: httpx.AsyncClient, request: Request, outcome: Outcome) -> None:
    began = time.perf_counter()
    try:
        response = await client.post(
            request.path, content=request.body, headers={"Content-Type": "application/json"}
        )
    except httpx.HTTPError as error:
        outcome.lost[type(error).__name__] += 1
        return
    outcome.statuses[response.status_code] += 1
    if response.status_code == 200:
        outcome.latencies.append(time.perf_counter() - began)
        if request.languages is not None:
            answer = response.json()
            found = [result["language"] for result in answer.get("results", [answer])]
            outcome.wrong += found != request.languages
    elif response.status_code == 503 and "retry-after" not in response.headers:
        outcome.without_retry_after += 1
