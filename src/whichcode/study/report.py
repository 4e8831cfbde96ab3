"""The study as Markdown; every figure comes from the results, or is marked as published."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from whichcode.evaluation.report import table
from whichcode.study import published
from whichcode.study.findings import claims_table, explanation, remedy
from whichcode.study.results import (
    HEAD_NAMES,
    UNIT_NAMES,
    Results,
    at_end_of_first_epoch,
    at_epoch,
    at_iteration,
    collapsed,
    fallen,
    fill,
    gap,
    of_cell,
    percents,
    spread,
)

COMMAND = "whichcode study relu"


def render(results: Results, figures: Mapping[str, str]) -> str:
    """Return the whole account; `figures` are the files' names by short name, relative to it."""
    parts = [
        "# The mysterious ReLU",
        _introduction(results),
        summary(results),
        _picture(figures, "logs", "Loss and accuracy over the first two epochs, both heads"),
        _second_log(results),
        _distribution(results, figures),
        explanation(results, _picture(figures, "ratchet", "Median logit of each class before the activation")),
        _grid(results, figures),
        _recovery(results, figures),
        _other_bugs(results),
        remedy(results),
        _method(results),
    ]
    return fill("\n\n".join(part for part in parts if part)) + "\n"


def summary(results: Results) -> str:
    """Return what the study claims with its figures, and the log of both heads."""
    return fill("\n\n".join(["## In short", _short(results), claims_table(results), _logs(results)]))


def _picture(figures: Mapping[str, str], name: str, text: str) -> str:
    return f"![{text}]({figures[name]})" if name in figures else ""


def _introduction(results: Results) -> str:
    corpus, setup = results["corpus"], results["setup"]
    k = len(corpus["languages"])
    origin = (
        f"In 2018 somebody asked on [Stack Overflow]({published.SOURCE}) why a mistake made a neural network "
        "better. The network told programming languages apart; the mistake was a ReLU on its last layer, the "
        "logits, where the softmax of a classifier wants any number, negative ones too. With the mistake the "
        "log said 99 % after one epoch. Without it the network began at 15-29 % and never passed 92 %."
    )
    return f"""{origin}

This page does the experiment again and follows the error to its end: to a metric that counts ties as hits,
and from there to a cause that the post did not find.

**The system.** A snippet of code becomes a bag: how often it holds each entry of a vocabulary (`def`, `self`,
`->`, `#include` …). The bag goes through a dense layer of {setup["width"]} units with ELU, dropout of
{setup["dropout"]} while training, and a dense layer with one output for each of {k} languages, the logits.
The loss is the mean cross-entropy of their softmax; Adam with a learning rate of {setup["learning_rate"]}
minimises it in batches of {setup["batch_size"]:,} snippets. The only difference between the two models is the
activation of the logits: ReLU, `max(0, x)`, or none."""


def _short(results: Results) -> str:
    k = len(results["corpus"]["languages"])
    relu, linear = of_cell(results, "character", "relu"), of_cell(results, "character", "linear")
    seeds = results["setup"]["seeds"]
    says = "It has learnt nothing: the" if collapsed(relu) else "The"
    return f"""After one epoch the ReLU model gives **the same score to every language** for
{percents(at_epoch(relu, 1, "uniform"))} of the validation snippets. {says} loss of the epoch's last batches is
{spread(at_end_of_first_epoch(results, relu, "loss"))}, and a uniform guess among {k} costs ln {k} =
{math.log(k):.3f}. The accuracy was TensorFlow's `in_top_k`, which counts every class that is tied for the
first place as being in first place, and so reports {spread(at_epoch(relu, 1, "in_top_k"))}. With ties broken at
random the accuracy is {spread(at_epoch(relu, 1, "expected"))}; chance is {1 / k:.3f}. The linear model gets
{spread(at_epoch(linear, 1, "expected"))}, whoever wins the ties: it has none.

Figures are those of seed {seeds[0]}, with the range over {len(seeds)} seeds in parentheses where they differ."""


def _logs(results: Results) -> str:
    """Return both heads' logs, beside the published ones where the data is that of the post."""
    setup, compare = results["setup"], results["corpus"]["published"]
    relu, linear = of_cell(results, "character", "relu"), of_cell(results, "character", "linear")
    batches = setup["batches"]
    # The collapsing model trains for longer; a row needs both.
    reached = min(len(runs[0]["iterations"]["loss"]) for runs in (relu, linear))
    rows = []

    def validation(epoch: int) -> None:
        if len(relu[0]["epochs"]) < epoch:
            return
        ours = [spread(at_epoch(runs, epoch, "in_top_k")) for runs in (relu, linear)]
        theirs = [f"{published.VALIDATION[head][epoch - 1]:.3f}" for head in ("relu", "linear")]
        row = [theirs[0], ours[0], theirs[1], ours[1]] if compare else ours
        rows.append([f"**validation, epoch {epoch}**", *(f"**{cell}**" for cell in row)])

    for iteration in range(5, 60, 5):
        if iteration > reached:
            break
        if iteration - 5 <= batches < iteration:
            validation(1)
        cells = []
        for runs, log in ((relu, published.RELU), (linear, published.LINEAR)):
            if compare:
                cells.append(f"{log[iteration][0]:.3f} / {log[iteration][1]:.3f}" if iteration in log else "")
            loss, accuracy = (at_iteration(runs, iteration, name) for name in ("loss", "in_top_k"))
            cells.append(f"{loss[0]:.3f} / {accuracy[0]:.3f}")
        rows.append([str(iteration), *cells])
    if min(reached, 55) // 5 * 5 <= batches:
        validation(1)
    if setup["epochs"] >= 2:
        validation(2)
    head = ["iteration"]
    for name in ("ReLU", "linear"):
        head += [f"{name}, published", f"{name}, here"] if compare else [name]
    return (
        "### The two logs\n\nLoss / reported accuracy (`in_top_k`) of the training batch, and the reported "
        f"accuracy on the validation snippets after each epoch of {batches} batches. "
        f"Ours are those of seed {setup['seeds'][0]}; the figure has all.\n\n{table(head, rows)}"
    )


def _second_log(results: Results) -> str:
    setup, compare = results["setup"], results["corpus"]["published"]
    runs = of_cell(results, "character", "relu")[:1]
    rows = []
    for iteration in range(2, min(setup["batches"], 26) + 1, 2):
        ours = [spread(at_iteration(runs, iteration, name)) for name in ("loss", "in_top_k", "argmax", "expected")]
        theirs = [f"{value:.3f}" for value in published.BOTH.get(iteration, ())] or [""] * 3
        rows.append([str(iteration), *(theirs if compare else []), *ours])
    head = ["iteration"]
    head += ["published: loss", "in_top_k", "argmax", "here: loss"] if compare else ["loss"]
    head += ["in_top_k", "argmax", "ties at random"]
    share = results["corpus"]["first_class_share"]
    language = results["corpus"]["languages"][0]
    return f"""## Two accuracies of one model

The answer to the question logged a second accuracy: how often the class with the highest score, found by
`argmax`, is the right one. On the same batches of the ReLU model, seed {setup["seeds"][0]}, while the
reported accuracy rises the honest one does not move:

{table(head, rows)}

`argmax` has a rule for ties as well, though nobody chose it: the lowest index wins. A row of equal scores is
an answer of class 0 (`{language}` here), so on the validation snippets the collapsed model's argmax accuracy
is that class's share of the labels, {share:.3f}, and on other data it might be anything. Breaking ties at
random gives 1/K, whatever the labels are."""


def _distribution(results: Results, figures: Mapping[str, str]) -> str:
    demo = results["softmax_demo"]
    k = len(results["corpus"]["languages"])
    uniform = ", ".join([f"{1 / k:.5f}"] * min(k, 4)) + (", …" if k > 4 else "")
    shown = demo["shown"]
    equal = "exactly equal" if demo["equal"]["float32"] else "not equal"
    double = "equal" if demo["equal"]["float64"] else "different"
    return f"""## What the model predicts

The distribution of the predicted probabilities settles it. The linear model's mass moves to 0 and 1, as it
should: most languages are unlikely for a snippet and one is likely. The ReLU model's gathers at 1/{k} =
{1 / k:.3f}: it answers [{uniform}].

{_picture(figures, "distributions", "Histograms of the predicted probabilities over training, both heads")}

A loss that stays at ln K is the same message in one number, and it stood in the published log from the
twentieth iteration on. A reported accuracy of 99 % with the loss of a uniform guess is a contradiction that
can be seen without any plot.

### Nearly equal becomes equal

`tf.nn.in_top_k` says of a target that it is in the top k when fewer than k scores are strictly greater. That
is [documented](https://www.tensorflow.org/api_docs/python/tf/math/in_top_k), and for scores that are all
alike it makes every class the winner. Scores need not start out as equal to end so: a softmax in single
precision rounds.

| | softmax of [{", ".join(demo["logits"])}] |
| --- | --- |
| float32 | [{", ".join(shown["float32"])}], {equal} |
| float64 | [{", ".join(shown["float64"])}], {double} |"""


def _grid(results: Results, figures: Mapping[str, str]) -> str:
    return f"""## Every combination

What is counted (characters or tokens), how a count is weighed (raw; or damped to 1 + ln(count) and each
snippet divided by its Euclidean length) and the head. "Honest" is the accuracy with ties broken at random,
"uniform" the share of validation snippets that get one score for all languages, and "largest gap" the most,
over all epochs and seeds, that `in_top_k` adds to the honest accuracy. After the first epoch:

{_grid_table(results, [1], ("loss", "in_top_k", "argmax", "expected", "uniform"), with_gap=True)}

{_later(results)}

{_picture(figures, "grid", "Validation accuracy by epoch for the eight combinations")}

The gap between the dashed lines and the solid ones is accuracy that exists by the rule for ties alone: up to
{gap(of_cell(results, "character", "relu")):.2f} with raw counts of characters,
{gap(of_cell(results, "token", "relu")):.2f} with raw counts of tokens,
{gap(of_cell(results, "character", "relu", "damped")):.2f} with damped counts of characters and
{gap(of_cell(results, "token", "relu", "damped")):.2f} with damped counts of tokens. A linear head never has
any. A mistake that does little harm to small inputs is one that survives its reviews."""


def _later(results: Results) -> str:
    last = results["setup"]["epochs"]
    epochs = sorted({min(5, last), min(20, last), last} - {1})
    if not epochs:
        return ""
    return f"And later:\n\n{_grid_table(results, epochs, ('in_top_k', 'expected', 'uniform'))}"


def _grid_table(results: Results, epochs: Sequence[int], names: Sequence[str], *, with_gap: bool = False) -> str:
    shown = {"expected": "honest"}
    head = ["counted", "counts", "head"]
    for epoch in epochs:
        first, *others = [shown.get(name, name) for name in names]
        head += [first if with_gap else f"epoch {epoch}: {first}", *others]
    rows = []
    for unit, unit_name in UNIT_NAMES.items():
        for weights in ("raw", "damped"):
            for kind, kind_name in HEAD_NAMES.items():
                runs = of_cell(results, unit, kind, weights)
                row = [unit_name, weights, kind_name]
                for epoch in epochs:
                    row += [spread(at_epoch(runs, epoch, name), 2) for name in names]
                rows.append([*row, f"{gap(runs):.2f}"] if with_gap else row)
    return table([*head, "largest gap"] if with_gap else head, rows)


def _recovery(results: Results, figures: Mapping[str, str]) -> str:
    items = []
    for run in of_cell(results, "character", "relu"):
        end, last = run["epochs"][-1], len(run["epochs"])
        steps = [(f"{share:.0%}".replace("%", " %"), fallen(run, share)) for share in (0.9, 0.5, 0.1)]
        reached = ", ".join(f"{share} in epoch {epoch}" if epoch else f"{share} never" for share, epoch in steps)
        items.append(
            f"- seed {run['seed']}: {reached}; after epoch {last} `in_top_k` is {end['in_top_k']:.3f} and the "
            f"honest accuracy {end['expected']:.3f}"
        )
    runs = of_cell(results, "character", "relu")
    recovered = [run for run in runs if run["epochs"][-1]["in_top_k"] < run["epochs"][0]["in_top_k"]]
    lesson = """As it does, the reported accuracy *falls* while the model at last learns. Whoever keeps the best
checkpoint by that figure keeps the one that knows nothing."""
    return f"""## Does it recover?

A logit under zero gets no gradient, but its weights belong to a layer that others still train: the few
snippets that are unlike the rest stay alive, and dropout lifts some others over zero now and then. So the
model may come back after many epochs. The share of uniform predictions among the validation snippets falls to

{chr(10).join(items)}

{_picture(figures, "recovery", "Uniform predictions, in_top_k and honest accuracy by epoch, one panel a seed")}

{lesson if recovered else "In so few epochs it does not."}"""


def _other_bugs(results: Results) -> str:
    setup = results["setup"]
    variants: dict[str, dict[str, bool]] = {
        "as published": {},
        "L2 of 0.01 added to the loss": {"l2": True},
        "last batch padded": {"pad": True},
    }
    rows = []
    for name, change in variants.items():
        runs = of_cell(results, "character", "relu", "raw", **change)
        row = [name]
        for epoch in sorted({1, setup["ablation_epochs"]}):
            row += [spread(at_epoch(runs, epoch, key)) for key in ("loss", "in_top_k", "expected", "uniform")]
        rows.append(row)
    head = ["characters, raw counts, ReLU"]
    for epoch in sorted({1, setup["ablation_epochs"]}):
        head += [f"epoch {epoch}: loss", "in_top_k", "honest", "uniform"]
    return f"""## What else was wrong

The script behind the post had more mistakes. They are in its public history, and none of them explains the
mystery:

- **L2 was never added.** The regulariser was created, which in TensorFlow 1 only puts its term into a
  collection; the loss that Adam minimised did not hold it. Runs here leave it out, as it was.
- **Padding was trained on and scored.** The last batch of an epoch was filled up with empty snippets of class
  0. Here that would be {setup["padding"]:,} rows in one of {setup["batches"]} batches; runs leave it out,
  since an empty row is nobody's code, and where its scores are all zero it is one more tie that counts as a
  hit.
- **Copies sat on both sides of the split.** Files were split one by one, whatever they had in common. Here
  near duplicates stay together.

{table(head, rows)}"""


def _method(results: Results) -> str:
    corpus, setup, versions = results["corpus"], results["setup"], results["versions"]
    windows, vocabulary = corpus["windows"], corpus["vocabulary"]
    if corpus["published"]:
        source = (
            f"{corpus['name']}: the 173 files of {len(corpus['languages'])} languages on which the script "
            "behind the post was trained, at commit 9ef86db of "
            "[code-inspector](https://github.com/maxim5/code-inspector) (Apache-2.0). Their windows come with "
            "whichcode as counts, without the text."
        )
        limits = (
            "\n- **Not the same**: PyTorch for TensorFlow 1, other windows, another split, other random numbers. "
            "Compare the course of the figures, not their digits. Windows numbering half a file's lines, at most "
            "250, give as many batches an epoch as the published log has."
        )
        command = f"`{COMMAND} --out docs`"
    else:
        source = f"{corpus['name']}: {len(corpus['languages'])} languages, split by near-duplicate group."
        limits = ""
        command = f"`{COMMAND} --corpus {corpus['name']} --out DIR`"
    return f"""## How this was measured

- **Data**: {source} Un-indented windows of 5-20 lines, without mostly empty and all-comment ones:
  {windows["train"]:,} to train, {windows["validation"]:,} to validate. Files are split 70/10/20. The
  vocabulary is what occurs more than 200 times in the training windows (proportionally less often in small
  corpora): {vocabulary["character"]:,} characters or {vocabulary["token"]:,} tokens.
- **Runs**: Glorot's initialisation, {setup["epochs"]} epochs (the collapsing model
  {setup["collapsing_epochs"]}, to see it come back; those with one thing changed {setup["ablation_epochs"]}),
  seeds {", ".join(map(str, setup["seeds"]))} (weights, dropout and the order of snippets). Figures of
  training batches are with dropout, as the script logged them; figures of validation windows without.{limits}
- **Again**: {command} makes this page, its figures and `mysterious-relu.json` with all numbers. Made with
  whichcode {versions["whichcode"]}, PyTorch {versions["torch"]}, NumPy {versions["numpy"]}; the last digits
  may differ on another machine."""
