"""What of one repository may come into a corpus: its files and blocks with their labels.

Which files are read is decided by the names of their objects, which git derives from their content: the same
commit gives the same files on any machine, and most files of a large repository are never read.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field

from whichcode.corpus import filters
from whichcode.corpus.fences import fences, reader_of
from whichcode.corpus.git import Entry, Mirror
from whichcode.corpus.labels import IGNORED, Label, Named, by_content, by_name, majority
from whichcode.corpus.manifest import Caps, Repository, matcher
from whichcode.corpus.mislabelled import taken_as
from whichcode.corpus.near import shingles_of, sketch_of, text_key, tokens_of
from whichcode.corpus.plain import for_readers, plain_text
from whichcode.corpus.prose import passages
from whichcode.corpus.signs import shows

DOCUMENTS = 2000
"""Documents of one repository that are read for their fences at most."""

PASSAGES = 12
"""Passages of prose that are taken out of one repository's documents at most."""

UNSURE = 4
"""Files of a shared extension that are read at most, in multiples of the cap."""

LEFT_OUT = "left out by the manifest"
"""Why a text of a language that its repository's entry leaves out is not taken."""

UNSHOWN = "nothing shows its language"
"""Why a text is not taken that by its content is of another language (`whichcode.corpus.signs`)."""

_WORD = re.compile(r"\w")


@dataclass
class Row:
    """A text of a shard; `sketch` and `key` are those of `near`."""

    language: str
    kind: str
    path: str
    content: bytes
    digest: str
    key: bytes
    sketch: bytes


@dataclass
class Reading:
    """What was found in a repository.

    Attributes:
        rows: the texts.
        skipped: files by the reason why they were left out.
        unknown: blocks of documents by label that nobody knows.
        full: languages of which there was more than the cap.
    """

    rows: list[Row] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    full: set[str] = field(default_factory=set)


class Reader:
    """Reads one repository at one commit.

    Args:
        mirror: its git directory, opened.
        repository: the entry of the manifest.
        commit: hexadecimal.
        raised: languages of which the cap for thin languages holds.
        caps: of the manifest.
    """

    def __init__(
        self, mirror: Mirror, repository: Repository, commit: str, raised: tuple[str, ...], caps: Caps
    ) -> None:
        self.mirror, self.repository, self.commit = mirror, repository, commit
        self.raised, self.caps = raised, caps
        self.reading = Reading()
        self.taken: Counter[Label] = Counter()
        self.unsure: Counter[str] = Counter()
        self.decided: dict[str, Counter[str]] = {}
        self.undecided: list[tuple[Named, Entry, str]] = []
        self.blocks: dict[str, dict[str, Row]] = {}
        self.passages: dict[str, Row] = {}
        self.documents = 0
        self.relabel = dict(repository.relabel)
        self.folders = [(matcher((pattern,)), Label(*label)) for pattern, *label in repository.folders]

    def read(self) -> Reading:
        """Return what may come into a corpus; what a mirror lacks is counted by the mirror.

        Raises:
            CorpusError: the git directory cannot be read.
        """
        named = self._named()
        by_names = Counter(told.label.language for _, told in named if told.label is not None)
        seen: set[str] = set()
        for entry, told in sorted(named, key=lambda pair: (pair[0].object, pair[0].path)):
            if entry.object not in seen:
                seen.add(entry.object)
                self._take(entry, told)
        for told, entry, text in self.undecided:
            language = majority(told.extension, self.decided.get(told.extension, Counter()), by_names)
            if language is None or language == "text":
                self.reading.skipped["undecided"] += 1
            else:
                self._accept(Label(language), entry, text)
        for blocks in self.blocks.values():
            rows = sorted(blocks.values(), key=lambda row: row.digest)
            self.reading.rows += rows[: self.repository.fences or self.caps.fences]
        self.reading.rows += sorted(self.passages.values(), key=lambda row: row.digest)[:PASSAGES]
        return self.reading

    def _named(self) -> list[tuple[Entry, Named]]:
        include, exclude = matcher(self.repository.include), matcher(self.repository.exclude)
        result = []
        for entry in self.mirror.entries(self.commit):
            if self.repository.include and not include(entry.path):
                continue
            if exclude(entry.path):
                continue
            named = next((Named(label) for match, label in self.folders if match(entry.path)), None)
            if named is None:
                named = by_name(entry.path) if self.repository.names else IGNORED
            if named.ignored and not self._document(entry):
                self.reading.skipped["name tells nothing"] += 1
            else:
                result.append((entry, named))
        return result

    def _document(self, entry: Entry) -> str | None:
        return reader_of(entry.path) if self.repository.names else None

    def _cap(self, language: str) -> int:
        if self.repository.cap is not None:
            return self.repository.cap
        return self.caps.thin_files if language in self.raised else self.caps.files

    def _wanted(self, named: Named) -> bool:
        """Tell whether a file of such a name could still be taken."""
        if named.ignored:
            return False
        if named.label is not None:
            return not self._left_out(named) and not self._is_full(named.label)
        if named.languages and all(self._is_full(Label(language)) for language in named.languages):
            return False
        return self.unsure[named.extension] < UNSURE * self._cap("")

    def _left_out(self, named: Named) -> bool:
        return named.label is not None and named.label.language in self.repository.leave_out

    def _is_full(self, label: Label) -> bool:
        if self.taken[label] < self._cap(label.language):
            return False
        self.reading.full.add(label.language)
        return True

    def _take(self, entry: Entry, named: Named) -> None:
        skipped = self.reading.skipped
        markup = self._document(entry)
        document = markup is not None and self.documents < DOCUMENTS
        wanted = self._wanted(named)
        if not wanted and not document:
            skipped[LEFT_OUT if self._left_out(named) else "over the cap"] += 1
            return
        if filters.vendored(entry.path):
            skipped["vendored"] += 1
            return
        if filters.generated_name(entry.path):
            skipped["generated"] += 1
            return
        size = self.mirror.size(entry)
        if size is None:
            return
        if size > filters.MAX_BYTES:
            skipped["too large"] += 1
            return
        if size < filters.least_bytes(named.label.language if named.label else None):
            skipped["too small"] += 1
            return
        data = self.mirror.read(entry)
        if data is None:
            return
        text = filters.clean_text(data)
        if text is None:
            skipped["binary"] += 1
            return
        if document and markup is not None:
            self.documents += 1
            self._take_blocks(entry, text, markup)
        if wanted:
            self._take_file(entry, named, text)

    def _take_file(self, entry: Entry, named: Named, text: str) -> None:
        if named.label is None:
            self.unsure[named.extension] += 1
        label = by_content(named, entry.path, text)
        if label is None:
            if named.extension:
                self.undecided.append((named, entry, text))
            else:
                self.reading.skipped["name tells nothing"] += 1
            return
        if not label.language:
            self.reading.skipped["no use by content"] += 1
            return
        if named.extension:
            self.decided.setdefault(named.extension, Counter())[label.language] += 1
        self._accept(label, entry, text)

    def _accept(self, label: Label, entry: Entry, text: str) -> None:
        skipped = self.reading.skipped
        if label.language in self.repository.leave_out:
            skipped[LEFT_OUT] += 1
            return
        if label.language == "text":
            text = plain_text(text, label.kind)
        if self._is_full(label):
            skipped["over the cap"] += 1
        elif len(text) < filters.least_bytes(label.language) or not text.strip():
            skipped["too small"] += 1
        elif filters.generated_text(text, label.language):
            skipped["generated"] += 1
        elif filters.minified(text, label.language):
            skipped["minified"] += 1
        elif not shows(label.language, text):
            skipped[UNSHOWN] += 1
        elif label.language == "text" and not for_readers(text, label.kind):
            skipped["no use by content"] += 1
        else:
            self.taken[label] += 1
            self.reading.rows.append(_row(label.language, label.kind, entry.path, text))

    def _take_blocks(self, entry: Entry, text: str, markup: str) -> None:
        for block in fences(text, markup):
            language = taken_as(block)
            meant = self.relabel.get(language or "")
            if meant and shows(meant, block.text):
                language = meant
            if language is None:
                self.reading.unknown[block.label] += 1
            elif not language:
                self.reading.skipped["block without use"] += 1
            elif language in self.repository.leave_out:
                self.reading.skipped[LEFT_OUT] += 1
            elif len(_WORD.findall(block.text)) < 3 or filters.minified(block.text, language):
                self.reading.skipped["block too small or minified"] += 1
            elif not shows(language, block.text):
                self.reading.skipped[UNSHOWN] += 1
            else:
                row = _row(language, "fence", f"{entry.path}#L{block.line}", block.text)
                self.blocks.setdefault(language, {}).setdefault(row.digest, row)
        if len(self.passages) < PASSAGES * UNSURE and "text" not in self.repository.leave_out:
            for line, passage in passages(text):
                row = _row("text", "prose", f"{entry.path}#L{line}", passage)
                self.passages.setdefault(row.digest, row)


def _row(language: str, kind: str, path: str, text: str) -> Row:
    content = text.encode("utf-8", "surrogatepass")
    tokens = tokens_of(text)
    return Row(
        language,
        kind,
        path,
        content,
        hashlib.sha256(content).hexdigest(),
        text_key(tokens),
        sketch_of(shingles_of(tokens)).astype("<u4").tobytes(),
    )
