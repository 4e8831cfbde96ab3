"""Building a corpus from git directories: the manifest in, a Parquet file and a report out.

::

    manifest ─► refusals (licence, exams) ─► one shard a repository (many processes, resumable)
             ─► without copies ─► without near copies ─► without exam texts ─► within the caps
             ─► corpus.parquet ─► read again, held against the exams, counted for the report
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from whichcode.atomic import check_writable
from whichcode.corpus.exams import Exams, name_digest, read_exams, read_refused
from whichcode.corpus.git import Mirror, find_mirror
from whichcode.corpus.licences import licence_allows
from whichcode.corpus.manifest import Caps, Manifest, Repository
from whichcode.corpus.near import tokens_of
from whichcode.corpus.select import (
    Candidate,
    in_order,
    thin_languages,
    within_caps,
    without_copies,
    without_near_copies,
)
from whichcode.corpus.shards import Task, drop_damaged, read_repository, shard_path
from whichcode.corpus.written import Written, write_checked
from whichcode.errors import CorpusError
from whichcode.parallel import parallel_map
from whichcode.progress import progress


@dataclass(frozen=True)
class Options:
    """What a build is told beside its manifest.

    Attributes:
        mirrors: the folder of git directories.
        work: where shards are kept, for a build that goes on or is done again.
        exclude_names: files of SHA-256 digests of repositories that must not be in the manifest.
        exclude_texts: corpora whose texts, and the repositories that they were taken from, must not be in it.
        skip_refused: leave such repositories out instead of refusing the manifest.
        skip_missing: leave out repositories that have no git directory or lack the commit.
        any_licence: take repositories whatever their licence.
        workers: processes; None is one a core.
    """

    mirrors: Path
    work: Path
    exclude_names: tuple[Path, ...] = ()
    exclude_texts: tuple[Path, ...] = ()
    skip_refused: bool = False
    skip_missing: bool = False
    any_licence: bool = False
    workers: int | None = None


@dataclass
class Built:
    """What came of a build; `buildreport.py` writes it down."""

    tasks: list[Task] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    selected: Counter[str] = field(default_factory=Counter)
    written: Written = field(default_factory=Written)


def build_corpus(manifest: Manifest, out: Path, options: Options, log: Callable[[str], None]) -> Built:
    """Build the corpus of `manifest` and write it to `out`.

    Raises:
        CorpusError: a repository is refused or missing and not to be skipped, or nothing is left.
    """
    check_writable(out.parent)
    check_writable(options.work / "shards")
    built = Built()
    exams = read_exams(options.exclude_texts)
    refused = read_refused(options.exclude_names)
    repositories = _allowed(manifest, refused, exams, options, built)
    tasks = _located(repositories, manifest.caps, options, built)
    if not tasks:
        why = ", ".join(f"{reason}: {len(names)}" for reason, names in built.left_out.items() if names)
        raise CorpusError(f"nothing is left to read: every repository was left out ({why})")
    log(
        f"{len(tasks)} repositories to read, {sum(task.summary.exists() for task in tasks)} of them read before, "
        f"with {options.workers or os.cpu_count()} processes; shards are kept in {options.work}"
    )
    _read(tasks, manifest.caps, options, built)
    tasks, thin = _raised(tasks, manifest.caps, options)
    again = [task for task in tasks if task.raised and not task.summary.exists()]
    if again:
        log(f"{len(again)} repositories have more of languages that are rare in all: reading them again")
        _read(again, manifest.caps, options, built)
    built.tasks = tasks
    candidates = _candidates(tasks, built)
    log(f"{len(candidates)} texts read; leaving out copies, exam texts and what is over the caps")
    candidates = without_copies(in_order(candidates), built.selected)
    candidates = without_near_copies(candidates, built.selected)
    candidates = _without_exam_texts(candidates, tasks, exams, options, built)
    candidates = within_caps(candidates, manifest.caps, thin, built.selected)
    if not candidates:
        raise CorpusError("nothing is left to write: no repository has a file that can be labelled and used")
    log(f"writing {len(candidates)} texts to {out}")
    built.written = write_checked(out, candidates, tasks, exams, options.workers)
    return built


def _allowed(
    manifest: Manifest, refused: frozenset[str], exams: Exams, options: Options, built: Built
) -> list[Repository]:
    """Return the repositories that may be read."""
    forbidden = [
        one.repository
        for one in manifest.repositories
        if name_digest(one.repository) in refused or one.repository.lower() in exams.repositories
    ]
    if forbidden and not options.skip_refused:
        raise CorpusError(
            f"{', '.join(forbidden)}: refused, since an exam's texts are from there; take "
            f"{'it' if len(forbidden) == 1 else 'them'} out of the manifest or give --skip-refused"
        )
    licences = [
        one.repository
        for one in manifest.repositories
        if not options.any_licence and not licence_allows(one.licence) and one.repository not in forbidden
    ]
    built.left_out["refused"] = forbidden
    built.left_out["licence"] = licences
    out = {*forbidden, *licences}
    return [one for one in manifest.repositories if one.repository not in out]


def _located(repositories: Sequence[Repository], caps: Caps, options: Options, built: Built) -> list[Task]:
    """Return a task for each repository that has a git directory with its commit."""
    tasks, missing = [], []
    for one in repositories:
        mirror = find_mirror(options.mirrors, one.repository)
        if mirror is None:
            missing.append((one.repository, f"{one.repository}: there is no git directory in {options.mirrors}"))
            continue
        try:
            commit = Mirror.open(mirror).resolve(one.commit)
        except CorpusError as error:
            missing.append((one.repository, f"{one.repository}: {error}"))
            continue
        tasks.append(Task(one, mirror, commit, (), shard_path(options.work, one, commit, (), caps)))
    if missing and not options.skip_missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise CorpusError(
            f"{missing[0][1]}{more}; `whichcode corpus clone` gets repositories, --skip-missing leaves them out"
        )
    built.left_out["missing"] = [name for name, _ in missing]
    return tasks


def _read(tasks: Sequence[Task], caps: Caps, options: Options, built: Built) -> None:
    """Read the repositories whose shards are not there yet, the largest first."""
    for task in tasks:
        drop_damaged(task)
    todo = sorted((task for task in tasks if not task.summary.exists()), key=lambda task: -_weight(task.mirror))
    with progress("reading", len(todo)) as advance:
        for wrong in parallel_map(read_repository, caps, todo, options.workers, few=1, chunk=1):
            advance(1)
            if wrong is not None:
                raise CorpusError(wrong)


def _weight(mirror: Path) -> int:
    return sum(pack.stat().st_size for pack in (mirror / "objects" / "pack").glob("*.pack"))


def _raised(tasks: Sequence[Task], caps: Caps, options: Options) -> tuple[list[Task], frozenset[str]]:
    """Return the tasks with the higher cap for languages that are rare, where there is more of them; and these."""
    files: Counter[str] = Counter()
    summaries = [json.loads(task.summary.read_bytes()) for task in tasks]
    for summary in summaries:
        files.update(summary["files"])
    thin = thin_languages(files, caps)
    result = []
    for task, summary in zip(tasks, summaries, strict=True):
        raised = tuple(sorted(thin & set(summary["full"])))
        if raised and task.repository.cap is None:
            shard = shard_path(options.work, task.repository, task.commit, raised, caps)
            task = Task(task.repository, task.mirror, task.commit, raised, shard)  # noqa: PLW2901
        result.append(task)
    return result, thin


def _candidates(tasks: Sequence[Task], built: Built) -> list[Candidate]:
    import pyarrow.parquet as pq

    candidates = []
    for task in tasks:
        summary = json.loads(task.summary.read_bytes())
        built.skipped.update(summary["skipped"])
        built.unknown.update(summary["unknown"])
        one = task.repository
        wanted = ["language", "kind", "digest", "key", "sketch"]
        columns = [column.to_pylist() for column in pq.read_table(task.rows, columns=wanted).columns]
        for row, (language, kind, digest, key, sketch) in enumerate(zip(*columns, strict=True)):
            cap = one.fences if kind == "fence" else one.cap
            candidates.append(
                Candidate(one.repository, row, language, kind, digest, key, sketch, cap, one.files_per_author)
            )
    return candidates


def _without_exam_texts(
    candidates: list[Candidate], tasks: Sequence[Task], exams: Exams, options: Options, built: Built
) -> list[Candidate]:
    """Return the candidates that are like no exam text."""
    if not exams.texts:
        return candidates
    rows: dict[str, list[int]] = {}
    for candidate in candidates:
        rows.setdefault(candidate.repository, []).append(candidate.row)
    work = [(task.rows, sorted(rows[name])) for task in tasks if (name := task.repository.repository) in rows]
    like: set[tuple[str, int]] = set()
    names = {task.rows: task.repository.repository for task in tasks}
    with progress("exam texts", len(work)) as advance:
        found = parallel_map(_like_exams, exams, work, options.workers, few=1, chunk=1)
        for (path, _), reasons in zip(work, found, strict=True):
            advance(1)
            for row, reason in reasons:
                built.selected[f"{reason} {'to' if reason != 'contained' else 'in'} an exam text"] += 1
                like.add((names[path], row))
    return [candidate for candidate in candidates if (candidate.repository, candidate.row) not in like]


def _like_exams(exams: Exams, work: tuple[Path, list[int]]) -> list[tuple[int, str]]:
    """Return the rows of a Parquet file that are like an exam text, and why."""
    import pyarrow.parquet as pq

    path, rows = work
    contents = pq.read_table(path, columns=["content"]).column("content")
    reasons = (
        (row, exams.like(tokens_of(contents[row].as_py().decode("utf-8", "surrogatepass")))) for row in rows
    )
    return [(row, reason) for row, reason in reasons if reason is not None]
