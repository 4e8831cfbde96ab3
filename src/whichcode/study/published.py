"""What was published in 2018, as facts to compare with: Stack Overflow question 48993004 and its answer.

The model of these logs had 7 languages; the first two are of the question, the third of the answer.
"""

from __future__ import annotations

SOURCE = "https://stackoverflow.com/questions/48993004"

CORPUS = "code-inspector-seed-7"
"""What the packaged data was drawn from: the corpus of the script behind the post, at commit 9ef86db."""

RELU: dict[int, tuple[float, float]] = {
    5: (2.580, 0.34277),
    10: (2.029, 0.69434),
    15: (2.054, 0.92383),
    20: (1.934, 0.98926),
    25: (1.942, 0.99609),
    30: (1.943, 0.99414),
    35: (1.947, 0.99512),
    40: (1.946, 0.99707),
    45: (1.946, 0.99609),
    50: (1.944, 0.99902),
    55: (1.946, 0.99902),
}
"""Iteration: loss and reported accuracy (`in_top_k`) with ReLU on the logits."""

LINEAR: dict[int, tuple[float, float]] = {
    5: (5.236, 0.16602),
    10: (4.068, 0.18750),
    15: (3.110, 0.37402),
    20: (5.149, 0.14844),
    25: (2.880, 0.18262),
    30: (3.136, 0.25781),
    35: (2.916, 0.22852),
    40: (2.156, 0.39062),
    45: (1.777, 0.45312),
    50: (2.726, 0.33105),
}
"""Iteration: loss and reported accuracy with linear logits."""

VALIDATION: dict[str, tuple[float, float]] = {"relu": (0.99121, 0.99414), "linear": (0.28711, 0.29362)}
"""Head: reported accuracy on the validation files after the first and the second epoch."""

BOTH: dict[int, tuple[float, float, float]] = {
    2: (3.992, 0.13086, 0.13086),
    4: (3.590, 0.13086, 0.12207),
    6: (2.871, 0.21777, 0.13672),
    8: (2.466, 0.37695, 0.16211),
    10: (2.099, 0.62305, 0.10742),
    12: (2.066, 0.79980, 0.17090),
    14: (2.016, 0.84277, 0.17285),
    16: (1.954, 0.91309, 0.13574),
    18: (1.956, 0.95508, 0.06445),
    20: (1.923, 0.97754, 0.11328),
}
"""Iteration: loss, `in_top_k` and argmax accuracy of another run with ReLU on the logits."""

SOFTMAX_DEMO = (0.0, 1e-8, 1e-8, 1e-9)
"""Logits that the answer puts through a float32 softmax."""
