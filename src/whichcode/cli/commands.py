"""The commands as `click` sees them; each module is imported when its command is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from whichcode.cli import COMMANDS
from whichcode.cli.answers import let_go_of_output
from whichcode.core import is_compiled
from whichcode.errors import WhichcodeError


class _Group(click.Group):
    """Imports a command's module only when it is called, and takes anything else for `detect`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"whichcode.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*COMMANDS, "--help", "-h", "--version"):
            args = ["detect", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except WhichcodeError as error:
            click.echo(f"whichcode: {error}", err=True)
            ctx.exit(1)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # what --help and --version print, too; a closed pipe has ended quietly before
            click.echo(f"whichcode: {error}", err=True)
            let_go_of_output()
            sys.exit(1)


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from whichcode import __version__
    from whichcode.detector import default_detector

    click.echo(f"whichcode {__version__}, {'compiled' if is_compiled() else 'in plain Python'}")
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
