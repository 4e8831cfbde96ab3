"""How today's libraries score ties and numbers that are not finite, measured.

    PYTHONPATH=src python benchmarks/ties_in_libraries.py

Each library runs in a process of its own (Keras once for each backend, which it reads at import), so that one
that is missing or fails leaves the others alone. Writes docs/ties-in-libraries.md and
reports/ties-in-libraries.json; ``--record`` instead writes the cases that tests/test_ties.py replays without
TensorFlow.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "ties-in-libraries.md"
REPORT = ROOT / "reports" / "ties-in-libraries.json"
RECORDED = ROOT / "tests" / "data" / "in_top_k_tensorflow.json"

ROWS, CLASSES, SEED = 1_000, 20, 0
PLACES = (1, 5)
SITUATIONS = ("all scores equal", "all NaN", "all +inf", "NaN only at the true class")
BACKENDS = ("tensorflow", "jax", "torch", "numpy")

Array = np.ndarray[Any, Any]
Metric = Callable[[Array, Array, int], float]
"""Takes scores [rows, classes], labels [rows] and k; gives the accuracy."""


def situation(name: str) -> tuple[Array, Array]:
    """Build scores [ROWS, CLASSES] float32 and labels [ROWS]; the labels are the same in every situation."""
    random = np.random.default_rng(SEED)
    labels = random.integers(0, CLASSES, ROWS)
    scores = random.normal(size=(ROWS, CLASSES)).astype(np.float32)
    if name == "NaN only at the true class":
        scores[np.arange(ROWS), labels] = np.nan
    else:
        scores[:] = {"all scores equal": 0.0, "all NaN": np.nan, "all +inf": np.inf}[name]
    return scores, labels


def tensorflow() -> Iterator[tuple[str, Metric]]:
    """Yield the metric of TensorFlow."""
    import tensorflow as tf

    yield "tf.math.in_top_k", lambda s, y, k: float(tf.math.in_top_k(y, s, k).numpy().mean())


def keras() -> Iterator[tuple[str, Metric]]:
    """Yield the metric of Keras on the backend that KERAS_BACKEND names."""
    import keras

    def metric(scores: Array, labels: Array, k: int) -> float:
        accuracy = keras.metrics.SparseTopKCategoricalAccuracy(k=k)
        accuracy.update_state(labels, scores)
        return float(accuracy.result())

    yield f"Keras SparseTopKCategoricalAccuracy ({keras.backend.backend()})", metric


def torchmetrics() -> Iterator[tuple[str, Metric]]:
    """Yield the metric of torchmetrics."""
    import torch
    from torchmetrics.classification import MulticlassAccuracy

    def metric(scores: Array, labels: Array, k: int) -> float:
        accuracy = MulticlassAccuracy(num_classes=CLASSES, top_k=k, average="micro")
        return float(accuracy(torch.from_numpy(scores), torch.from_numpy(labels)))

    yield "torchmetrics MulticlassAccuracy", metric


def torch() -> Iterator[tuple[str, Metric]]:
    """Yield comparisons with what PyTorch ranks highest."""
    import torch

    def top(scores: Array, labels: Array, k: int) -> float:
        chosen = torch.topk(torch.from_numpy(scores), k).indices.numpy()
        return float((chosen == labels[:, None]).any(axis=1).mean())

    def first(scores: Array, labels: Array, k: int) -> float:
        only_top_1(k)
        return float((torch.from_numpy(scores).argmax(dim=1).numpy() == labels).mean())

    yield "torch.topk", top
    yield "torch.argmax", first


def jax() -> Iterator[tuple[str, Metric]]:
    """Yield comparisons with what JAX ranks highest."""
    import jax

    def top(scores: Array, labels: Array, k: int) -> float:
        chosen = np.asarray(jax.lax.top_k(jax.numpy.asarray(scores), k)[1])
        return float((chosen == labels[:, None]).any(axis=1).mean())

    def first(scores: Array, labels: Array, k: int) -> float:
        only_top_1(k)
        return float((np.asarray(jax.numpy.argmax(scores, axis=1)) == labels).mean())

    yield "jax.lax.top_k", top
    yield "jax.numpy.argmax", first


def sklearn() -> Iterator[tuple[str, Metric]]:
    """Yield the metric of scikit-learn."""
    from sklearn.metrics import top_k_accuracy_score

    def metric(scores: Array, labels: Array, k: int) -> float:
        return float(top_k_accuracy_score(labels, scores, k=k, labels=range(CLASSES)))

    yield "scikit-learn top_k_accuracy_score", metric


def numpy() -> Iterator[tuple[str, Metric]]:
    """Yield the comparison with NumPy's argmax."""

    def first(scores: Array, labels: Array, k: int) -> float:
        only_top_1(k)
        return float((scores.argmax(axis=1) == labels).mean())

    yield "numpy.argmax", first


def whichcode() -> Iterator[tuple[str, Metric]]:
    """Yield the four rules of this package, and its copy of TensorFlow's."""
    from whichcode.evaluation import RULES, in_top_k, top_k_accuracy

    yield "whichcode in_top_k", lambda s, y, k: float(in_top_k(s, y, k).mean())
    for rule in RULES:
        yield f"whichcode {rule}", lambda s, y, k, rule=rule: top_k_accuracy(s, y, k, rule)  # type: ignore[misc]


def only_top_1(k: int) -> None:
    """Refuse what argmax cannot tell."""
    if k != 1:
        raise NotImplementedError


PROBES = (tensorflow, keras, torchmetrics, torch, jax, sklearn, numpy, whichcode)
DISTRIBUTIONS = {"sklearn": "scikit-learn", "tensorflow": "tensorflow-cpu"}


def measure(probe: str) -> dict[str, Any]:
    """Run one library in this process: its version and, for each metric, one cell per k and situation.

    A cell is an accuracy, the name of the exception that the library raised, or None where it has no answer.
    """
    try:
        module = importlib.import_module(probe)
    except ImportError:
        return {"missing": True}
    metrics: dict[str, dict[str, dict[str, float | str | None]]] = {}
    for name, metric in globals()[probe]():
        table = metrics[name] = {str(k): {} for k in PLACES}
        for k in PLACES:
            for case in SITUATIONS:
                try:
                    table[str(k)][case] = round(metric(*situation(case), k), 4)
                except NotImplementedError:
                    table[str(k)][case] = None
                except Exception as error:  # whatever a library raises is the result
                    table[str(k)][case] = type(error).__name__
    version = getattr(module, "__version__", None) or importlib.metadata.version(DISTRIBUTIONS.get(probe, probe))
    return {"version": version, "metrics": metrics}


def run_all() -> list[dict[str, Any]]:
    """Measure every library, each in its own process."""
    results = []
    for probe in PROBES:
        for backend in BACKENDS if probe is keras else (None,):
            quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
            environment = {**os.environ, **quiet, **({"KERAS_BACKEND": backend} if backend else {})}
            done = subprocess.run(
                [sys.executable, __file__, "--probe", probe.__name__],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            result = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"failed": True}
            results.append({"library": probe.__name__, "backend": backend, **result})
            print(probe.__name__, backend or "", result.get("version", "not measured"), file=sys.stderr)
    return results


def cell(value: float | str | None) -> str:
    """Write one cell of the table."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.3f}"


def page(results: list[dict[str, Any]]) -> str:
    """Write the Markdown page."""
    present = [result for result in results if "metrics" in result]
    absent = [
        f"{r['library']} {r['backend'] or ''}".strip() + (" (not installed)" if "missing" in r else " (failed)")
        for r in results
        if "metrics" not in r
    ]
    rows = {name: table for result in present for name, table in result["metrics"].items()}
    lines = [
        "# How libraries score ties and numbers that are not finite",
        "",
        "Written by `benchmarks/ties_in_libraries.py`; run it to measure your own versions.",
        "",
        f"{ROWS:,} rows of {CLASSES} classes in four situations, none of which tells anything about the true "
        "class: a fair metric gives chance or nothing. In the last, the other scores are random.",
    ]
    for k in PLACES:
        lines += ["", f"## k = {k} (chance is {k / CLASSES:.2f})", ""]
        lines += ["| metric | " + " | ".join(SITUATIONS) + " |", "| --- |" + " ---: |" * len(SITUATIONS)]
        for name, table in rows.items():
            cells = [cell(table[str(k)][case]) for case in SITUATIONS]
            if any(cells):
                lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "A name such as `ValueError` means that the library refused with that exception.", ""]
    lines += ["## What it says (k = 1)", ""]
    for case in SITUATIONS:
        values = {name: table["1"][case] for name, table in rows.items()}
        full = [name for name, value in values.items() if value == 1.0]
        refused = [name for name, value in values.items() if isinstance(value, str)]
        said = f"every row counts as right by {', '.join(full)}" if full else "no metric counts every row as right"
        if refused:
            said += f"; refused by {', '.join(refused)}"
        lines.append(f"- **{case}**: {said}.")
    lines += [
        "",
        "A figure near chance for equal scores, but not at it, comes from an order of the classes: the same "
        "ones win every tie, and the figure is their share of the labels, which on unbalanced data may be "
        "anything. `whichcode expected` gives chance itself, whatever the labels. A NaN earns nothing under "
        "whichcode's rules, while a ranking that takes it for the highest score rewards a model that breaks "
        "just where the truth is.",
        "",
        "## Versions",
        "",
        f"Python {platform.python_version()}, "
        + ", ".join(dict.fromkeys(f"{r['library']} {r['version']}" for r in present))
        + ". "
        + (f"Not measured: {', '.join(absent)}." if absent else "All libraries were installed."),
    ]
    return "\n".join(lines) + "\n"


def record() -> None:
    """Ask the real tf.math.in_top_k about small tables with every oddity, and keep its answers."""
    import tensorflow as tf

    random = np.random.default_rng(SEED)
    oddities = np.array([np.nan, np.inf, -np.inf], dtype=np.float32)
    cases = []
    for k in (-1, 0, 1, 2, 3, 5, 9):
        scores = random.integers(-1, 3, size=(24, 5)).astype(np.float32)
        spoilt = random.random(scores.shape) < 0.06
        scores[spoilt] = random.choice(oddities, size=int(spoilt.sum()))
        targets = random.integers(-1, 6, size=len(scores))
        answers = tf.math.in_top_k(targets, scores, k).numpy()
        # JSON has no NaN or infinity: those go as text, which float() reads.
        table = [[float(v) if np.isfinite(v) else str(v) for v in row] for row in scores]
        cases.append({"k": k, "scores": table, "targets": targets.tolist(), "in_top_k": answers.tolist()})
    text = ",\n".join(json.dumps(case) for case in cases)
    RECORDED.parent.mkdir(parents=True, exist_ok=True)
    RECORDED.write_text(
        f'{{"tensorflow": {json.dumps(tf.__version__)}, "cases": [\n{text}\n]}}\n', encoding="utf-8"
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="write the recorded cases for the tests and stop")
    parser.add_argument("--probe", choices=[probe.__name__ for probe in PROBES], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.probe:
        warnings.simplefilter("ignore")
        print(json.dumps(measure(options.probe)))
    elif options.record:
        record()
    else:
        results = run_all()
        for file, text in (
            (PAGE, page(results)),
            (REPORT, json.dumps({"rows": ROWS, "classes": CLASSES, "results": results}, indent=1) + "\n"),
        ):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
