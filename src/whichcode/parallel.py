"""Mapping a function over items in several processes, in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

FEW = 64
"""Up to this many short items are done in this process: starting others would take longer."""

_shared: Any = None


def parallel_map(
    function: Callable[[Any, Item], Result],
    shared: Any,
    items: Sequence[Item],
    workers: int | None = None,
    *,
    few: int = FEW,
    chunk: int = 8,
) -> Iterator[Result]:
    """Yield ``function(shared, item)`` for each of `items` in order, from `workers` processes.

    `function` must be importable; `shared` is sent to each process once. None means one worker a core. Up to `few`
    items are done in this process; `chunk` items are sent at a time, one where each is long work.
    """
    workers = min(workers or os.cpu_count() or 1, max(len(items), 1))
    if workers == 1 or len(items) <= few:
        yield from map(partial(function, shared), items)
        return
    # Not forked: the parent may already run PyTorch's threads.
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start, (shared,)) as pool:
        yield from pool.imap(partial(_call, function), items, chunksize=chunk)


def _start(shared: Any) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone tells of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _shared  # noqa: PLW0603  # one assignment for the life of the process
    _shared = shared


def _call(function: Callable[[Any, Any], Any], item: Any) -> Any:
    return function(_shared, item)
