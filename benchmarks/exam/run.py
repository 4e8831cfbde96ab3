"""Putting the exam to systems, one after the other, and collecting the figures of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.exam.answers import Sheet, peer_sheet, whichcode_sheet
from benchmarks.exam.build import INDEX, differences, read_index
from benchmarks.exam.cache import AnswerCache
from benchmarks.exam.items import Item, read_part
from benchmarks.exam.labels import registry_ids, the_40
from benchmarks.exam.score import score
from benchmarks.exam.systems import Description, Peer, ask_peer, describe
from whichcode.detector import Detector
from whichcode.errors import CorpusError
from whichcode.progress import progress

Log = Callable[[str], None]
Report = dict[str, Any]

FORTY, ALL = "40", "all"
"""The scopes with full figures; the others are each system's own languages, by its name."""


@dataclass(frozen=True)
class Selection:
    """What of the exam is asked.

    Attributes:
        parts: their names; None for every part in the index.
        draws: windows of each file; None for all.
        fewer: the same for single systems, by name.
        only_40: whether only texts in the 40 languages are asked.
        limit: at most so many texts of each part, spread evenly; None for all.
    """

    parts: Sequence[str] | None = None
    draws: int | None = None
    fewer: Mapping[str, int] = field(default_factory=dict)
    only_40: bool = False
    limit: int | None = None

    def of(self, items: Sequence[Item], system: str) -> list[Item]:
        """Return those of a part's items that `system` is asked."""
        draws = self.fewer.get(system, self.draws)
        chosen = [
            item
            for item in items
            if (draws is None or item.draw < draws) and (not self.only_40 or item.language in the_40())
        ]
        if self.limit is None or len(chosen) <= self.limit:
            return chosen
        return [chosen[i * len(chosen) // self.limit] for i in range(self.limit)]


def run(
    exam: Path,
    peers: Sequence[Peer],
    detector: Detector | None,
    *,
    selection: Selection = Selection(),  # immutable
    answers: Path,
    log: Log = lambda _line: None,
) -> Report:
    """Put the exam to whichcode (where `detector` is given) and to `peers`; return every figure.

    Args:
        exam: the folder that `build` wrote.
        peers: asked in this order, one at a time.
        detector: whichcode's.
        selection: what is asked.
        answers: the folder of the peers' raw answers, which are asked for once.
        log: told what is done.

    Raises:
        CorpusError: the exam cannot be read.
        EvaluationError: a peer fails.
    """
    index = read_index(exam / "exam.json")
    names = list(index["parts"]) if selection.parts is None else list(selection.parts)
    for name in names:
        if name not in index["parts"]:
            raise CorpusError(f"{exam}: no part {name!r}; there are {', '.join(index['parts'])}")
    described = {peer.name: describe(peer) for peer in peers}
    own = {peer.name: registry_ids(described[peer.name].labels, peer.table) for peer in peers}
    if detector is not None:
        own = {"whichcode": frozenset(detector.languages), **own}
    parts = {name: read_part(exam / f"{name}.jsonl", index["parts"][name]["sha256"]) for name in names}
    everything = frozenset(item.language for items in parts.values() for item in items)
    scopes = {FORTY: the_40(), **({} if selection.only_40 else {ALL: everything, **own})}
    figures: dict[str, Any] = {}

    def record(system: str, part: str, sheet: Sheet) -> None:
        figures.setdefault(system, {})[part] = {
            "timeouts": sheet.timeouts,
            "scopes": {
                scope: found
                for scope, languages in scopes.items()
                if (found := score(sheet, languages, full=scope in (FORTY, ALL))) is not None
            },
        }

    if detector is not None:
        for name, items in parts.items():
            chosen = selection.of(items, "whichcode")
            log(f"whichcode: {name}: {len(chosen):,} texts")
            with progress(f"whichcode, {name}", len(chosen)) as advance:
                sheet = whichcode_sheet(detector, chosen, advance=advance)
            record("whichcode", name, sheet)
    for peer in peers:
        for name, items in parts.items():
            chosen = selection.of(items, peer.name)
            sha256 = index["parts"][name]["sha256"]
            record(peer.name, name, _peer_sheet(peer, described[peer.name], name, sha256, chosen, answers, log))
    return {
        "exam": {
            "seed": index["seed"],
            "draws": index["draws"],
            "parts": {name: index["parts"][name] for name in names},
            "as_committed": not differences(
                {"parts": {name: index["parts"][name] for name in names}}, read_index(INDEX)
            ),
        },
        "asked": {
            "draws": selection.draws or index["draws"],
            "fewer": {name: n for name, n in selection.fewer.items() if name in figures},
            "only_40": selection.only_40,
            "limit": selection.limit,
        },
        "systems": _systems(detector, described, own),
        "scopes": {scope: sorted(languages & everything) for scope, languages in scopes.items()},
        "figures": figures,
    }


def _peer_sheet(
    peer: Peer, description: Description, part: str, sha256: str, items: list[Item], answers: Path, log: Log
) -> Sheet:
    texts = [item.text for item in items]
    with AnswerCache(answers, peer.name, description.version, part, sha256) as cache:
        missing = sum(1 for _ in cache.missing(texts))
        log(f"{peer.name}: {part}: {len(texts):,} texts, {missing:,} of them to ask")
        with progress(f"{peer.name}, {part}", missing) as advance:
            raw = ask_peer(peer, texts, cache, advance=advance)
    return peer_sheet(items, raw, peer.table, confident=description.probabilities)


def _systems(
    detector: Detector | None, described: Mapping[str, Description], own: Mapping[str, frozenset[str]]
) -> dict[str, Any]:
    systems: dict[str, Any] = {}
    if detector is not None:
        systems["whichcode"] = {
            "version": f"{detector.model.id} {detector.model.version}",
            "digest": detector.model.digest,
            "languages": len(detector.languages),
            "probabilities": True,
        }
    for name, description in described.items():
        systems[name] = {
            "version": description.version,
            "languages": len(own[name]),
            "probabilities": description.probabilities,
        }
    return systems
