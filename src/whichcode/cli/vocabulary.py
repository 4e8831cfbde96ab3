"""``whichcode vocabulary``: the most distinctive tokens of each language."""

from __future__ import annotations

import json

import click


@click.command("vocabulary")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...")
@click.option(
    "--top", type=click.IntRange(min=1), default=20, show_default=True, help="Features of each language."
)
@click.option("--ngrams", type=click.IntRange(min=1), default=1, show_default=True, help="Longest token n-gram.")
@click.option("--shapes", type=click.IntRange(min=0), default=0, show_default=True, help="Longest shape n-gram.")
@click.option(
    "--min-documents", type=click.IntRange(min=1), default=3, show_default=True, help="That hold a feature."
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is printed.",
)
def command(corpora: tuple[str, ...], top: int, ngrams: int, shapes: int, min_documents: int, output: str) -> None:
    """Print the most distinctive tokens of each language of CORPUS..., best first.

    Distinctive is what tells most about the language by being in a document or not: the language's term of
    the mutual information over document frequencies, in bits, all languages equally likely.
    """
    from whichcode.corpus import read_corpora
    from whichcode.features.distinctiveness import document_frequencies, most_distinctive
    from whichcode.features.extract import display
    from whichcode.features.spec import FeatureSpec
    from whichcode.progress import progress

    corpus = read_corpora(corpora)
    units = {
        language: [[document.text] for document in documents]
        for language, documents in corpus.by_language().items()
    }
    with progress("documents", 2 * len(corpus.documents)) as advance:
        frequencies = document_frequencies(
            units,
            FeatureSpec(ngrams=ngrams, shapes=shapes),
            min_documents=min_documents,
            advance=advance,
        )
    distinctive = most_distinctive(frequencies, top)
    if output == "json":
        rows = {
            language: [
                {"feature": name, "bits": round(bits, 6), "documents": round(n, 3)} for name, bits, n in features
            ]
            for language, features in distinctive.items()
        }
        click.echo(json.dumps(rows, indent=1))
        return
    for language, features in distinctive.items():
        click.echo(f"{language}: " + "  ".join(display(name) for name, _, _ in features))
