"""The detectors that sit the exam: whichcode in this process, each peer in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.exam.cache import AnswerCache, RawAnswer
from whichcode.errors import EvaluationError

SCRIPTS = Path(__file__).resolve().parents[1] / "peers"
INSTALL = "benchmarks/peers/README.md says how to install it"


@dataclass(frozen=True, slots=True)
class Peer:
    """A detector other than whichcode.

    Attributes:
        name: on the command line and in tables.
        command: starts its script, which speaks the protocol of `benchmarks.peers`.
        table: of ``labels.toml``, for its labels.
        environment: set for its process.
    """

    name: str
    command: tuple[str, ...]
    table: str
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """What a peer says of itself.

    Attributes:
        version: of the peer and its model.
        labels: every label that it can answer.
        probabilities: whether its scores are such.
    """

    version: str
    labels: tuple[str, ...]
    probabilities: bool


_TABLES = {
    "magika": "magika",
    "vscode": "vscode",
    "highlightjs": "highlightjs",
    "highlightjs-common": "highlightjs",
    "flourite": "flourite",
    "pygments": "pygments",
}

SYSTEMS = ("whichcode", *_TABLES)
"""Everything that can sit the exam, in the order of the tables."""


def peer(name: str, *, python: str, node: str, node_modules: Path) -> Peer:
    """Return the peer of this name.

    Args:
        name: one of `SYSTEMS` but whichcode.
        python: an interpreter that has the peers in Python.
        node: the program Node.js.
        node_modules: the folder where npm put the peers in JavaScript.
    """
    script = SCRIPTS / f"ask_{name.replace('-', '_')}"
    if script.with_suffix(".py").exists():
        return Peer(name, (python, str(script.with_suffix(".py"))), _TABLES[name])
    environment = (("NODE_PATH", str(node_modules.resolve())),)
    return Peer(name, (node, str(script.with_suffix(".js"))), _TABLES[name], environment)


def describe(peer: Peer) -> Description:
    """Ask a peer what it is.

    Raises:
        EvaluationError: its process does not start or fails, as where the peer is not installed.
    """
    try:
        done = subprocess.run(
            [*peer.command, "--describe"],
            env=os.environ | dict(peer.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        told = json.loads(done.stdout)
        return Description(str(told["version"]), tuple(map(str, told["labels"])), bool(told["probabilities"]))
    except OSError as error:
        raise EvaluationError(
            f"{peer.name}: {peer.command[0]} does not start ({error.strerror}); {INSTALL}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EvaluationError(f"{peer.name}: does not run ({last}); {INSTALL}") from error


def ask_peer(
    peer: Peer,
    texts: Sequence[str],
    cache: AnswerCache,
    *,
    advance: Callable[[int], None] = lambda _steps: None,
) -> list[RawAnswer]:
    """Return the peer's answers to `texts`, from `cache` where they are there; new ones are added to it.

    Raises:
        EvaluationError: the peer's process ends early or says something else.
    """
    missing = list(cache.missing(texts))
    if missing:
        with _process(peer) as (questions, answers):
            for number, text in enumerate(missing):
                try:
                    questions.write(json.dumps({"id": number, "text": text}) + "\n")
                    questions.flush()
                except BrokenPipeError as error:
                    raise EvaluationError(f"{peer.name}: its process ended; run again to go on") from error
                cache.add(text, _parse(answers.readline(), number, peer.name))
                advance(1)
    found = [cache.get(text) for text in texts]
    return [answer for answer in found if answer is not None]


@contextmanager
def _process(peer: Peer) -> Iterator[tuple[IO[str], IO[str]]]:
    with subprocess.Popen(
        peer.command,
        env=os.environ | dict(peer.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise EvaluationError(f"{peer.name}: its process has no pipes")
        try:
            yield process.stdin, process.stdout
        finally:
            # Whatever happened, the peer is not left waiting for a question, and a question that it did not
            # take is no second error.
            process.terminate()
            with suppress(BrokenPipeError):
                process.stdin.close()


def _parse(line: str, number: int, name: str) -> RawAnswer:
    try:
        row: dict[str, Any] = json.loads(line)
        if row.pop("id") != number:
            raise ValueError("another question's answer")
        return RawAnswer(**row)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(
            f"{name}: no answer to a question but {line.strip()[:80]!r}; run again to go on where it stopped"
        ) from error
