"""`whichcode languages`: what the languages are called."""

from __future__ import annotations

import json

import click

from whichcode.languages import Language, languages

HEADINGS = ("ID", "NAME", "ALIASES", "EXTENSIONS")


@click.command("languages")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Aligned columns, or a JSON array of objects.",
)
@click.option("--model", help="Only the languages that this packaged model or model file can answer.")
def command(output_format: str, model: str | None) -> None:
    """List the languages of the registry: id, name, aliases and file extensions.

    The registry has a name for far more languages than a model knows; see --model default. Each name of one
    that a model knows is accepted by --among and --prior.
    """
    listed = languages() if model is None else _known_by(model)
    if output_format == "json":
        click.echo(json.dumps([_record(language) for language in listed], ensure_ascii=False, indent=2))
        return
    rows = [HEADINGS, *(_row(language) for language in listed)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    click.echo("\n".join(lines))


def _known_by(model: str) -> tuple[Language, ...]:
    """Return a model's languages; one that the registry does not have is known by its label alone."""
    from whichcode.cli.options import load

    registry = {language.id: language for language in languages()}
    return tuple(
        registry.get(label, Language(id=label, name=label, type="programming")) for label in load(model).languages
    )


def _record(language: Language) -> dict[str, object]:
    return {
        "id": language.id,
        "name": language.name,
        "aliases": list(language.aliases),
        "extensions": list(language.extensions),
    }


def _row(language: Language) -> tuple[str, str, str, str]:
    return (
        language.id,
        language.name,
        ", ".join(language.aliases) or "-",
        " ".join(language.extensions) or "-",
    )
