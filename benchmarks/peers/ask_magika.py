"""Magika, asked for its best guess; see the package's page for the protocol.

The guess is the model's own label (``dl``) wherever the output is a generic one. Magika as it comes answers
"txt" or "unknown" below a score that its model's configuration sets for each label: ``abstains`` tells. Texts of
fewer than 8 bytes, blanks at the ends aside, never reach its model; the score of 1 that it gives them is no
probability and is left out.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import magika
from timing import time_answers

GENERIC = {"txt", "unknown", "empty", "undefined"}


def main() -> None:
    """Answer the lines of standard input, or describe the peer."""
    detector = magika.Magika(prediction_mode=magika.PredictionMode.BEST_GUESS)
    model = detector.get_model_name()
    if sys.argv[1:] == ["--describe"]:
        labels = sorted({str(label) for label in detector.get_output_content_types()})
        description = {"version": f"{version('magika')}-{model}", "labels": labels, "probabilities": True}
        print(json.dumps(description))
        return
    if sys.argv[1:] == ["--time"]:
        time_answers(lambda text: detector.identify_bytes(text.encode()))
        return
    config = json.loads((Path(magika.__file__).parent / "models" / model / "config.min.json").read_text("utf-8"))
    for line in sys.stdin:
        row = json.loads(line)
        prediction = detector.identify_bytes(row["text"].encode()).prediction
        label = str(prediction.output.label)
        guess = str(prediction.dl.label)
        if label in GENERIC and guess not in GENERIC:
            label = guess
        threshold = config["thresholds"].get(guess, config["medium_confidence_threshold"])
        answer = {
            "id": row["id"],
            "label": label,
            "score": None if guess == "undefined" else float(prediction.score),
            "abstains": label in GENERIC or prediction.score < threshold,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
