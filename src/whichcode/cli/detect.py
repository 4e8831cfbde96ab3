"""``whichcode detect``: the language of files, of standard input, or of records."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click

from whichcode.cli.answers import UNKNOWN, Row, answer, error_line, line, shown, stdin
from whichcode.cli.files import Walk
from whichcode.cli.options import detection_options, load
from whichcode.detector import DEFAULT_CANDIDATES, Detector
from whichcode.errors import InputError, WhichcodeError


@click.command("detect")
@click.argument("paths", nargs=-1, metavar="[FILE | DIR | -]...")
@click.option("-r", "--recursive", is_flag=True, help="Answer for the files below folders.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "ndjson", "csv"]),
    default="text",
    show_default=True,
    help="How results are printed.",
)
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read {"id": ..., "text": ...} lines on standard input, write one answer a line in the same order.',
)
@click.option("-k", type=click.IntRange(min=1), help="Candidates to name.  [default: 1 in text and csv, else 5]")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Answer 'unknown' below this probability.",
)
@detection_options
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    recursive: bool,
    output: str,
    jsonl: bool,
    k: int | None,
    min_confidence: float,
    model: str,
    among: list[str] | None,
    prior: dict[str, float] | str | None,
    max_bytes: int,
) -> None:
    """Tell the language of files, of standard input (-), or of records (--jsonl).

    Exit status: 0; 1 if an input failed; 2 if the command line is wrong.
    """
    if jsonl and (paths or output != "text" or recursive):
        raise click.UsageError("--jsonl reads records from standard input: it takes no paths, -r or --format")
    if not jsonl and not paths:
        raise click.UsageError("name a file or a folder, or - for standard input")
    if paths.count("-") > 1:
        raise click.UsageError("standard input (-) can be read once only")
    detector = load(model)
    options: dict[str, Any] = {
        "among": among,
        "prior": prior,
        "min_confidence": min_confidence,
        "max_bytes": max_bytes,
    }
    # Asked once for nothing, so that a wrong language is told before any input is read.
    try:
        detector.detect("", **options)
    except InputError as error:
        raise click.UsageError(str(error)) from error
    if jsonl:
        ctx.exit(_records(detector, options | {"k": k or DEFAULT_CANDIDATES}))
    k = k or (1 if output in ("text", "csv") else DEFAULT_CANDIDATES)
    walk = Walk(paths, recursive)
    failed = found = False

    def rows() -> Iterator[Row]:
        nonlocal failed, found
        for row in _rows(detector, walk, options | {"k": k}):
            found = True
            if row.error is not None:
                failed = True
                click.echo(error_line(row), err=True)
            yield row

    _print(rows(), output, detector, k)
    if walk.skipped.sentence():
        click.echo(f"whichcode: {walk.skipped.sentence()}", err=True)
    if not found:
        click.echo("whichcode: there is no file to answer for", err=True)
    ctx.exit(1 if failed else 0)


def _rows(detector: Detector, walk: Walk, options: dict[str, Any]) -> Iterator[Row]:
    for found in walk:
        if found.error is not None:
            yield Row(found.path, None, found.error)
            continue
        yield answer(detector, found.path, **options)


def _print(rows: Iterable[Row], output: str, detector: Detector, k: int) -> None:
    model = {"id": detector.model.id, "version": detector.model.version}
    if output == "json":
        click.echo(json.dumps({"model": model, "files": [_record(row) for row in rows]}, indent=1))
    elif output == "ndjson":
        for row in rows:
            click.echo(json.dumps(_record(row) | {"model": model}))
    elif output == "csv":
        columns = ["path", "language", "confidence", *(["candidates"] if k > 1 else []), "error"]
        click.echo(_csv_line(columns), nl=False)
        for row in rows:
            record = _record(row)
            record["path"] = shown(row.path)
            if row.detection is not None:
                record["candidates"] = " ".join(
                    f"{language.replace(' ', '-')}={p:.6f}" for language, p in row.detection.candidates
                )
                record["language"] = row.detection.language or UNKNOWN
            click.echo(_csv_line([record.get(column, "") for column in columns]), nl=False)
    else:
        for row in rows:
            if row.detection is not None:
                click.echo(line(row))


def _record(row: Row) -> dict[str, Any]:
    if row.detection is None:
        return {"path": row.path, "error": row.error}
    return {"path": row.path} | row.detection.to_dict()


def _csv_line(values: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def _records(detector: Detector, options: dict[str, Any]) -> int:
    """Answer the records on standard input; return the exit status."""
    failed = False
    out = sys.stdout
    if out is None:
        raise InputError("standard output is closed")
    for number, record_line in enumerate(stdin(), start=1):
        identity = None
        try:
            record = _parse(record_line)
            identity = record.get("id")
            result = {"id": identity} | detector.detect(_text_of(record), **options).to_dict()
        except (WhichcodeError, ValueError, RecursionError) as error:
            failed = True
            result = {"id": identity, "line": number, "error": str(error)}
        try:
            answer = json.dumps(result, allow_nan=False)
        except ValueError:
            failed = True
            answer = json.dumps({"id": None, "line": number, "error": "the id holds a number that JSON has not"})
        out.write(answer + "\n")
        # A program at the other end may wait for this answer before it asks again.
        out.flush()
    return 1 if failed else 0


def _parse(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_constant=_refuse_constant)
    except ValueError as error:
        raise InputError(f"the line is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise InputError('the line must be an object {"id": ..., "text": ...}')
    return record


def _text_of(record: dict[str, Any]) -> str:
    text = record.get("text")
    if not isinstance(text, str):
        raise InputError("the record has no 'text' that is a string")
    return text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
