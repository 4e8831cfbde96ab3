"""The command line: ``whichcode FILE`` is short for ``whichcode detect FILE``."""

from __future__ import annotations

import os
import sys

COMMANDS = {
    "detect": "tell the language of files, standard input or records",
    "explain": "show the tokens of a text and what each adds for the answer",
    "label": "tell the language of every row of a table",
    "fences": "find, write and check the languages of documentation's code blocks",
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


def main() -> None:
    """Run the command line; what `pip install whichcode` calls ``whichcode``."""
    from whichcode.cli.answers import answer_plain, write_utf8

    write_utf8((sys.stdout, sys.stderr))
    arguments = sys.argv[1:]
    if _are_files(arguments):
        sys.exit(answer_plain(arguments))
    from whichcode.cli.commands import group

    group(prog_name="whichcode")


def _are_files(arguments: list[str]) -> bool:
    """Tell whether a command line is of files alone, which needs no `click` and none of the time to import it."""
    return (
        bool(arguments)
        and arguments[0] not in COMMANDS
        and all(argument == "-" or not argument.startswith("-") for argument in arguments)
        and arguments.count("-") <= 1
        and "_WHICHCODE_COMPLETE" not in os.environ
    )
