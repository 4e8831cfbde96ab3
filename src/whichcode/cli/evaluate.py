"""``whichcode evaluate``: an honest report on a detector."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from whichcode.cli.options import load, model_option
from whichcode.errors import CorpusError, EvaluationError, InputError

if TYPE_CHECKING:
    from whichcode.corpus.document import Corpus, Document
    from whichcode.detector import Detector
    from whichcode.evaluation.evaluate import Answers


@click.command("evaluate")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...")
@model_option
@click.option(
    "--split",
    "which",
    type=click.Choice(["auto", "train", "validation", "test", "all"]),
    default="auto",
    show_default=True,
    help="Which texts; auto is the test texts where the corpus or the model's own split says which these are.",
)
@click.option("--source", help="Only texts that come from the corpus of this name.")
@click.option(
    "--lengths",
    default="1,3,5,10,20,3-20,file",
    show_default=True,
    help="Lines of the windows asked about; file is whole texts, fence blocks of documentation.",
)
@click.option("--draws", type=click.IntRange(min=1), default=10, show_default=True, help="Windows of each text.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the windows.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write report.json, report.md and plots here."
)
@click.option(
    "--misclassified",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the wrong answers here, as JSONL.",
)
@click.option("--plots/--no-plots", default=True, show_default=True, help="Draw plots into --out.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
    help="What is printed where there is no --out.",
)
def command(
    corpora: tuple[str, ...],
    model: str,
    which: str,
    source: str | None,
    lengths: str,
    draws: int,
    seed: int,
    out: Path | None,
    misclassified: Path | None,
    plots: bool,
    output: str,
) -> None:
    """Measure a detector on labelled texts, by window length and by language.

    Every accuracy is the expected one under random tie-breaking, with its bounds; a constant, a flat, a
    random and a permuted-label predictor are run beside the model, and must get chance. Exact copies of
    texts that the model was trained on are left out; revised ones cannot be known.
    """
    from whichcode.atomic import check_writable, write_atomically
    from whichcode.corpus import read_corpora
    from whichcode.evaluation.conditions import parse_lengths
    from whichcode.evaluation.evaluate import evaluate
    from whichcode.evaluation.evaluate import misclassified as wrong_answers
    from whichcode.evaluation.report import render_markdown, rounded, write_report

    try:
        conditions = parse_lengths(lengths)
    except EvaluationError as error:
        raise click.BadParameter(str(error), param_hint="--lengths") from error
    detector = load(model)
    documents, chosen = _choose(read_corpora(corpora), detector, which)
    if source is not None:
        names = sorted({document.source for document in documents})
        documents = [document for document in documents if document.source == source]
        if not documents:
            raise CorpusError(f"no text comes from {source!r}; there are {', '.join(names)}")
    documents, unknown = _known(documents, detector)
    most = sum(len(documents) * (draws if condition.min_lines else 1) for condition in conditions)
    click.echo(
        f"asking {detector.model.id} about up to {most:,} texts from {len(documents)} documents: {chosen}",
        err=True,
    )
    if out is not None:
        check_writable(out)
    if misclassified is not None:
        check_writable(misclassified.parent)
    wrong: list[dict[str, Any]] = []

    def heard(answers: Answers) -> None:
        if misclassified is not None:
            wrong.extend(wrong_answers(answers, documents, detector.languages))

    report = evaluate(
        detector,
        documents,
        conditions,
        which=chosen,
        unknown=unknown,
        draws=draws,
        seed=seed,
        heard=heard,
    )
    if misclassified is not None:
        write_atomically(misclassified, "".join(json.dumps(row) + "\n" for row in wrong))
    if out is not None:
        for path in write_report(report, out, plots=plots):
            click.echo(f"wrote {path}", err=True)
    elif output == "json":
        click.echo(json.dumps(rounded(report), indent=1))
    else:
        click.echo(render_markdown(report), nl=False)


def _choose(corpus: Corpus, detector: Detector, which: str) -> tuple[list[Document], str]:
    """Return the documents that ``--split`` means, and that in words.

    Where a figure is to be of texts that are new to the model, those that it has seen are left out, whatever
    a column or a split says.
    """
    documents = list(corpus.documents)
    if which == "all":
        return documents, "all texts, those that it was trained on too"
    recorded = all(document.split is not None for document in documents)
    told = "all texts"
    if recorded or which != "auto" or _is_trained_on(corpus, detector):
        if not recorded:
            documents = _split_again(corpus, detector, which)
        split = "test" if which == "auto" else which
        documents = [document for document in documents if document.split == split]
        told = f"the texts marked {split}" if recorded else f"the {split} part of the model's own split"
        if not documents:
            raise CorpusError(f"no text of the corpus is in the {split} part")
    if which in ("train", "validation"):
        return documents, told
    new = [document for document in documents if not detector.model.has_seen(document.bare_digest)]
    if not new:
        raise CorpusError("the model was trained on every one of these texts; see --split all")
    seen = len(documents) - len(new)
    return new, told + (f" but {seen} that are copies of those it was trained on" if seen else "")


def _is_trained_on(corpus: Corpus, detector: Detector) -> bool:
    trained_on = detector.model.provenance.get("corpora", {})
    return bool(set(trained_on.values()) & set(corpus.digests.values()))


def _split_again(corpus: Corpus, detector: Detector, which: str) -> list[Document]:
    """Return the documents with the split that the model was trained with."""
    from whichcode.corpus.splits import split_corpus

    trained_on = detector.model.provenance.get("corpora", {})
    shared = set(trained_on.values()) & set(corpus.digests.values())
    if not shared:
        raise CorpusError(f"the texts have no column 'split', so that there is no {which} part; see --split all")
    if shared != set(trained_on.values()):
        missing = ", ".join(name for name, digest in trained_on.items() if digest not in shared)
        raise CorpusError(
            f"the model was trained on a part of these texts; give all of its corpora (missing: {missing}) so "
            "that its split can be found again, or --split all to measure on training texts too"
        )
    others = sorted(name for name, digest in corpus.digests.items() if digest not in shared)
    if others:
        raise CorpusError(
            f"{', '.join(others)}: not what the model was trained on, while the other corpora are; measure on "
            "each alone, so that its split of its own texts can be found again, or give --split all"
        )
    return list(split_corpus(corpus, seed=detector.model.provenance["seed"]).documents)


def _known(documents: list[Document], detector: Detector) -> tuple[list[Document], dict[str, int]]:
    """Return the documents whose language the model knows, by its name there, and a count of the others."""
    from whichcode.languages import find

    names: dict[str, str | None] = {}
    for label in {document.language for document in documents}:
        try:
            name: str | None = label if label in detector.languages else find(label).id
        except InputError:
            name = None
        names[label] = name if name in detector.languages else None
    unknown = Counter(document.language for document in documents if names[document.language] is None)
    known = [
        replace(document, language=name)
        for document in documents
        if (name := names[document.language]) is not None
    ]
    if not known:
        raise CorpusError("the model knows none of the corpus's languages: " + ", ".join(sorted(unknown)))
    return known, dict(unknown)
