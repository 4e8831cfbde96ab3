"""The whole study: every variant of the published detector, several seeds each, and what they show.

`run_study` returns one dictionary of plain numbers, which `report` and `figures` turn into the account that
people read; nothing in that account comes from anywhere else, save what was published.
"""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from whichcode import __version__
from whichcode.atomic import write_atomically
from whichcode.corpus.document import SPLITS
from whichcode.evaluation.audit import audit, render
from whichcode.evaluation.report import rounded
from whichcode.study.data import UNITS, StudySet, Unit
from whichcode.study.inputs import measure_inputs
from whichcode.study.published import CORPUS, SOFTMAX_DEMO
from whichcode.study.runs import MAIN_LINEAR, MAIN_RELU, Cell, Record, train_cell

EPOCHS, SEEDS = 30, 3

GRID: tuple[Cell, ...] = tuple(
    Cell(unit, head, weights) for unit in UNITS for weights in ("raw", "damped") for head in ("relu", "linear")
)
"""Every combination of what is counted, how it is weighed and the head."""

ABLATIONS: tuple[Cell, ...] = (
    Cell("character", "relu", "unit"),
    Cell("character", "relu", l2=0.01),
    Cell("character", "relu", pad=True),
)
"""The collapsing model with one thing changed; a few epochs of each are enough."""

ABLATION_EPOCHS = 5

RECOVERY = 2
"""Times the epochs of the grid that the collapsing model gets, since it comes back so late."""

LOGGED_EPOCHS = 2
"""Epochs of which a report keeps every iteration, as the published logs have them."""

SECONDS_PER_WINDOW = 1.5e-5
"""Of training, for one window in one epoch: measured on a desktop machine, for a first idea."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be trained: `epochs` of the grid, with each of `seeds` seeds from `seed` on."""

    epochs: int = EPOCHS
    seed: int = 0
    seeds: int = SEEDS

    @property
    def all_seeds(self) -> range:
        """Return the seeds of the runs."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def tasks(self) -> list[tuple[Cell, int, int]]:
        """Return (cell, seed, epochs) of every run."""
        grid = [
            (cell, seed, self.epochs * (RECOVERY if cell == MAIN_RELU else 1))
            for cell in GRID
            for seed in self.all_seeds
        ]
        few = min(self.epochs, ABLATION_EPOCHS)
        return grid + [(cell, seed, few) for cell in ABLATIONS for seed in self.all_seeds]

    @property
    def total(self) -> int:
        """Return how many epochs are trained in all runs together."""
        return sum(epochs for _, _, epochs in self.tasks)

    def minutes(self, windows: int) -> float:
        """Return about how long it takes with `windows` training windows."""
        return (self.total * windows * SECONDS_PER_WINDOW + 10) / 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a study found.

    Attributes:
        results: plain numbers, as they go into JSON.
        predictions: for each head of the main pair the logits [windows, K] of the validation windows after
            the first epoch, for the first seed.
        labels: int64 [windows].
    """

    results: Mapping[str, Any]
    predictions: Mapping[str, Any]
    labels: Any


def run_study(
    sets: Mapping[Unit, StudySet],
    plan: Plan,
    *,
    corpus: str | None = None,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Outcome:
    """Train every variant and gather what the report tells.

    Args:
        sets: the data of both units.
        plan: how long, with which seeds.
        corpus: the name of the user's corpus; None for the packaged one, which is compared with what was
            published.
        advance: called after each epoch.
    """
    records = []
    for cell, seed, epochs in plan.tasks:
        records.append(train_cell(cell, sets[cell.unit], seed=seed, epochs=epochs, advance=advance))
    first = {record.cell: record for record in records if record.seed == plan.seed}
    pair = {"relu": first[MAIN_RELU], "linear": first[MAIN_LINEAR]}
    labels = sets["character"].parts["validation"].labels
    setup = _setup(sets["character"], plan)
    results = {
        "study": "mysterious-relu",
        "versions": {
            "whichcode": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "corpus": _about(sets, corpus),
        "setup": setup,
        "softmax_demo": softmax_demo(),
        "inputs": [
            measure_inputs(sets[unit], weights, plan.all_seeds)
            for unit in UNITS
            for weights in ("raw", "unit", "damped")
        ],
        "runs": _runs(records, setup["batches"]),
        "histograms": {head: record.histograms for head, record in pair.items()},
        "audit": {head: _audited(record, labels) for head, record in pair.items()},
    }
    # Rounded here, so that the report can be made again from the JSON to the letter.
    return Outcome(rounded(results, 5), {head: record.first for head, record in pair.items()}, labels)


def softmax_demo() -> dict[str, Any]:
    """Return what a float32 and a float64 softmax make of nearly equal logits."""
    shares = {
        name: torch.softmax(torch.tensor(SOFTMAX_DEMO, dtype=dtype), dim=0).tolist()
        for name, dtype in (("float32", torch.float32), ("float64", torch.float64))
    }
    return {
        "logits": [repr(logit) for logit in SOFTMAX_DEMO],
        "shown": {name: [repr(share) for share in values] for name, values in shares.items()},
        "equal": {name: len(set(values)) == 1 for name, values in shares.items()},
    }


def write_json(results: Mapping[str, Any], path: Path) -> None:
    """Write all figures as JSON, one run a line."""
    entries = ",\n".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in results.items())
    write_atomically(path, f"{{\n{entries}\n}}\n")


def write_predictions(outcome: Outcome, folder: Path) -> list[Path]:
    """Write ``relu.npz`` and ``linear.npz`` with logits, labels and the accuracy the script would report."""
    paths = []
    for head, logits in outcome.predictions.items():
        reported = outcome.results["audit"][head]["reported_accuracy"]
        buffer = io.BytesIO()
        np.savez_compressed(buffer, logits=logits, labels=outcome.labels, reported_accuracy=np.float64(reported))
        paths.append(folder / f"{head}.npz")
        write_atomically(paths[-1], buffer.getvalue())
    return paths


def _about(sets: Mapping[Unit, StudySet], corpus: str | None) -> dict[str, Any]:
    characters = sets["character"]
    return {
        "name": corpus or CORPUS,
        "published": corpus is None,
        "languages": list(characters.languages),
        "windows": {split: len(characters.parts[split].labels) for split in SPLITS},
        "vocabulary": {unit: len(sets[unit].vocabulary) for unit in UNITS},
        "first_class_share": float((characters.parts["validation"].labels == 0).mean()),
    }


def _setup(study: StudySet, plan: Plan) -> dict[str, Any]:
    config = MAIN_RELU.config()
    batch = config.training.batch_size
    rows = len(study.parts["train"].labels)
    return {
        "epochs": plan.epochs,
        "collapsing_epochs": plan.epochs * RECOVERY,
        "ablation_epochs": min(plan.epochs, ABLATION_EPOCHS),
        "seeds": list(plan.all_seeds),
        "batch_size": batch,
        "batches": -(-rows // batch),
        "padding": -rows % batch,
        "learning_rate": config.training.learning_rate,
        "width": config.network.width,
        "dropout": config.network.dropout,
    }


def _runs(records: Sequence[Record], batches: int) -> list[dict[str, Any]]:
    runs = []
    for record in records:
        run = record.as_dict(LOGGED_EPOCHS * batches + 5)
        if record.cell not in (MAIN_RELU, MAIN_LINEAR):
            del run["class_logits"]
        runs.append(run)
    return runs


def _audited(record: Record, labels: Any) -> dict[str, Any]:
    # As `tf.nn.in_top_k` would have reported it.
    reported = record.epochs[0]["in_top_k"]
    report = audit(record.first, labels, reported_accuracy=reported)
    return report.as_dict() | {"text": render(report)}


def _lines(value: Any) -> str:
    """Return JSON with one entry of a list of objects a line."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"
    return json.dumps(value)
