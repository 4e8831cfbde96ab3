"""Reading one repository: what of it may come into a corpus, written to a file of its own (a shard).

Which files are read is decided by the names of their objects, which git derives from their content: the same
commit gives the same files on any machine, and most files of a large repository are never read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from whichcode.atomic import write_atomically
from whichcode.corpus import filters
from whichcode.corpus.fences import fences, reader_of
from whichcode.corpus.git import Entry, Mirror
from whichcode.corpus.labels import IGNORED, Label, Named, by_content, by_name, majority
from whichcode.corpus.manifest import Caps, Repository, matcher
from whichcode.corpus.mislabelled import taken_as
from whichcode.corpus.near import shingles_of, sketch_of, text_key, tokens_of
from whichcode.corpus.plain import plain_text
from whichcode.corpus.prose import passages
from whichcode.corpus.signs import shows
from whichcode.errors import CorpusError
from whichcode.packaged import DATA

DOCUMENTS = 2000
"""Documents of one repository that are read for their fences at most."""

PASSAGES = 12
"""Passages of prose that are taken out of one repository's documents at most."""

UNSURE = 4
"""Files of a shared extension that are read at most, in multiples of the cap."""

LEFT_OUT = "left out by the manifest"
"""Why a text of a language that its repository's entry leaves out is not taken."""

UNSHOWN = "nothing shows its language"
"""Why a text is not taken that by its content is of another language (`whichcode.corpus.signs`)."""

_WORD = re.compile(r"\w")


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


@dataclass
class Row:
    """A text of a shard; `sketch` and `key` are those of `near`."""

    language: str
    kind: str
    path: str
    content: bytes
    digest: str
    key: bytes
    sketch: bytes


@dataclass
class Reading:
    """What was found in a repository.

    Attributes:
        rows: the texts.
        skipped: files by the reason why they were left out.
        unknown: blocks of documents by label that nobody knows.
        full: languages of which there was more than the cap.
    """

    rows: list[Row] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    full: set[str] = field(default_factory=set)


def shard_path(work: Path, repository: Repository, commit: str, raised: tuple[str, ...], caps: Caps) -> Path:
    """Return where the shard of a repository is, without extension: its name depends on all that decides it."""
    entry = asdict(repository)
    del entry["files_per_author"]  # Authors are told apart when the corpus is written.
    told = json.dumps([entry, commit, raised, asdict(caps), rules_version()], sort_keys=True)
    key = hashlib.sha256(told.encode()).hexdigest()[:20]
    return work / "shards" / f"{repository.repository.replace('/', '+')}-{key}"


@cache
def rules_version() -> str:
    """Return a digest of the rules and the code that apply when a repository is read."""
    here = Path(__file__).parent
    parts = [
        here / f"{name}.py"
        for name in (
            "fences",
            "filters",
            "git",
            "labels",
            "mislabelled",
            "near",
            "plain",
            "prose",
            "shards",
            "signs",
        )
    ]
    parts += [DATA / "label-rules.toml", DATA / "languages.json"]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()


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
        reading = _Reader(mirror, task, caps).read()
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


class _Reader:
    def __init__(self, mirror: Mirror, task: Task, caps: Caps) -> None:
        self.mirror, self.task, self.caps = mirror, task, caps
        self.reading = Reading()
        self.taken: Counter[Label] = Counter()
        self.unsure: Counter[str] = Counter()
        self.decided: dict[str, Counter[str]] = {}
        self.undecided: list[tuple[Named, Entry, str]] = []
        self.blocks: dict[str, dict[str, Row]] = {}
        self.passages: dict[str, Row] = {}
        self.documents = 0
        self.relabel = dict(task.repository.relabel)
        self.folders = [(matcher((pattern,)), Label(*label)) for pattern, *label in task.repository.folders]

    def read(self) -> Reading:
        named = self._named()
        by_names = Counter(told.label.language for _, told in named if told.label is not None)
        seen: set[str] = set()
        for entry, told in sorted(named, key=lambda pair: (pair[0].object, pair[0].path)):
            if entry.object not in seen:
                seen.add(entry.object)
                self._take(entry, told)
        for told, entry, text in self.undecided:
            language = majority(told.extension, self.decided.get(told.extension, Counter()), by_names)
            if language is None or language == "text":
                self.reading.skipped["undecided"] += 1
            else:
                self._accept(Label(language), entry, text)
        for blocks in self.blocks.values():
            rows = sorted(blocks.values(), key=lambda row: row.digest)
            self.reading.rows += rows[: self.task.repository.fences or self.caps.fences]
        self.reading.rows += sorted(self.passages.values(), key=lambda row: row.digest)[:PASSAGES]
        return self.reading

    def _named(self) -> list[tuple[Entry, Named]]:
        include, exclude = matcher(self.task.repository.include), matcher(self.task.repository.exclude)
        result = []
        for entry in self.mirror.entries(self.task.commit):
            if self.task.repository.include and not include(entry.path):
                continue
            if exclude(entry.path):
                continue
            named = next((Named(label) for match, label in self.folders if match(entry.path)), None)
            if named is None:
                named = by_name(entry.path) if self.task.repository.names else IGNORED
            if named.ignored and not self._document(entry):
                self.reading.skipped["name tells nothing"] += 1
            else:
                result.append((entry, named))
        return result

    def _document(self, entry: Entry) -> str | None:
        return reader_of(entry.path) if self.task.repository.names else None

    def _cap(self, language: str) -> int:
        if self.task.repository.cap is not None:
            return self.task.repository.cap
        return self.caps.thin_files if language in self.task.raised else self.caps.files

    def _wanted(self, named: Named) -> bool:
        """Tell whether a file of such a name could still be taken."""
        if named.ignored:
            return False
        if named.label is not None:
            return not self._left_out(named) and not self._is_full(named.label)
        if named.languages and all(self._is_full(Label(language)) for language in named.languages):
            return False
        return self.unsure[named.extension] < UNSURE * self._cap("")

    def _left_out(self, named: Named) -> bool:
        return named.label is not None and named.label.language in self.task.repository.leave_out

    def _is_full(self, label: Label) -> bool:
        if self.taken[label] < self._cap(label.language):
            return False
        self.reading.full.add(label.language)
        return True

    def _take(self, entry: Entry, named: Named) -> None:
        skipped = self.reading.skipped
        markup = self._document(entry)
        document = markup is not None and self.documents < DOCUMENTS
        wanted = self._wanted(named)
        if not wanted and not document:
            skipped[LEFT_OUT if self._left_out(named) else "over the cap"] += 1
            return
        if filters.vendored(entry.path):
            skipped["vendored"] += 1
            return
        if filters.generated_name(entry.path):
            skipped["generated"] += 1
            return
        size = self.mirror.size(entry)
        if size is None:
            return
        if size > filters.MAX_BYTES:
            skipped["too large"] += 1
            return
        if size < filters.least_bytes(named.label.language if named.label else None):
            skipped["too small"] += 1
            return
        data = self.mirror.read(entry)
        if data is None:
            return
        text = filters.clean_text(data)
        if text is None:
            skipped["binary"] += 1
            return
        if document and markup is not None:
            self.documents += 1
            self._take_blocks(entry, text, markup)
        if wanted:
            self._take_file(entry, named, text)

    def _take_file(self, entry: Entry, named: Named, text: str) -> None:
        if named.label is None:
            self.unsure[named.extension] += 1
        label = by_content(named, entry.path, text)
        if label is None:
            if named.extension:
                self.undecided.append((named, entry, text))
            else:
                self.reading.skipped["name tells nothing"] += 1
            return
        if not label.language:
            self.reading.skipped["no use by content"] += 1
            return
        if named.extension:
            self.decided.setdefault(named.extension, Counter())[label.language] += 1
        self._accept(label, entry, text)

    def _accept(self, label: Label, entry: Entry, text: str) -> None:
        skipped = self.reading.skipped
        if label.language in self.task.repository.leave_out:
            skipped[LEFT_OUT] += 1
            return
        if label.language == "text":
            text = plain_text(text, label.kind)
        if self._is_full(label):
            skipped["over the cap"] += 1
        elif len(text) < filters.least_bytes(label.language) or not text.strip():
            skipped["too small"] += 1
        elif filters.generated_text(text, label.language):
            skipped["generated"] += 1
        elif filters.minified(text, label.language):
            skipped["minified"] += 1
        elif not shows(label.language, text):
            skipped[UNSHOWN] += 1
        else:
            self.taken[label] += 1
            self.reading.rows.append(_row(label.language, label.kind, entry.path, text))

    def _take_blocks(self, entry: Entry, text: str, markup: str) -> None:
        for block in fences(text, markup):
            language = taken_as(block)
            if language:
                language = self.relabel.get(language, language)
            if language is None:
                self.reading.unknown[block.label] += 1
            elif not language:
                self.reading.skipped["block without use"] += 1
            elif language in self.task.repository.leave_out:
                self.reading.skipped[LEFT_OUT] += 1
            elif len(_WORD.findall(block.text)) < 3 or filters.minified(block.text, language):
                self.reading.skipped["block too small or minified"] += 1
            elif not shows(language, block.text):
                self.reading.skipped[UNSHOWN] += 1
            else:
                row = _row(language, "fence", f"{entry.path}#L{block.line}", block.text)
                self.blocks.setdefault(language, {}).setdefault(row.digest, row)
        if len(self.passages) < PASSAGES * UNSURE and "text" not in self.task.repository.leave_out:
            for line, passage in passages(text):
                row = _row("text", "prose", f"{entry.path}#L{line}", passage)
                self.passages.setdefault(row.digest, row)


def _row(language: str, kind: str, path: str, text: str) -> Row:
    content = text.encode("utf-8", "surrogatepass")
    tokens = tokens_of(text)
    return Row(
        language,
        kind,
        path,
        content,
        hashlib.sha256(content).hexdigest(),
        text_key(tokens),
        sketch_of(shingles_of(tokens)).astype("<u4").tobytes(),
    )


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
