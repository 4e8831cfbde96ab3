"""The errors that whichcode raises on purpose.

::

    WhichcodeError                 every error below; catch this one to catch them all
    ├── InputError                 a text that cannot be answered for
    │   └── BinaryInputError       it is not text at all
    ├── CorpusError                labelled data that cannot be read or used
    ├── ConfigError                a configuration that says something impossible
    ├── ModelError                 a model file that is truncated, foreign or tampered with
    ├── EvaluationError            scores or labels from which no honest figure can be computed
    └── MissingExtraError          a library that an optional part needs is not installed

Each message is one sentence (or two) that names the file or row and says what to do. The command line
prints it on stderr and exits with status 1.
"""

from __future__ import annotations


class WhichcodeError(Exception):
    """Base of all errors that whichcode raises on purpose."""


class InputError(WhichcodeError):
    """A text cannot be answered for."""


class BinaryInputError(InputError):
    """The input holds NUL bytes in such number that it is not text."""


class CorpusError(WhichcodeError):
    """Labelled data cannot be read or used."""


class ConfigError(WhichcodeError):
    """A configuration names an unknown option or an impossible value."""


class ModelError(WhichcodeError):
    """A model file is truncated, foreign or tampered with."""


class EvaluationError(WhichcodeError):
    """Scores or labels are such that no honest figure can be computed from them."""


class MissingExtraError(WhichcodeError):
    """An optional part needs a library that is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            f"this needs {library}, which is not installed: pip install 'whichcode[{extra}]', or "
            f"in a clone pip install '.[{extra}]'"
        )
