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
def command(output_format: str) -> None:
    """List the languages of the registry: id, name, aliases and file extensions.

    Each of these names is accepted wherever a language is asked for.
    """
    if output_format == "json":
        click.echo(json.dumps([_record(language) for language in languages()], ensure_ascii=False, indent=2))
        return
    rows = [HEADINGS, *(_row(language) for language in languages())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    click.echo("\n".join(lines))


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
