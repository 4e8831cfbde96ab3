"""``whichcode study``: experiments about the detector itself."""

from __future__ import annotations

from pathlib import Path

import click

from whichcode.errors import MissingExtraError

NAME = "mysterious-relu"


@click.group("study")
def command() -> None:
    """Reproduce what this project began with."""


@command.command("relu")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write the report, its figures and JSON here."
)
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="Labelled texts: a folder with one folder a language, .jsonl, .parquet.  [default: packaged counts]",
)
@click.option("--epochs", type=click.IntRange(min=1), default=30, show_default=True, help="Epochs of each run.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The first seed.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each variant.")
@click.option(
    "--predictions",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write relu.npz and linear.npz here, the two models' predictions after one epoch, to audit.",
)
def relu(
    out: Path | None, corpus: Path | None, epochs: int, seed: int, seeds: int, predictions: Path | None
) -> None:
    """Train the network of the 99 % accuracy, with and without the ReLU, and tell what happened.

    Without --out the summary is printed, in Markdown. Some minutes on two cores.
    """
    from whichcode.progress import progress

    try:
        from whichcode.study.data import read_sets
        from whichcode.study.figures import draw
        from whichcode.study.relu import ABLATIONS, GRID, Plan, run_study, write_json, write_predictions
        from whichcode.study.report import render, summary
        from whichcode.study.storage import packaged_sets
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name), "train") from error

    from whichcode.atomic import check_writable, write_atomically

    if out is not None:
        check_writable(out)
    plan = Plan(epochs=epochs, seed=seed, seeds=seeds)
    sets = packaged_sets() if corpus is None else read_sets(corpus)
    windows = len(sets["character"].parts["train"].labels)
    click.echo(
        f"training {len(GRID)} variants of the published network for {_count(epochs, 'epoch')} and "
        f"{len(ABLATIONS)} more for a few, with {_count(seeds, 'seed')} each, on {windows:,} windows of "
        f"{len(sets['character'].languages)} languages: about {_duration(plan.minutes(windows))}",
        err=True,
    )
    with progress("epochs", plan.total) as advance:
        outcome = run_study(sets, plan, corpus=None if corpus is None else corpus.name, advance=advance)
    if predictions is not None:
        for path in write_predictions(outcome, predictions):
            click.echo(f"wrote {path}; try: whichcode audit {path}", err=True)
    if out is None:
        click.echo(summary(outcome.results))
        return
    write_json(outcome.results, out / f"{NAME}.json")
    figures = draw(outcome.results, out, NAME)
    write_atomically(out / f"{NAME}.md", render(outcome.results, figures))
    click.echo(f"wrote {out / NAME}.md, {NAME}.json beside it and {len(figures)} figures", err=True)


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _duration(minutes: float) -> str:
    return _count(max(round(minutes), 1), "minute") if minutes < 100 else _count(round(minutes / 60), "hour")
