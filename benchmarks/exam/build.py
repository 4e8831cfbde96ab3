"""Building the exam: a file of texts for each part, and an index without texts that says which they must be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.exam import sampling, sources
from benchmarks.exam.items import digest, to_jsonl
from benchmarks.exam.trees import commit
from whichcode.atomic import write_atomically
from whichcode.errors import CorpusError

INDEX = Path(__file__).resolve().parents[1] / "exam.json"
"""The committed index: what a build from the same sources must give."""

Index = dict[str, Any]


def build(
    out: Path,
    *,
    smola: Path | None = None,
    highlightjs: Path | None = None,
    rouge: Path | None = None,
    mxeval: Path | None = None,
    hello_world: Path | None = None,
    log: Callable[[str], None] = lambda _line: None,
) -> Index:
    """Write ``PART.jsonl`` for the parts of each source given, and ``exam.json``, into `out`; return the index.

    Raises:
        CorpusError: a source cannot be read.
    """
    made: list[tuple[sources.Part, Path]] = []
    if smola is not None:
        made += [(part, smola) for part in sources.smola(smola)]
    if highlightjs is not None:
        made.append((sources.highlightjs(highlightjs), highlightjs))
    if rouge is not None:
        made.append((sources.rouge(rouge), rouge))
    if mxeval is not None:
        made.append((sources.mxeval(mxeval), mxeval))
    if hello_world is not None:
        made.append((sources.hello_world(hello_world), hello_world))
    parts: dict[str, Any] = {}
    for part, source in made:
        data = to_jsonl(part.items)
        write_atomically(out / f"{part.name}.jsonl", data)
        parts[part.name] = {
            "texts": len(part.items),
            "files": len({item.file for item in part.items}),
            "languages": len({item.language for item in part.items}),
            "sha256": digest(data),
            "source": {"sha256": digest(source.read_bytes())} if source.is_file() else {"commit": commit(source)},
            "left_out": dict(sorted(part.left_out.items())),
        }
        log(f"{part.name}: {parts[part.name]['texts']:,} texts from {parts[part.name]['files']:,} files")
    index = {
        "seed": sampling.SEED,
        "draws": sampling.DRAWS,
        "lengths": list(sampling.LENGTHS),
        "parts": parts,
    }
    write_index(out / "exam.json", index)
    return index


def write_index(path: Path, index: Index) -> None:
    """Write an index as JSON."""
    write_atomically(path, json.dumps(index, indent=1) + "\n")


def read_index(path: Path) -> Index:
    """Return an index that `write_index` wrote.

    Raises:
        CorpusError: there is none.
    """
    try:
        index = json.loads(path.read_text("utf-8"))
        if not isinstance(index.get("parts"), dict):
            raise ValueError("it has no parts")
    except (OSError, ValueError, AttributeError) as error:
        raise CorpusError(
            f"{path}: no index of an exam; build one with 'python -m benchmarks.exam build' ({error})"
        ) from error
    return dict(index)


def differences(index: Index, committed: Index) -> list[str]:
    """Return the parts of `index` that are not the ones that the committed index describes."""
    return [
        name
        for name, part in index["parts"].items()
        if committed["parts"].get(name, {}).get("sha256") != part["sha256"]
    ]
