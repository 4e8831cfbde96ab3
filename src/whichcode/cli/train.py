"""``whichcode train``: from labelled texts to a model file."""

from __future__ import annotations

from pathlib import Path

import click

from whichcode.cli.options import load
from whichcode.errors import MissingExtraError, WhichcodeError


@click.command("train")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...")
@click.option(
    "--config", "name", default="compact", show_default=True, help="A packaged configuration, or a .toml file."
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The model file to write."
)
@click.option(
    "--vocabulary",
    "vocabulary_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A JSON list of features, chosen elsewhere.  [default: chosen as the configuration says]",
)
@click.option(
    "--start-from",
    metavar="MODEL",
    help="Start from the weights and vocabulary of this model, a packaged one's name or a file.  "
    "[default: random weights]",
)
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Checkpoints and TensorBoard events.  [default: OUT.run]",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in the run's folder.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="Of split, windows and weights.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that count features.  [default: all cores]")
@click.option("--tensorboard/--no-tensorboard", default=True, show_default=True, help="Write TensorBoard events.")
def command(
    corpora: tuple[str, ...],
    name: str,
    out: Path,
    vocabulary_file: Path | None,
    start_from: str | None,
    run_dir: Path | None,
    resume: bool,
    seed: int,
    workers: int | None,
    tensorboard: bool,
) -> None:
    """Train a detector on CORPUS...: folders with one folder a language, .jsonl or .parquet files.

    The texts are split 70/10/20 into training, validation and test, near duplicates and repositories on one
    side each (a column 'split' is respected). Interrupted, it goes on with --resume and ends with the same
    weights as if it had not been.
    """
    from whichcode.corpus import read_corpora
    from whichcode.corpus.splits import split_corpus
    from whichcode.features.vocabulary import read_vocabulary
    from whichcode.model.config import load_config
    from whichcode.progress import progress

    if vocabulary_file is not None and start_from is not None:
        raise click.UsageError("--start-from brings its vocabulary: leave --vocabulary out")
    config = load_config(name)
    vocabulary = None if vocabulary_file is None else read_vocabulary(vocabulary_file)
    start = None if start_from is None else load(start_from).model
    try:
        from whichcode.training.train import train
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name), "train") from error
    corpus = read_corpora(corpora)
    with progress("near duplicates", len(corpus.documents)) as advance:
        split_already = any(document.split is not None for document in corpus.documents)
        known = None if start is None or split_already else start.has_seen
        split = split_corpus(corpus, seed=seed, known=known, advance=lambda: advance(1))
    try:
        train(
            split,
            config,
            out,
            folder=run_dir,
            vocabulary=vocabulary,
            start=start,
            seed=seed,
            resume=resume,
            tensorboard=tensorboard,
            workers=workers,
            log=click.echo,
        )
    except KeyboardInterrupt as error:
        raise WhichcodeError(
            "interrupted; the same command with --resume goes on from the last checkpoint"
        ) from error
