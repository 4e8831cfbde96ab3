"""``whichcode explain``: the tokens of a text, and what each adds for the answer."""

from __future__ import annotations

import json
from typing import Any

import click

from whichcode.cli.answers import read, shown
from whichcode.cli.options import detection_options, load
from whichcode.errors import InputError
from whichcode.explanation import Contribution, Explanation
from whichcode.features.extract import display


@click.command("explain")
@click.argument("path", metavar="FILE | -")
@click.option(
    "-n",
    "--top",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Features to show, strongest first.",
)
@click.option("--all", "everything", is_flag=True, help="Show every feature found.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is printed.",
)
@detection_options
def command(
    path: str,
    top: int,
    everything: bool,
    output: str,
    model: str,
    among: list[str] | None,
    prior: dict[str, float] | str | None,
    max_bytes: int,
) -> None:
    """Show the tokens found in FILE with their counts, and what each adds for the answer.

    What a feature adds is in natural-log odds of the answer against the runner-up: +0.69 doubles the odds.
    """
    detector = load(model)
    try:
        data = read(path, max_bytes)
        explanation = detector.explain(data, among=among, prior=prior, max_bytes=max_bytes)
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error
    except InputError as error:
        raise InputError(f"{shown(path)}: {error}") from error
    strongest = sorted(explanation.contributions, key=lambda c: (-abs(c.added), c.feature))
    chosen = strongest if everything else strongest[:top]
    if output == "json":
        click.echo(json.dumps(_as_dict(path, explanation, chosen, detector.model.id), indent=1))
    else:
        click.echo(_as_text(path, explanation, sorted(chosen, key=lambda c: -c.added)))


def _as_text(path: str, explanation: Explanation, chosen: list[Contribution]) -> str:
    (answer, p), (other, q) = explanation.detection.candidates[:2]
    lines = [
        f"{shown(path)}: {answer} {p:.3f}, then {other} {q:.3f}",
        f"ln odds of {answer} against {other}: {explanation.log_odds:+.2f}",
        "",
    ]
    rest = sum(c.added for c in explanation.contributions) - sum(c.added for c in chosen)
    names = [display(c.feature) for c in chosen]
    width = max([len(name) for name in names] + [20])
    lines.append(f"{'feature':<{width}}  count    adds")
    lines += [f"{name:<{width}}  {c.count:>5}  {c.added:+6.2f}" for name, c in zip(names, chosen, strict=True)]
    others = len(explanation.contributions) - len(chosen)
    if others:
        label = f"({others} other features)" if others > 1 else "(1 other feature)"
        lines.append(f"{label:<{width}}         {rest:+6.2f}")
    label = "(before any feature)"
    lines.append(f"{label:<{width}}         {explanation.baseline:+6.2f}")
    return "\n".join(lines)


def _as_dict(path: str, explanation: Explanation, chosen: list[Contribution], model: str) -> dict[str, Any]:
    return {
        "path": path,
        "model": model,
        "language": explanation.language,
        "runner_up": explanation.runner_up,
        "candidates": [[language, round(p, 6)] for language, p in explanation.detection.candidates],
        "log_odds": round(explanation.log_odds, 6),
        "baseline": round(explanation.baseline, 6),
        "features": [
            {"feature": c.feature, "shown": display(c.feature), "count": c.count, "added": round(c.added, 6)}
            for c in chosen
        ],
    }
