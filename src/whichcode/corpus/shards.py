"""The shard of a repository: what of it may come into a corpus, in a file of its own, so that a build goes on."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from whichcode.atomic import write_atomically
from whichcode.corpus.git import Mirror
from whichcode.corpus.manifest import Caps, Repository
from whichcode.corpus.reading import Reader, Row
from whichcode.errors import CorpusError
from whichcode.packaged import DATA


@dataclass(frozen=True, slots=True)
class Task:
    """A repository to read.

    Attributes:
        repository: the entry of the manifest.
        mirror: its git directory.
        commit: hexadecimal.
        raised: languages of which the cap for thin languages holds.
        shard: where to write, without an extension.
    """

    repository: Repository
    mirror: Path
    commit: str
    raised: tuple[str, ...]
    shard: Path

    @property
    def rows(self) -> Path:
        """The Parquet file of texts."""
        return self.shard.with_name(self.shard.name + ".parquet")

    @property
    def summary(self) -> Path:
        """The JSON file of counts, written last: where it is, the shard is whole."""
        return self.shard.with_name(self.shard.name + ".json")


def shard_path(work: Path, repository: Repository, commit: str, raised: tuple[str, ...], caps: Caps) -> Path:
    """Return where the shard of a repository is, without extension: its name depends on all that decides it."""
    entry = asdict(repository)
    del entry["files_per_author"]  # Authors are told apart when the corpus is written.
    told = json.dumps([entry, commit, raised, asdict(caps), rules_version()], sort_keys=True)
    key = hashlib.sha256(told.encode()).hexdigest()[:20]
    return work / "shards" / f"{repository.repository.replace('/', '+')}-{key}"


@cache
def rules_version() -> str:
    """Return a digest of the rules and the code that apply when a repository is read, Markdown's reader too."""
    here = Path(__file__).parent
    parts = [
        here / f"{name}.py"
        for name in (
            "fences",
            "filters",
            "git",
            "labels",
            "listings",
            "manifest",
            "mislabelled",
            "near",
            "plain",
            "prose",
            "reading",
            "shards",
            "signs",
        )
    ]
    parts += [here.parent / name for name in ("languages.py", "text/decode.py", "text/tokens.py")]
    parts += [DATA / "label-rules.toml", DATA / "languages.json"]
    told = [part.read_bytes() for part in parts] + [_version("markdown-it-py").encode()]
    return hashlib.sha256(b"\0".join(told)).hexdigest()


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def drop_damaged(task: Task) -> None:
    """Remove a shard that cannot be read, as a power cut may leave it: the repository is read again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not task.summary.exists():
        return
    try:
        summary = json.loads(task.summary.read_bytes())
        whole = {"files", "full", "skipped", "unknown"} <= summary.keys()
        pq.read_metadata(task.rows)
    except (OSError, ValueError, AttributeError, pa.ArrowException):
        whole = False
    if not whole:
        task.summary.unlink()


def read_repository(caps: Caps, task: Task) -> str | None:
    """Read the repository of `task` and write its shard; return what is wrong with it, or None."""
    try:
        mirror = Mirror.open(task.mirror)
        reading = Reader(mirror, task.repository, task.commit, task.raised, caps).read()
    except CorpusError as error:
        return f"{task.repository.repository}: {error}"
    _write(task.rows, reading.rows)
    summary = {
        "skipped": dict(sorted((reading.skipped + mirror.skipped).items())),
        "unknown": dict(sorted(reading.unknown.items())),
        "full": sorted(reading.full),
        "files": dict(sorted(Counter(row.language for row in reading.rows if row.kind != "fence").items())),
    }
    write_atomically(task.summary, json.dumps(summary, indent=1) + "\n")
    return None


def schema() -> Any:
    """Return the Arrow schema of a shard."""
    import pyarrow as pa

    binary = ("content", "key", "sketch")
    return pa.schema(
        [(one.name, pa.binary() if one.name in binary else pa.string()) for one in dataclasses.fields(Row)]
    )


def _write(path: Path, rows: list[Row]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: [getattr(row, name) for row in rows] for name in schema().names}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema()), buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())
