"""Texts and repositories that must not be in a corpus, since something is measured on them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from whichcode.corpus.manifest import listed
from whichcode.corpus.near import shingles_of, text_key, tokens_of
from whichcode.corpus.readers import read_corpus
from whichcode.errors import CorpusError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIMILAR = 0.6
"""Jaccard similarity of shingle sets from which a text is too much like an exam's."""

CONTAINED = 0.8
"""Share of the smaller text's shingles that the larger one holds from which one is a part of the other."""

CONTAINED_FROM = 8
"""Shingles below which nothing is said of parts: five common tokens are in many texts."""

_GITHUB_PATH = re.compile(r"^(?:https?://)?github\.com/([^/]+/[^/]+)/", re.IGNORECASE)

Reason = Literal["equal", "similar", "contained"]


@dataclass(frozen=True)
class Exams:
    """The shingles of all exam texts, as an inverted index in four arrays.

    Attributes:
        names: of the exams.
        texts: how many there are.
        keys: `text_key` of each text.
        shingles: every shingle once, sorted; shape (S,), uint64.
        starts: where each shingle's texts begin in `holders`; shape (S + 1,), int64.
        holders: the texts that hold each shingle; shape (P,), int32.
        sizes: shingles of each text; shape (texts,), int64.
        repositories: ``owner/name`` in lower case that the exams' texts were taken from.
    """

    names: tuple[str, ...]
    texts: int
    keys: frozenset[bytes]
    shingles: NDArray[np.uint64]
    starts: NDArray[np.int64]
    holders: NDArray[np.int32]
    sizes: NDArray[np.int64]
    repositories: frozenset[str]

    def like(self, tokens: Sequence[int]) -> Reason | None:
        """Tell why a text (`near.tokens_of`) is too much like one of the exams'; None if it is not.

        Similarities are those of the sets themselves, not estimates.
        """
        import numpy as np

        if text_key(tokens) in self.keys:
            return "equal"
        own = shingles_of(tokens)
        places = np.searchsorted(self.shingles, own)
        # `own` is sorted, so that what lies beyond the last shingle is at its end.
        places = places[places < len(self.shingles)]
        found = places[self.shingles[places] == own[: len(places)]]
        if not len(found):
            return None
        held = np.concatenate([self.holders[self.starts[i] : self.starts[i + 1]] for i in found])
        common = np.bincount(held, minlength=self.texts)
        if (common >= SIMILAR * (len(own) + self.sizes - common)).any():
            return "similar"
        smaller = np.minimum(len(own), self.sizes)
        if ((common >= CONTAINED * smaller) & (smaller >= CONTAINED_FROM)).any():
            return "contained"
        return None


def read_exams(paths: Sequence[Path]) -> Exams:
    """Read the texts of `paths` (corpora) that nothing in a new corpus may be like.

    Raises:
        CorpusError: as `read_corpus`.
    """
    import numpy as np

    keys: set[bytes] = set()
    sets: list[Any] = []
    repositories: set[str] = set()
    for path in paths:
        for document in read_corpus(path).documents:
            tokens = tokens_of(document.text)
            key = text_key(tokens)
            if document.repository:
                repositories.add(document.repository.lower())
            if match := _GITHUB_PATH.match(document.path):
                repositories.add(match[1].lower())
            if key not in keys:
                keys.add(key)
                sets.append(shingles_of(tokens))
    sizes = np.array([len(one) for one in sets], dtype=np.int64)
    everything = np.concatenate(sets) if sets else np.zeros(0, dtype=np.uint64)
    order = np.argsort(everything, kind="stable")
    shingles, starts = np.unique(everything[order], return_index=True)
    holders = np.repeat(np.arange(len(sets), dtype=np.int32), sizes)[order]
    return Exams(
        tuple(path.name for path in paths),
        len(sets),
        frozenset(keys),
        shingles,
        np.append(starts, len(everything)).astype(np.int64),
        holders,
        sizes,
        frozenset(repositories),
    )


def read_refused(paths: Sequence[Path]) -> frozenset[str]:
    """Read files of SHA-256 digests of repositories' names (``owner/name`` in lower case), one a line.

    Raises:
        CorpusError: a file cannot be read, or a line is no digest.
    """
    digests = set()
    for path in paths:
        for number, digest in listed(path):
            if not re.fullmatch(r"[0-9a-f]{64}", digest.lower()):
                raise CorpusError(
                    f"{path}: line {number} is not the SHA-256 of a repository's name: {digest[:80]!r}"
                )
            digests.add(digest.lower())
    return frozenset(digests)


def name_digest(repository: str) -> str:
    """Return the SHA-256 of a repository's name in lower case, as files of refused repositories have it."""
    return hashlib.sha256(repository.lower().encode()).hexdigest()
