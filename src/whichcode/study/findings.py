"""The argument of the study: its claims with their verdicts, the third culprit, and what to do instead."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from whichcode.evaluation.report import table
from whichcode.study.results import (
    UNIT_NAMES,
    Results,
    at_end_of_first_epoch,
    at_epoch,
    at_iteration,
    collapsed,
    of_cell,
    percents,
    spread,
)

COLLAPSED_TOP_K = 0.95
"""A reported accuracy from which the mystery is there ..."""

ABOVE_CHANCE = 0.06
"""... beside an argmax accuracy of no more than chance and this ..."""

NEAR_UNIFORM_LOSS = 0.05
"""... and a loss this near to that of a uniform guess."""


def claims_table(results: Results) -> str:
    """Return the claims of the post, each with what was measured after the first epoch and a verdict."""
    k = len(results["corpus"]["languages"])
    relu, linear = of_cell(results, "character", "relu"), of_cell(results, "character", "linear")
    ceiling = 1 / k + ABOVE_CHANCE

    def row(claim: str, values: Sequence[float], holds: Callable[[float], bool]) -> list[str]:
        right = sum(map(holds, values))
        verdict = "yes" if right == len(values) else "no" if not right else f"for {right} of {len(values)} seeds"
        return [claim, spread(values), verdict]

    rows = [
        row(
            f"ReLU: `in_top_k` is {COLLAPSED_TOP_K} or more",
            at_epoch(relu, 1, "in_top_k"),
            lambda v: v >= COLLAPSED_TOP_K,
        ),
        row(
            f"ReLU: the argmax accuracy is {ceiling:.2f} or less",
            at_epoch(relu, 1, "argmax"),
            lambda v: v <= ceiling,
        ),
        row(
            f"ReLU: the loss of the last batches is within {NEAR_UNIFORM_LOSS} of ln {k} = {math.log(k):.3f}",
            at_end_of_first_epoch(results, relu, "loss"),
            lambda v: abs(v - math.log(k)) <= NEAR_UNIFORM_LOSS,
        ),
        row(
            "ReLU: nearly all predictions are uniform",
            at_epoch(relu, 1, "uniform"),
            lambda v: v >= COLLAPSED_TOP_K,
        ),
        row("linear: no prediction is uniform", at_epoch(linear, 1, "uniform"), lambda v: v == 0),
        row(
            "linear: the two accuracies differ by nothing",
            [
                abs(a - b)
                for a, b in zip(at_epoch(linear, 1, "in_top_k"), at_epoch(linear, 1, "argmax"), strict=True)
            ],
            lambda v: v == 0,
        ),
        row("linear: better than chance", at_epoch(linear, 1, "expected"), lambda v: v > ceiling),
    ]
    claims = table(["claim, after the first epoch, on validation snippets", "measured", "holds"], rows)
    return f"""{claims}

The loss is that of the training log, as the post shows it. The mean loss of the validation snippets after the
epoch is {spread(at_epoch(relu, 1, "loss"))}: a few of them still get unequal scores, large ones, and what a
confident mistake costs has no upper bound."""


def explanation(results: Results, picture: str) -> str:
    """Return the section on why the logits die: large counts under a ReLU."""
    k = len(results["corpus"]["languages"])
    by_kind = {(entry["unit"], entry["weights"]): entry for entry in results["inputs"]}
    raw, small = by_kind["character", "raw"], by_kind["character", "unit"]
    rate = results["setup"]["learning_rate"]
    return f"""## The third culprit: characters

A ReLU on the logits does not by itself make a model answer nothing. The post's explanation ends with the
metric; what killed the logits it does not ask. The history of the script tells: until 24 February 2018 the
snippet was handed to the encoder as it was, one long string, and what a program sees when it goes through a
string is characters. **The bag of tokens was a bag of characters.** There are few of those and each is
everywhere, so their counts are large:

{_inputs_table(results)}

*Length* is the Euclidean length of a snippet's input, *alike* the cosine between a snippet's input and the
mean input, *first logit* the largest absolute logit of a snippet before any training; all are medians over
training snippets.

1. **Large inputs make large logits.** Glorot's initial weights are drawn for inputs of about 1, and the fewer
   inputs a layer has, the larger they are: up to {raw["glorot_limit"]:.2f} for {raw["vocabulary"]:,}
   characters, {by_kind["token", "raw"]["glorot_limit"]:.2f} for {by_kind["token", "raw"]["vocabulary"]:,}
   tokens. An untrained network that reads characters begins with logits around {raw["initial_logit"][0]:.0f}
   and a loss of {spread(raw["initial_loss"], 1)}, where a uniform guess would cost {math.log(k):.2f}: it is
   sure, and wrong.
2. **The loss pushes them down.** The gradient of the loss by a logit is p - 1 for the right class and p for
   another. A class that is favoured in most snippets is wrong in most of them, so its logit must fall.
3. **They fall together, and far.** Adam moves each weight by about the learning rate, however small the
   gradient. A snippet with {raw["total"]:.0f} characters moves a hidden unit by up to {rate} x
   {raw["total"]:.0f} = {rate * raw["total"]:.2f} in one step (divided by its length, by
   {rate * small["total"]:.3f}), and the weights of the last layer move too. Since all snippets are made of
   spaces and the same letters, they point the same way (cosine {raw["alikeness"]:.2f}), and what lowers a
   class for one lowers it for all.
4. **Under zero there is no way back.** For a linear head too low is an error as too high is, and the gradient
   of the right class lifts it again. Through a ReLU a negative logit has the value 0 and the gradient 0, so
   it stays where it fell, or goes on falling with the weights that it shares with snippets still alive. It is
   a ratchet. When all logits have left, the scores are all 0, the softmax is uniform, the loss is exactly ln
   {k}, and every gradient is 0.

{picture}

The share of logits that are not positive before the activation, in the training batch:

{_dead_table(results)}

The test is in the last row: the *same* characters, each snippet's counts divided by their Euclidean length,
so that little changes but the size. With that,
{percents(at_epoch(of_cell(results, "character", "relu", "unit"), 1, "uniform"))} of the predictions are
uniform after one epoch, against {percents(at_epoch(of_cell(results, "character", "relu"), 1, "uniform"))}
with raw counts. {_conclusion(results)}"""


def _conclusion(results: Results) -> str:
    raw, small = (of_cell(results, "character", "relu", weights) for weights in ("raw", "unit"))
    if not collapsed(raw) or collapsed(small):
        return ""
    return (
        "It is not the characters, then, but their large and similar counts, and it takes three to make the "
        "mystery: a bag of characters to kill the logits, a ReLU to keep them dead, and a metric to call it a "
        "success."
    )


def remedy(results: Results) -> str:
    """Return the section on honest accuracies, with the audit of both models' predictions."""
    rows = []
    for rule, meaning, key in (
        ("optimistic", "a tie is right (what `in_top_k` does)", "optimistic"),
        ("first-index", "the lowest index wins (what `argmax` does)", None),
        ("expected", "ties are broken at random, on average", "expected"),
        ("pessimistic", "a tie is wrong", "pessimistic"),
    ):
        row = [rule, meaning]
        for head in ("relu", "linear"):
            report: Mapping[str, Any] = results["audit"][head]
            value = report["argmax_accuracy"] if key is None else report["accuracy"][key]
            row.append(f"{value:.3f}")
        rows.append(row)
    texts = {head: results["audit"][head]["text"] for head in ("relu", "linear")}
    status = {head: 0 if results["audit"][head]["trustworthy"] else 1 for head in ("relu", "linear")}
    return f"""## What to do instead

The post concludes: compare the `argmax` with the label. That is right for a model whose scores differ, and
hides the ties of one whose scores do not. A metric has to say who wins a tie, and a figure to believe is one
that does not depend on it. The four rules, on the two models' validation snippets after one epoch:

{table(["rule", "meaning", "ReLU", "linear"], rows)}

- Report the **expected** accuracy, with the optimistic and the pessimistic one beside it. Where they are
  apart, the model is at fault and no rule can mend it. In Python:
  `whichcode.evaluation.accuracy_bounds(scores, labels)`.
- Look at the **loss** too: near ln K means that nothing is known.
- Run a **constant predictor** through the metric. If it does not get chance, the metric is broken.
- Keep logits linear, and inputs of a moderate size: damped, normalised counts.

`whichcode audit` asks these questions of any classifier's saved predictions. Of the ReLU model (exit status
{status["relu"]}):

```
{texts["relu"]}
```

Of the linear one (exit status {status["linear"]}):

```
{texts["linear"]}
```

To try it: `whichcode study relu --epochs 1 --predictions DIR`, then `whichcode audit DIR/relu.npz`."""


def _inputs_table(results: Results) -> str:
    rows = [
        [
            UNIT_NAMES[entry["unit"]],
            _WEIGHT_NAMES[entry["weights"]],
            f"{entry['vocabulary']:,}",
            f"{entry['length']:.1f}",
            f"{entry['largest']:.2f}".removesuffix(".00") + f" (`{entry['largest_feature']}`)",
            f"{entry['alikeness']:.2f}",
            spread(entry["initial_logit"], 2),
            spread(entry["initial_loss"], 2),
        ]
        for entry in results["inputs"]
    ]
    head = ["counted", "counts", "vocabulary", "length", "largest entry", "alike", "first logit", "first loss"]
    return table(head, rows)


def _dead_table(results: Results) -> str:
    batches = results["setup"]["batches"]
    points = sorted({i for i in (1, 5, 10, 20, batches - 1, 2 * batches - 1) if 1 <= i < 2 * batches})
    reached = min(len(run["iterations"]["dead"]) for run in results["runs"])
    points = [i for i in points if i <= reached]
    rows = []
    for unit, weights, head in (
        ("character", "raw", "relu"),
        ("character", "raw", "linear"),
        ("token", "raw", "relu"),
        ("token", "damped", "relu"),
        ("character", "damped", "relu"),
        ("character", "unit", "relu"),
    ):
        runs = of_cell(results, unit, head, weights)
        name = f"{UNIT_NAMES[unit]}, {_WEIGHT_NAMES[weights]}, {'ReLU' if head == 'relu' else head}"
        rows.append([name, *(percents(at_iteration(runs, i, "dead")) for i in points)])
    return table(["variant", *(f"iteration {i}" for i in points)], rows)


_WEIGHT_NAMES = {"raw": "raw", "unit": "divided by length", "damped": "damped"}
