"""``whichcode corpus build`` and ``clone``: from a manifest of repositories to labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from whichcode.cli.options import ending

if TYPE_CHECKING:
    from whichcode.corpus.manifest import Manifest

_manifest = click.argument("manifest", type=click.Path(path_type=Path, dir_okay=False))
_mirrors = click.option(
    "--mirrors",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of git directories: owner+name, owner+name.git, owner/name.",
)
_file = click.Path(path_type=Path, dir_okay=False)
_only = click.option(
    "--only",
    "names",
    type=_file,
    help="Take the repositories that this file names, owner/name one a line, and no others of the manifest.",
)


@click.command("build")
@_manifest
@_mirrors
@_only
@click.option(
    "--out", required=True, type=_file, callback=ending(".parquet"), help="Write the corpus to this .parquet."
)
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep what was read of each repository here, to go on from.  [default: OUT.work]",
)
@click.option(
    "--exclude-sha256",
    "exclude_names",
    multiple=True,
    type=_file,
    help="Refuse repositories: SHA-256 digests of owner/name in lower case, one a line. Repeatable.",
)
@click.option(
    "--exclude-texts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Drop texts like those of this corpus and refuse the repositories that they are from. Repeatable.",
)
@click.option("--skip-refused", is_flag=True, help="Leave refused repositories out, with a notice.")
@click.option("--skip-missing", is_flag=True, help="Leave out repositories without a git directory or the commit.")
@click.option("--any-licence", is_flag=True, help="Take repositories of unknown or forbidding licences too.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one a core]")
def build(
    manifest: Path,
    mirrors: Path,
    names: Path | None,
    out: Path,
    work: Path | None,
    exclude_names: tuple[Path, ...],
    exclude_texts: tuple[Path, ...],
    skip_refused: bool,
    skip_missing: bool,
    any_licence: bool,
    workers: int | None,
) -> None:
    """Build a corpus from the git directories of the repositories that MANIFEST lists.

    Files are labelled by name and, where an extension is shared, by rules on their content; labelled code blocks
    of documentation are taken too. A report is written beside the corpus. Repositories without a licence, or with
    one that forbids commercial use or derived works, are left out.
    """
    from whichcode.corpus.build import Options, build_corpus
    from whichcode.corpus.buildreport import write_report
    from whichcode.errors import CorpusError

    if out.suffix != ".parquet":
        raise CorpusError(f"{out}: a built corpus is written as .parquet")
    options = Options(
        mirrors,
        work or out.with_name(f"{out.name}.work"),
        exclude_names,
        exclude_texts,
        skip_refused,
        skip_missing,
        any_licence,
        workers,
    )
    built = build_corpus(_read(manifest, names), out, options, lambda line: click.echo(line, err=True))
    for why, several in built.left_out.items():
        if several:
            click.echo(f"left out, {why}: {', '.join(several)}", err=True)
    report, written = write_report(out, built), built.written
    click.echo(
        f"{written.texts} texts of {len(written.languages)} languages from {len(built.tasks)} repositories, "
        f"content {written.sha256[:12]}; the report is {report[1]}"
    )


@click.command("clone")
@_manifest
@_mirrors
@_only
@click.option(
    "--from",
    "address",
    default="https://github.com/{repository}.git",
    show_default=True,
    help="Address of a repository; {repository} becomes owner/name.",
)
def clone(manifest: Path, mirrors: Path, names: Path | None, address: str) -> None:
    """Get the repositories of MANIFEST with git, each at its commit and without history.

    What is there already is not got again.
    """
    from whichcode.corpus.clone import clone_corpus
    from whichcode.errors import CorpusError

    if "{repository}" not in address:
        raise click.BadParameter("it must contain {repository}", param_hint="--from")
    got, failures = clone_corpus(
        _read(manifest, names), mirrors, address=address, log=lambda line: click.echo(line, err=True)
    )
    for repository, wrong in failures.items():
        click.echo(f"{repository}: {wrong}", err=True)
    if failures:
        raise CorpusError(
            f"{len(failures)} repositories could not be got, {got} were; run the command again to go on"
        )
    click.echo(f"{got} repositories were got")


def _read(manifest: Path, names: Path | None) -> Manifest:
    from whichcode.corpus.manifest import only, read_manifest

    told = read_manifest(manifest)
    return told if names is None else only(told, names)
