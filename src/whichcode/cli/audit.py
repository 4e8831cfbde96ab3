"""``whichcode audit``: can the accuracy of saved predictions, of any classifier, be believed."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("audit")
@click.argument("predictions", metavar="PREDICTIONS.npz", type=click.Path(path_type=Path))
@click.option(
    "--reported-accuracy",
    type=float,
    metavar="X",
    help="The accuracy reported for them, from 0 to 1 with three decimals; overrides the one in the file.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines to read, or one JSON object.",
)
def command(predictions: Path, reported_accuracy: float | None, style: str) -> None:
    """Say whether the accuracy of saved predictions can be trusted.

    PREDICTIONS.npz holds NumPy arrays: `logits`, `probabilities` or `scores` [rows, classes], `labels` or
    `targets` [rows], and optionally the number `reported_accuracy`. The classifier may be of any kind.

    The exit status is 1 if the accuracy cannot be trusted, else 0.
    """
    from whichcode.evaluation.audit import audit, load_predictions, render

    loaded = load_predictions(predictions)
    reported = loaded.reported_accuracy if reported_accuracy is None else reported_accuracy
    report = audit(loaded.scores, loaded.labels, reported_accuracy=reported)
    if style == "json":
        click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        click.echo(render(report))
    if not report.trustworthy:
        raise SystemExit(1)
