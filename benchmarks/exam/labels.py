"""Labels of corpora and of other detectors as ids of the registry."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from whichcode.errors import InputError
from whichcode.languages import find

FOLDER = Path(__file__).parent

TEXT = "text"
"""The registry's id for what is no code; detectors answer so where they see no language."""


def registry_id(label: str, table: str) -> str | None:
    """Return the id that `label` means by a table of ``labels.toml``, else by the registry's names and aliases.

    None where the registry has no such language. Extensions are not guessed from: a label that is one
    stands in its table.
    """
    key = " ".join(label.lower().split())
    explicit = tables()[table].get(key)
    if explicit is not None:
        return explicit or None
    try:
        language = find(key)
    except InputError:
        return None
    names = {language.id, language.name.lower(), *language.aliases}
    return language.id if key in names or key.replace("-", " ") in names else None


def registry_ids(labels: Iterable[str], table: str) -> frozenset[str]:
    """Return the ids that any of `labels` means."""
    return frozenset(found for label in labels if (found := registry_id(label, table)) is not None)


@cache
def tables() -> dict[str, dict[str, str]]:
    """Return the explicit tables: for each corpus or detector, label -> id, or "" for none."""
    return tomllib.loads((FOLDER / "labels.toml").read_text("utf-8"))


@cache
def the_40() -> frozenset[str]:
    """Return the ids of the 40 languages that headlines are about."""
    return frozenset(json.loads((FOLDER / "names-40.json").read_text("utf-8")))
