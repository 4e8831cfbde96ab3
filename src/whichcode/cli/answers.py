"""The answers for files as lines of text: what ``whichcode FILE ...`` prints. Needs no library.

A command line of files alone is answered by `answer_plain`, without `click`, whose import takes longer than the
rest together; `whichcode.cli.detect` answers every other one, and prints the same by the same functions.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from whichcode.errors import InputError, WhichcodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whichcode.detection import Detection
    from whichcode.detector import Detector

UNKNOWN = "unknown"
FOLDER_ERROR = "is a folder; use -r to answer for the files in it"


class Row(NamedTuple):
    """The answer for one file, or why there is none."""

    path: str
    detection: Detection | None
    error: str | None


def answer(detector: Detector, path: str, **options: Any) -> Row:
    """Return the answer for a file, or standard input for ``-``; options as in `Detector.detect`."""
    try:
        return Row(path, detector.detect(read(path, options["max_bytes"]), **options), None)
    except OSError as error:
        return Row(path, None, f"cannot be read: {error.strerror or error}{_command_like(path, error)}")
    except InputError as error:
        return Row(path, None, str(error))


def _command_like(path: str, error: OSError) -> str:
    """Return the end of an error: the command that is spelt like a file that is not there."""
    if not isinstance(error, FileNotFoundError) or not path.isalpha():
        return ""
    from whichcode.cli import COMMANDS
    from whichcode.languages import suggestion

    return suggestion(path, {command: command for command in COMMANDS})


def line(row: Row) -> str:
    """Return what is printed for a row with an answer."""
    detection = row.detection
    if detection is None:
        raise ValueError("a row without an answer has no line")
    candidates = [f"{language} {p:.3f}" for language, p in detection.candidates]
    if detection.language is not None:
        text = ", ".join(candidates)
    else:
        # Under the threshold the best guess is named all the same where candidates were asked for.
        text = f"{UNKNOWN} {detection.confidence:.3f}" + (f" ({', '.join(candidates)})" if candidates[1:] else "")
    return f"{shown(row.path)}: {text}"


def error_line(row: Row) -> str:
    """Return what is said on standard error for a row without an answer."""
    return f"whichcode: {shown(row.path)}: {row.error}"


def stdin() -> BinaryIO:
    """Return standard input; raises `OSError` where the shell has closed it."""
    if sys.stdin is None:
        import errno

        raise OSError(errno.EBADF, "standard input is closed")
    return sys.stdin.buffer


def read(path: str, max_bytes: int) -> bytes:
    """Return the first bytes of a file, or of standard input for ``-``: one more than `max_bytes`.

    The one more tells the decoder that the text goes on. Raises `OSError` as `open` does.
    """
    if path == "-":
        return stdin().read(max_bytes + 1)
    with open(path, "rb") as file:  # noqa: PTH123  # pathlib takes longer to import than all of this
        return file.read(max_bytes + 1)


def shown(path: str) -> str:
    """Return a path for people: on one line, encodable, and without characters that steer a terminal."""
    name = path.encode(errors="surrogateescape").decode(errors="replace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)


def write_utf8(streams: Iterable[Any]) -> None:
    """Make standard streams print paths and languages whatever the locale says; what cannot be, is escaped."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def answer_plain(paths: Sequence[str]) -> int:
    """Print the answers of the packaged detector for files; return the exit status."""
    from whichcode.detector import default_detector
    from whichcode.text.decode import DEFAULT_MAX_BYTES

    status = 0
    try:
        detector = default_detector()
        for path in paths:
            if path != "-" and os.path.isdir(path):  # noqa: PTH112
                row = Row(path, None, FOLDER_ERROR)
            else:
                row = answer(detector, path, k=1, max_bytes=DEFAULT_MAX_BYTES)
            if row.error is not None:
                status = 1
                complain(error_line(row))
            else:
                print(line(row))
        if sys.stdout is not None:  # which the shell may have closed
            sys.stdout.flush()
    except WhichcodeError as error:
        complain(f"whichcode: {error}")
        return 1
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # whoever reads has gone, as `head` does
            complain(f"whichcode: {error}")
        let_go_of_output()
        return 1
    except KeyboardInterrupt:
        complain("\nAborted!")
        return 1
    return status


def let_go_of_output() -> None:
    """Lead standard output nowhere: what it still holds could not be written when Python ends, either."""
    try:  # noqa: SIM105  # not for an import that every detection would pay for
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (AttributeError, OSError):  # there is none, or it is not a file, as in a test
        pass


def complain(message: str) -> None:
    """Print on standard error, if there is any: without one, `print` would write to standard output."""
    if sys.stderr is not None:
        print(message, file=sys.stderr)
