"""``python -m benchmarks.speed.same``: hold the compiled answers against plain Python's, on the exam's texts.

Nothing is tuned by this: it compares two computations of one model, whatever the right answers are.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.exam.build import INDEX, read_index
from benchmarks.exam.items import read_part
from whichcode.atomic import write_atomically
from whichcode.core import is_compiled
from whichcode.detector import Detector
from whichcode.errors import EvaluationError, WhichcodeError
from whichcode.parallel import parallel_map

CLOSE = 1e-6
"""What probabilities may differ by, since the compiled layers are float32."""


def main() -> int:
    """Compare; return 0 if all answers are the same."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.same", description=__doc__)
    parser.add_argument("--exam", type=Path, required=True, metavar="DIR", help="what benchmarks.exam build wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a JSON file")
    parser.add_argument("--parts", help="these parts only, with commas between them")
    options = parser.parse_args()
    try:
        figures = compare(options.exam, options.parts.split(",") if options.parts else None)
        write_atomically(options.out, json.dumps(figures, indent=1, sort_keys=True) + "\n")
    except WhichcodeError as error:
        print(f"benchmarks.speed.same: {error}", file=sys.stderr)
        return 1
    print(json.dumps(figures, indent=1))
    return 0 if all(part["same"] == part["texts"] for part in figures["parts"].values()) else 1


def compare(exam: Path, parts: list[str] | None) -> dict[str, Any]:
    """Return for each part how many texts get the same answer, and the largest difference of a probability.

    Raises:
        EvaluationError: there is no compiled core to compare.
        CorpusError: a part is missing or not what the index says.
    """
    if not is_compiled():
        raise EvaluationError("there is no compiled core here: install whichcode where there is a C compiler")
    found: dict[str, Any] = {}
    for name, about in read_index(INDEX)["parts"].items():
        path = exam / f"{name}.jsonl"
        if (parts is not None and name not in parts) or (parts is None and not path.exists()):
            continue
        texts = [item.text for item in read_part(path, about["sha256"])]
        differences = list(parallel_map(_difference, None, texts))
        found[name] = {
            "texts": len(texts),
            "same": sum(same for same, _ in differences),
            "largest difference": max((difference for _, difference in differences), default=0.0),
            "close": all(difference <= CLOSE for _, difference in differences),
        }
    return {"model": Detector.load("default").model.id, "parts": found}


_both: list[Detector] = []


def _difference(_: None, text: str) -> tuple[bool, float]:
    """Return whether both give one answer, and by how much their probabilities differ at most."""
    if not _both:
        _both.extend([Detector.load("default"), Detector.load("default")])
        _both[1]._predictor.__dict__["compiled"] = None
    compiled, plain = (detector.detect(text, k=len(detector.languages)) for detector in _both)
    by_name = dict(plain.candidates)
    pairs = [(p, by_name[name]) for name, p in compiled.candidates]
    return compiled.language == plain.language, max((abs(a - b) for a, b in pairs), default=0.0)


if __name__ == "__main__":
    sys.exit(main())
