"""The parts of the exam, each from a public source; a source's labels become ids of the registry."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from random import Random

from benchmarks.exam.items import Item
from benchmarks.exam.labels import registry_id
from benchmarks.exam.sampling import DRAWS, LENGTHS, SEED, draw_raw_windows
from benchmarks.exam.trees import read_tree
from whichcode.corpus.readers import read_corpus
from whichcode.errors import BinaryInputError, CorpusError
from whichcode.text.decode import decode
from whichcode.text.snippets import split_lines

MIN_FILES = 10
"""Files that a language of the smola part needs: recall over fewer says little."""

FUNCTIONS = 200
"""Functions of each language in the mxeval part, drawn from about a thousand."""

_NAMES_THE_LANGUAGE = re.compile(r"you are an expert", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Items of one part, and how many of the source's files were left out, by reason."""

    name: str
    items: list[Item]
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Text:
    label: str
    path: str
    text: str


def smola(path: Path, *, seed: int = SEED, draws: int = DRAWS) -> list[Part]:
    """Return windows of each of `LENGTHS`, and whole files, of the languages with `MIN_FILES` files or more.

    `path` is a Parquet or JSONL file with the columns language, path and content.

    Raises:
        CorpusError: it cannot be read.
    """
    corpus = read_corpus(path)
    left_out: Counter[str] = Counter(corpus.skipped)
    texts, ids = _identified(
        (_Text(document.language, document.path, document.text) for document in corpus.documents),
        "smola",
        left_out,
    )
    files = Counter(ids)
    kept = [(text, name) for text, name in zip(texts, ids, strict=True) if files[name] >= MIN_FILES]
    left_out["of a language with too few files"] = len(texts) - len(kept)
    kept.sort(key=lambda pair: (pair[1], pair[0].path))
    parts = []
    for lines in LENGTHS:
        part = Part(f"smola-{lines}", [], Counter(left_out))
        for number, (text, name) in enumerate(kept):
            windows = draw_raw_windows(text.text, lines, draws=draws, seed=seed)
            if not windows:
                short = len(split_lines(text.text)) < lines
                part.left_out["shorter than the window" if short else "without enough words"] += 1
            part.items.extend(
                Item(f"{part.name}/{number:05}-{draw:02}", part.name, name, lines, text.path, draw, window)
                for draw, window in enumerate(windows)
            )
        parts.append(part)
    parts.append(Part("smola-file", list(_whole("smola-file", kept)), left_out))
    return parts


def highlightjs(source: Path) -> Part:
    """Return highlight.js's samples for detection, one short text for each of its grammars."""
    files = read_tree(source, "test/detect")
    return _samples(
        "highlightjs",
        "highlightjs",
        ((PurePosixPath(path).parts[2], path, content) for path, content in files.items() if path.count("/") == 3),
    )


def rouge(source: Path) -> Part:
    """Return Rouge's demonstrations, one short text for each of its lexers."""
    files = read_tree(source, "lib/rouge/demos")
    named = ((PurePosixPath(path).name, path, content) for path, content in files.items())
    return _samples("rouge", "rouge", named)


def hello_world(source: Path) -> Part:
    """Return leachim6/hello-world's programs, which say hello in a language that their file's name tells."""
    files = read_tree(source)
    return _samples(
        "hello-world",
        "hello-world",
        (
            (PurePosixPath(path).stem, path, content)
            for path, content in files.items()
            if path.count("/") == 1 and not path.startswith(".")
        ),
    )


def mxeval(source: Path, *, seed: int = SEED) -> Part:
    """Return functions that solve mxeval's MBXP tasks, `FUNCTIONS` of each language.

    A function is a task's prompt and its canonical solution; the languages without solutions get the published
    completions of a model. The line of a prompt that names the language is left out.

    Raises:
        CorpusError: a file is not as expected.
    """
    files = read_tree(source, "data/mbxp")
    completions = {
        row["task_id"]: row["completion"]
        for path, content in files.items()
        if path.endswith("_samples.jsonl")
        for row in _json_rows(path, content, ("task_id", "completion"))
    }
    by_label: dict[str, list[_Text]] = {}
    for path, content in files.items():
        if not re.fullmatch(r"data/mbxp/mb\w+_release_v[\d.]+\.jsonl", path):
            continue
        for row in _json_rows(path, content, ("task_id", "prompt", "language")):
            body = row.get("canonical_solution") or completions.get(row["task_id"])
            if body:
                lines = split_lines(row["prompt"] + body)
                text = "\n".join(line for line in lines if not _NAMES_THE_LANGUAGE.search(line)) + "\n"
                by_label.setdefault(row["language"], []).append(_Text(row["language"], row["task_id"], text))
    if not by_label:
        raise CorpusError(f"{source}: no tasks below data/mbxp; give a clone of amazon-science/mxeval")
    drawn = []
    for label, texts in sorted(by_label.items()):
        drawn += Random(f"{seed}:{label}").sample(texts, min(FUNCTIONS, len(texts)))
    left_out: Counter[str] = Counter()
    texts, ids = _identified(drawn, "mxeval", left_out)
    pairs = sorted(zip(texts, ids, strict=True), key=lambda pair: (pair[1], pair[0].path))
    return Part("mxeval", list(_whole("mxeval", pairs)), left_out)


def _samples(part: str, table: str, files: Iterable[tuple[str, str, bytes]]) -> Part:
    left_out: Counter[str] = Counter()
    texts = []
    for label, path, content in files:
        try:
            text = decode(content)
        except BinaryInputError:
            left_out["binary"] += 1
            continue
        if text.strip():
            texts.append(_Text(label, path, text))
        else:
            left_out["empty"] += 1
    known, ids = _identified(texts, table, left_out)
    pairs = sorted(zip(known, ids, strict=True), key=lambda pair: (pair[1], pair[0].path))
    return Part(part, list(_whole(part, pairs)), left_out)


def _identified(texts: Iterable[_Text], table: str, left_out: Counter[str]) -> tuple[list[_Text], list[str]]:
    """Return the texts whose label is a language of the registry, and its id for each; count the others."""
    known, ids = [], []
    for text in texts:
        found = registry_id(text.label, table)
        if found is None:
            left_out["of a language that is not in the registry"] += 1
        else:
            known.append(text)
            ids.append(found)
    return known, ids


def _whole(part: str, pairs: Iterable[tuple[_Text, str]]) -> Iterator[Item]:
    for number, (text, name) in enumerate(pairs):
        lines = len(split_lines(text.text))
        yield Item(f"{part}/{number:05}-00", part, name, lines, text.path, 0, text.text)


def _json_rows(path: str, content: bytes, keys: Iterable[str]) -> Iterator[dict[str, str]]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            row = json.loads(line)
            if not all(isinstance(row[key], str) for key in keys):
                raise TypeError
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path}: line {number} is no object with texts {', '.join(keys)}") from error
        yield row
