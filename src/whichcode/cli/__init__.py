"""The command line: ``whichcode FILE`` is short for ``whichcode detect FILE``."""

from __future__ import annotations

import errno
import importlib
import sys
from typing import Any

import click

from whichcode.errors import WhichcodeError

_COMMANDS = {
    "detect": "tell the language of files, standard input or records",
    "explain": "show the tokens of a text and what each adds for the answer",
    "languages": "list the languages that have a name here",
    "train": "train a detector on labelled texts",
    "evaluate": "measure a detector on labelled texts",
    "audit": "tell whether any classifier's accuracy can be trusted",
    "vocabulary": "print the most distinctive tokens of each language",
    "corpus": "build, count, deduplicate and split labelled texts",
    "study": "reproduce the mystery of the 99 % accuracy",
    "serve": "answer over HTTP, with a page to try it on",
    "completion": "print the completion script of a shell",
}


class _Group(click.Group):
    """Imports a command's module only when it is called, and takes anything else for `detect`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"whichcode.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*_COMMANDS, "--help", "-h", "--version"):
            args = ["detect", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except WhichcodeError as error:
            click.echo(f"whichcode: {error}", err=True)
            ctx.exit(1)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly
            click.echo(f"whichcode: {error}", err=True)
            ctx.exit(1)


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from whichcode import __version__
    from whichcode.detector import default_detector

    click.echo(f"whichcode {__version__}")
    try:
        model = default_detector().model
        click.echo(f"model {model.id}, trained by whichcode {model.version}")
    except WhichcodeError as error:
        click.echo(f"no model: {error}")
    ctx.exit()


@click.command(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A file that is named like a command needs ./ before its name.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and the packaged model, and exit.",
)
def group() -> None:
    """Tell which programming language texts are written in: whichcode FILE ..."""


def main() -> None:
    """Run the command line; what `pip install whichcode` calls ``whichcode``."""
    # Paths and languages are printed in UTF-8 whatever the locale says; what cannot be, is escaped.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    group(prog_name="whichcode")
