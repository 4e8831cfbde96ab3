"""``whichcode corpus``: building, counting, deduplicating and splitting labelled texts."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from whichcode.cli.corpus_build import build, clone
from whichcode.cli.options import ending, load, not_nan
from whichcode.errors import InputError
from whichcode.languages import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from whichcode.corpus import Corpus
    from whichcode.corpus.document import SplitName
    from whichcode.corpus.duplicates import Duplicates


def _threshold(default: float, highest: float = 1.0) -> Callable[[Any], Any]:
    return click.option(
        "--threshold",
        type=click.FloatRange(0, highest, min_open=True),
        default=default,
        show_default=True,
        callback=not_nan,
        help="Jaccard similarity of 5-token shingles from which two texts are near duplicates.",
    )


def _fractions(ctx: click.Context, parameter: click.Parameter, value: str) -> dict[str, float]:
    """Read ``70/10/20``; used as a click callback."""
    try:
        numbers = [float(part) for part in value.split("/")]
    except ValueError:
        numbers = []
    # Written so that NaN is refused.
    if (
        len(numbers) != 3
        or not all(n >= 0 for n in numbers)
        or not numbers[0] > 0
        or not numbers[1] > 0
        or not sum(numbers) < math.inf
    ):
        raise click.BadParameter("write three shares, the first two above 0: 70/10/20", ctx, parameter)
    return dict(zip(("train", "validation", "test"), (n / sum(numbers) for n in numbers), strict=True))


@click.group("corpus")
def command() -> None:
    """Build, count, deduplicate and split labelled texts.

    A corpus is a folder with one folder a language, or a .jsonl or .parquet file with 'language' and
    'content'.
    """


command.add_command(build)
command.add_command(clone)


@command.command("stats")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...")
@_threshold(0.8)
def stats(corpora: tuple[str, ...], threshold: float) -> None:
    """Print the documents, lines and copies of each language."""
    from whichcode.corpus.stats import corpus_stats

    corpus, duplicates = _read(corpora, threshold)
    rows = corpus_stats(corpus, duplicates)
    width = max(len(row.language) for row in rows)
    click.echo(f"{'language':<{width}}  documents      lines  characters  exact copies  near copies")
    for row in rows:
        click.echo(
            f"{row.language:<{width}}  {row.documents:>9}  {row.lines:>9}  {row.characters:>10}  "
            f"{row.exact_duplicates:>12}  {row.near_duplicates:>11}"
        )
    click.echo(
        f"{len(corpus.documents)} documents of {len(rows)} languages; {duplicates.exact_count} are exact and "
        f"{duplicates.near_count} near copies of others" + _left_out(corpus)
    )


@command.command("dedupe")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=ending(".parquet", ".jsonl"),
    help="Write what is left: .parquet or .jsonl.",
)
@click.option("--exact", is_flag=True, help="Drop exact copies (white space aside) only.")
@_threshold(0.8)
def dedupe(corpora: tuple[str, ...], out: Path | None, exact: bool, threshold: float) -> None:
    """Find exact and near copies; with --out, write the first of each group.

    Without --out each copy is printed beside the text that it is a copy of.
    """
    from whichcode.corpus.writers import check_target, write_corpus

    if out is not None:
        check_target(out)
    corpus, duplicates = _read(corpora, threshold)
    firsts = duplicates.exact if exact else duplicates.group
    kept = [document for i, document in enumerate(corpus.documents) if firsts[i] == i]
    if out is not None:
        write_corpus(out, kept)
    else:
        for i, first in enumerate(firsts):
            if first != i:
                kind = "exact" if duplicates.exact[i] != i else "near"
                a, b = corpus.documents[i], corpus.documents[first]
                click.echo(f"{kind}  {a.path}  is a copy of  {b.path}")
    click.echo(
        f"{duplicates.exact_count} exact and {duplicates.near_count} near copies; "
        f"{len(kept)} of {len(corpus.documents)} documents are left" + _left_out(corpus),
        err=out is None,
    )


@command.command("split")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    callback=ending(".parquet", ".jsonl"),
    help="Write to this .parquet or .jsonl.",
)
@click.option(
    "--languages-of",
    metavar="CORPUS",
    help="Keep the languages of this corpus or model only.",
)
@click.option(
    "--languages",
    "names",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Keep the languages named in this file only, one a line.",
)
@click.option(
    "--min-repositories",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Leave out languages that fewer repositories have.",
)
@click.option(
    "--fractions",
    default="70/10/20",
    show_default=True,
    callback=_fractions,
    help="Shares to train, to validate and to test.",
)
@click.option(
    "--known-to",
    metavar="MODEL",
    help="Train on the repositories that this model has seen: the rest is new to it (for train --start-from).",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the split.")
@_threshold(0.6, highest=0.6)
def split(
    corpora: tuple[str, ...],
    out: Path,
    languages_of: str | None,
    names: Path | None,
    min_repositories: int,
    fractions: dict[SplitName, float],
    known_to: str | None,
    seed: int,
    threshold: float,
) -> None:
    """Write CORPUS... as one corpus with a column 'split': train, validation, test.

    Exact copies are dropped; near copies, and texts of one repository, are on one side. The split is the same
    for the same texts and seed on any machine.
    """
    from whichcode.corpus import read_corpora, read_corpus
    from whichcode.corpus.manifest import listed
    from whichcode.corpus.splits import split_corpus
    from whichcode.corpus.writers import check_target, write_corpus
    from whichcode.detector import packaged_models
    from whichcode.progress import progress

    check_target(out)
    known = None if known_to is None else load(known_to).model.has_seen
    corpus = read_corpora(corpora)
    if languages_of is not None:
        of_model = languages_of.lower().endswith(".safetensors") or (
            languages_of in packaged_models() and not Path(languages_of).exists()
        )
        corpus = corpus.only((load(languages_of).model if of_model else read_corpus(languages_of)).languages)
    if names is not None:
        wanted = {_one_of(name, corpus.languages): name for _, name in listed(names)}
        absent = [name for language, name in wanted.items() if language not in corpus.languages]
        if absent:
            click.echo(f"not in the corpus: {', '.join(absent)}", err=True)
        corpus = corpus.only(list(wanted))
    repositories: dict[str, set[str]] = {}
    for document in corpus.documents:
        repositories.setdefault(document.language, set()).add(document.project)
    thin = sorted(language for language, names in repositories.items() if len(names) < min_repositories)
    if thin:
        corpus = corpus.only(sorted(repositories.keys() - set(thin)))
        click.echo(
            f"left out for being in fewer than {min_repositories} repositories: {', '.join(thin)}", err=True
        )
    with progress("near duplicates", len(corpus.documents)) as advance:
        result = split_corpus(
            corpus, seed=seed, fractions=fractions, threshold=threshold, known=known, advance=lambda: advance(1)
        )
    write_corpus(out, result.documents)
    for part, languages in result.missing().items():
        if languages:
            click.echo(f"without a text in the {part} part: {', '.join(languages)}", err=True)
    sizes = Counter(document.split for document in result.documents)
    click.echo(
        f"{sizes['train']} documents to train, {sizes['validation']} to validate, {sizes['test']} to test, in "
        f"{len(set(result.groups))} groups; {result.dropped} exact copies are left out, and {result.alike} texts "
        f"like one of a repository on another side{'' if known is None else ' or seen by ' + str(known_to)}"
        + _left_out(corpus)
    )


def _read(corpora: tuple[str, ...], threshold: float) -> tuple[Corpus, Duplicates]:
    from whichcode.corpus import read_corpora
    from whichcode.corpus.duplicates import find_duplicates
    from whichcode.progress import progress

    corpus = read_corpora(corpora)
    with progress("near duplicates", len(corpus.documents)) as advance:
        return corpus, find_duplicates(corpus.documents, threshold=threshold, advance=lambda: advance(1))


def _one_of(name: str, languages: tuple[str, ...]) -> str:
    """Return what a corpus calls the language of this name or alias; the name where it has no such."""
    name = name.lower()
    try:
        return name if name in languages else find(name).id
    except InputError:
        return name


def _left_out(corpus: Corpus) -> str:
    parts = [f"{n} {reason}" for reason, n in sorted(corpus.skipped.items())]
    return f"; {' and '.join(parts)} files are not counted" if parts else ""
