"""What of all that was read goes into a corpus: each text once, and not too much of anything.

Texts are put into an order by the digest of their content, so that the choice depends on what they say and not
on the order of files, repositories or processes.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from whichcode.corpus.manifest import Caps
from whichcode.corpus.near import first_of_each


@dataclass(slots=True)
class Candidate:
    """A text of a shard, without its content.

    Attributes:
        repository: ``owner/name``.
        row: its place in the repository's shard.
        language: its label.
        kind: as in the corpus's column.
        digest: SHA-256 of its content, in hexadecimal.
        key: `near.text_key`.
        sketch: `near.sketch_of`.
        cap: texts of one language and kind that its repository may give at most; None for the manifest's cap.
        files_per_author: as in the repository's entry.
    """

    repository: str
    row: int
    language: str
    kind: str
    digest: str
    key: bytes
    sketch: bytes
    cap: int | None
    files_per_author: int | None = None

    @property
    def fence(self) -> bool:
        """Whether it is a block of a document."""
        return self.kind == "fence"


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates in the order in which they are chosen."""
    return sorted(candidates, key=lambda one: (one.fence, one.digest, one.repository, one.row))


def without_copies(candidates: Sequence[Candidate], skipped: Counter[str]) -> list[Candidate]:
    """Return one of each group of texts with the same tokens, in the order given.

    Copies with different labels keep the label that most of them have; where two have as many, all go.
    """
    groups: dict[bytes, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.key].append(candidate)
    kept = []
    for group in groups.values():
        labels = Counter(candidate.language for candidate in group).most_common(2)
        if len(labels) == 2 and labels[0][1] == labels[1][1]:
            skipped["copies with different labels"] += len(group)
            continue
        kept.append(next(candidate for candidate in group if candidate.language == labels[0][0]))
        skipped["exact copy"] += len(group) - 1
    return kept


def without_near_copies(candidates: Sequence[Candidate], skipped: Counter[str]) -> list[Candidate]:
    """Return the first of each group of near copies, in the order given."""
    firsts = first_of_each([candidate.sketch for candidate in candidates])
    kept = [candidate for i, candidate in enumerate(candidates) if firsts[i] == i]
    skipped["near copy"] += len(candidates) - len(kept)
    return kept


def thin_languages(files: Counter[str], caps: Caps) -> frozenset[str]:
    """Return the languages that have so few files in all that a repository may give more of them."""
    return frozenset(language for language, count in files.items() if count < caps.thin_files)


def within_caps(
    candidates: Sequence[Candidate], caps: Caps, thin: frozenset[str], skipped: Counter[str]
) -> list[Candidate]:
    """Return what the caps leave, in the order given; `thin` has the languages with the higher cap.

    A language that has too much loses from its largest repositories first, where each author of a collection
    is taken for a repository.
    """
    places: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for i, candidate in enumerate(candidates):
        # The kinds of text that are not code are as many languages here: there is much more prose than mail.
        place = places[candidate.repository, candidate.language, candidate.kind]
        if len(place) < _cap(candidate, candidate.language in thin, caps):
            place.append(i)
        else:
            skipped["over the cap"] += 1
    ranked: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for (_, language, kind), place in places.items():
        authors = authors_of(len(place), candidates[place[0]].files_per_author)
        ranked[language, kind] += [(rank // authors, i) for rank, i in enumerate(place)]
    kept = []
    for (_, kind), several in ranked.items():
        most = caps.language_fences if kind == "fence" else caps.language_files
        kept += [i for _, i in sorted(several)[:most]]
        skipped["over the cap"] += max(len(several) - most, 0)
    return [candidates[i] for i in sorted(kept)]


def _cap(candidate: Candidate, thin: bool, caps: Caps) -> int:
    if candidate.cap is not None:
        return candidate.cap
    if candidate.fence:
        return caps.fences
    return caps.thin_files if thin else caps.files


def authors_of(files: int, files_per_author: int | None) -> int:
    """Return how many authors so many `files` of a language are taken to be from: one, but in a collection."""
    return 1 if files_per_author is None else max(round(files / files_per_author), 1)


def author_of(repository: str, path: str, files: int, files_per_author: int | None) -> str | None:
    """Return whom a text of a collection with so many `files` of its language and kind is taken to be from.

    Blocks of one document, which differ in the line at the end of their `path`, are of one author.
    """
    if files_per_author is None:
        return None
    page = re.sub(r"#L\d+$", "", path)
    digest = hashlib.sha256(page.encode()).digest()
    return f"{repository}#{int.from_bytes(digest[:8]) % authors_of(files, files_per_author)}"
