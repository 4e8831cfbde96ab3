"""``whichcode label``: the language of every row of a table."""

from __future__ import annotations

import os
from pathlib import Path

import click

from whichcode.cli.options import detection_options, ending, load
from whichcode.errors import InputError


@click.command("label")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    callback=ending(".parquet"),
    help="The Parquet file to write: the rows as they are, with new columns.",
)
@click.option(
    "--column", default="content", show_default=True, help="That holds the texts (not asked for a folder)."
)
@click.option("-k", type=click.IntRange(min=0), default=0, help="Candidates to name in a column of their own.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="No language below this probability.",
)
@click.option("--prefix", default="", help="Before the names of the new columns.")
@click.option("--without-text", is_flag=True, help="Leave the column of texts out of what is written.")
@click.option("--threads", type=click.IntRange(min=1), help="That look at texts together.  [default: one a core]")
@click.option(
    "--batch-rows",
    type=click.IntRange(min=1, max=(1 << 31) - 1),
    default=1024,
    show_default=True,
    help="Rows read at once.",
)
@click.option("--resume", is_flag=True, help="Go on after an interruption.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@detection_options
def command(
    table: Path,
    out: Path,
    column: str,
    k: int,
    min_confidence: float,
    prefix: str,
    without_text: bool,
    threads: int | None,
    batch_rows: int,
    resume: bool,
    force: bool,
    model: str,
    among: list[str] | None,
    prior: dict[str, float] | str | None,
    max_bytes: int,
) -> None:
    """Tell the language of every row of TABLE: a Parquet file, JSON lines, or a folder of files.

    Adds the columns language, confidence, candidates (with -k) and error. Rows that hold no text are kept, and say
    why. Of JSON lines the line itself is kept, of a folder each file's path.
    """
    from whichcode.progress import progress
    from whichcode.tables.columns import Labelling
    from whichcode.tables.label import label_table, parts_of
    from whichcode.tables.sources import open_source

    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: there is no such folder")
    if out.exists():
        if table.exists() and out.samefile(table):
            raise click.UsageError("--out is the table itself; name another file")
        if not force:
            whole = " and whole: there is nothing to go on with" if resume and not parts_of(out).exists() else ""
            raise InputError(f"{out}: is there already{whole}; name another file or write over it (--force)")
    detector = load(model)
    labelling = Labelling(
        among=among,
        prior=prior,
        min_confidence=min_confidence,
        k=k,
        threads=threads or os.cpu_count() or 1,
        prefix=prefix,
        max_bytes=max_bytes,
    )
    try:
        detector.detect("", **labelling.options())
    except InputError as error:
        raise click.UsageError(str(error)) from error
    source = open_source(
        table,
        column,
        batch_rows,
        keep_text=not without_text,
        leave=(out, parts_of(out)),
        max_bytes=max_bytes,
    )
    rows = "its rows" if source.rows is None else f"{source.rows:,} rows"
    again = ", going on after an interruption" if resume and parts_of(out).exists() else ""
    click.echo(f"{table}: labelling {rows} in {labelling.threads} threads{again}", err=True)
    try:
        with progress("rows", source.rows) as advance:
            done = label_table(source, out, detector, labelling, resume=resume, advance=advance)
    except KeyboardInterrupt:
        click.echo(f"whichcode: interrupted; the same command with --resume goes on ({parts_of(out)})", err=True)
        raise click.exceptions.Exit(1) from None
    click.echo(
        f"{out}: {done.rows:,} rows, {done.answered:,} with a language, "
        f"{done.rows - done.answered - done.errors:,} without, {done.errors:,} that hold no text",
        err=True,
    )
