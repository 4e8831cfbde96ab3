"""``whichcode fences``: labels of the code blocks in documentation."""

from __future__ import annotations

import difflib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from whichcode.atomic import write_atomically
from whichcode.cli.answers import shown
from whichcode.cli.files import Walk
from whichcode.cli.options import comma_separated, load, model_option
from whichcode.errors import InputError, MissingExtraError, WhichcodeError
from whichcode.fences import MIN_CONFIDENCE, Answer, Block, Labeller, decode, encode, markup_of, write_labels
from whichcode.fences.folders import Folders
from whichcode.fences.labels import STYLES


@click.command("fences")
@click.argument("paths", nargs=-1, required=True, metavar="FILE|DIR...")
@click.option("--fix", is_flag=True, help="Write the labels into the files.")
@click.option("--diff", is_flag=True, help="Print what --fix would change; write nothing.")
@click.option("--verify", is_flag=True, help="Name labelled blocks that are surely in another language.")
@click.option("--check", is_flag=True, help="Exit with 1 if a block without a label is left.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "ndjson"]),
    default="text",
    show_default=True,
    help="How blocks are printed.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=MIN_CONFIDENCE,
    show_default=True,
    help="Blocks are left alone below this probability.",
)
@click.option(
    "--style",
    type=click.Choice(STYLES),
    default="document",
    show_default=True,
    help="Labels: as the document has them, as most documentation has them, or canonical ids.",
)
@click.option("--text", is_flag=True, help="Label prose and output, too: as text.")
@click.option("--no-context", is_flag=True, help="Leave out of account what is labelled around a block.")
@click.option("--among", callback=comma_separated, help="Only these languages are possible: python,c++")
@model_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    fix: bool,
    diff: bool,
    verify: bool,
    check: bool,
    output: str,
    min_confidence: float,
    style: str,
    text: bool,
    no_context: bool,
    among: list[str] | None,
    model: str,
) -> None:
    """List code blocks without a language in Markdown, MDX, reStructuredText and AsciiDoc; or label them.

    Folders are walked. Exit status: 0; 1 if an input failed, --check found a block without a label or --verify a
    doubtful one; 2 if the command line is wrong.
    """
    if fix + diff + verify > 1:
        raise click.UsageError("--fix, --diff and --verify exclude each other")
    if verify and check:
        raise click.UsageError("--verify looks at labelled blocks and --check at others: run one after the other")
    if diff and output != "text":
        raise click.UsageError("--diff prints a diff: it takes no --format")
    detector = load(model)
    try:
        labeller = Labeller(
            detector, min_confidence, tuple(among) if among else None, style, text, use_context=not no_context
        )
    except InputError as error:
        raise click.UsageError(str(error)) from error
    mode = "fix" if fix else "diff" if diff else "verify" if verify else "list"
    run = _Run(labeller, mode, output)
    walk = Walk(paths, recursive=True)
    run.all(walk)
    if walk.skipped.sentence():
        click.echo(f"whichcode: {walk.skipped.sentence()}", err=True)
    click.echo(f"whichcode: {run.summary()}", err=True)
    ctx.exit(1 if run.failed or (verify and run.counts["doubtful"]) or (check and run.left()) else 0)


@dataclass
class _Run:
    labeller: Labeller
    mode: str
    output: str
    counts: Counter[str] = field(default_factory=Counter)
    failed: bool = False
    folders: Folders = field(default_factory=Folders)

    def all(self, walk: Walk) -> None:
        """Treat every document, each once."""
        seen = set()
        for path, error in _documents(walk):
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            try:
                if error is not None:
                    raise InputError(error)
                answers, difference = self._one(path)
            except MissingExtraError:
                # No other document could be read either.
                raise
            except OSError as failure:
                self._fail(path, f"cannot be read: {failure.strerror or failure}")
                continue
            except RecursionError:
                self._fail(path, "is nested too deep")
                continue
            except WhichcodeError as failure:
                self._fail(path, str(failure).removeprefix(f"{real}: "))
                continue
            # Said out here: an output that takes no more is not the document's fault.
            if self.mode == "diff":
                click.echo(difference, nl=False)
                continue
            for answer in answers:
                self._say(path, answer)

    def _one(self, path: str) -> tuple[list[Answer], bytes]:
        """Treat a document; return what there is to say of it, and what it changes as a diff."""
        markup = markup_of(path)
        if not Path(path).exists():
            raise InputError("there is no such file or folder")
        if markup is None:
            raise InputError("is not a document whose code blocks are known: see `whichcode fences --help`")
        if not Path(path).is_file():
            raise InputError("is not a regular file")
        data = Path(path).read_bytes()
        text = decode(data)
        found, context = self.folders.read(path, text, markup)
        self.counts["documents"] += 1
        if self.mode == "verify":
            answers = self.labeller.doubtful(found, context)
            self.counts["doubtful"] += len(answers)
            return answers, b""
        answers = self.labeller.unlabelled(found, context)
        difference = b""
        labels = {answer.block.line: answer.label for answer in answers if answer.label}
        if self.mode in ("fix", "diff") and labels:
            changed = encode(write_labels(text, markup, labels))
            if self.mode == "fix":
                real = os.path.realpath(path)
                write_atomically(real, changed, mode=stat.S_IMODE(Path(real).stat().st_mode))
            else:
                difference = _difference(path, data, changed)
        self.counts.update(answer.reason or "label" for answer in answers)
        return answers, difference

    def _say(self, path: str, answer: Answer) -> None:
        block: Block = answer.block
        if self.output == "ndjson":
            record: dict[str, Any] = {
                "path": path,
                "line": block.line,
                "language": answer.language,
                "confidence": round(answer.confidence, 6),
                "label": answer.label or None,
            }
            if self.mode == "verify":
                record["labelled"] = block.label
            else:
                record |= {
                    "left_alone": answer.reason or None,
                    "written": self.mode == "fix" and not answer.reason,
                }
            click.echo(json.dumps(record))
            return
        said = {
            "": f"{answer.label} {answer.confidence:.3f}",
            "unsure": f"unknown {answer.confidence:.3f} ({answer.language})",
            "text": f"text {answer.confidence:.3f} (left alone)",
        }[answer.reason]
        labelled = f"labelled {shown(block.label)}, but " if self.mode == "verify" else ""
        click.echo(f"{shown(path)}:{block.line}: {labelled}{said}")

    def _fail(self, path: str, message: str) -> None:
        self.failed = True
        click.echo(f"whichcode: {shown(path)}: {message}", err=True)

    def left(self) -> int:
        """Return how many blocks have no label when the command ends."""
        return self.counts["unsure"] + self.counts["text"] + (self.counts["label"] if self.mode != "fix" else 0)

    def summary(self) -> str:
        """Return what was found, in a sentence."""
        counts = self.counts
        if not counts["documents"] and not self.failed:
            # No block in no document would read as if all were well.
            return "no document was found: nothing was looked at (`whichcode fences --help` names the kinds)"
        if self.mode == "verify":
            return f"{_number(counts['doubtful'], 'doubtful label')} in {_number(counts['documents'], 'document')}"
        total = counts["label"] + counts["unsure"] + counts["text"]
        verb = "labelled" if self.mode == "fix" else "can be labelled"
        return (
            f"{_number(total, 'block')} without a label in {_number(counts['documents'], 'document')}: "
            f"{counts['label']} {verb}, "
            f"{counts['unsure']} left alone below {self.labeller.min_confidence:g}, "
            f"{counts['text']} left alone as text (--text labels them)"
        )


def _documents(walk: Walk) -> Iterator[tuple[str, str | None]]:
    """Yield the files that the command line names, and the documents among those below its folders."""
    for found in walk:
        if found.error is not None or found.path in walk.paths or markup_of(found.path) is not None:
            yield found.path, found.error


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _difference(path: str, before: bytes, after: bytes) -> bytes:
    name = os.fsencode(path).lstrip(b"/")
    lines = difflib.diff_bytes(
        difflib.unified_diff, _lines(before), _lines(after), b"a/" + name, b"b/" + name, lineterm=b"\n"
    )
    return b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines)


def _lines(data: bytes) -> list[bytes]:
    # A patch knows line feeds alone.
    return re.findall(rb"[^\n]*\n|[^\n]+", data)
