"""What sort of text a file of the class `text` holds: prose, log, traceback, mail, or none that is sure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"(?<!\S)[(\"']?[^\W\d_]+(?:['’/-][^\W\d_]+)*[.,;:!?)\"']*(?!\S)")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]{6,}")
_CODE = re.compile(r"[{}()\[\];=<>|\\$#@*/+&^%~`_]")
_LOG = re.compile(
    r"^\W{0,2}(\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d|\d\d:\d\d:\d\d\b|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d"
    r"|\d{10,13}\b|\d{1,3}(\.\d{1,3}){3} - |(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|NOTICE|CRITICAL)\b"
    r"|[EWIDV]/\w+)"
)
_TRACEBACK = re.compile(
    r"^Traceback \(most recent call last\):"
    r"|^[^\S\n]++at [\w.$<>]+\([\w.]*(:\d+)?\)|^[^\S\n]++at .+ \(?\S+:\d+:\d+\)?$"
    r"|^panic: |^goroutine \d+ \[|^thread '.*' panicked at|^Exception in thread |^[^\S\n]++from \S+:\d+:in ",
    re.MULTILINE,
)
_HEADER = re.compile(r"^(From|To|Subject|Date|Message-ID|Cc|Reply-To|In-Reply-To|Return-Path|Received):? ", re.I)
_LICENCE = re.compile(
    r"permission is hereby granted|redistribution and use in source and binary"
    r"|gnu (lesser |affero )?general public|licensed under the apache licen[cs]e"
    r"|mozilla public licen[cs]e|without warranty of any kind",
    re.I,
)


def text_kind(text: str) -> str | None:
    """Return ``traceback``, ``log``, ``mail``, ``licence`` or ``prose``; None where `text` is not surely any.

    Prose is text whose lines are mostly words, with few of the marks that code and tables have: a list of data in
    a ``.txt`` file is not.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return None
    if sum(1 for line in lines[:20] if _HEADER.match(line)) >= 3:
        return "mail"
    if sum(1 for line in lines if _LOG.match(line)) >= 0.4 * len(lines) and len(lines) >= 3:
        return "log"
    if _TRACEBACK.search(text) and len(lines) <= 400:
        return "traceback"
    marks = len(_CODE.findall(text))
    worded = sum(1 for line in lines if len(_WORD.findall(line)) >= 4 or _UNSPACED.search(line))
    if worded < 0.5 * len(lines) or marks > 0.03 * len(text):
        return None
    return "licence" if _LICENCE.search(text) else "prose"


MOST_LINES = 40
"""Of a passage of prose that is taken out of a document."""

_LEAST_WORDS = 12
_MARKUP = re.compile(r"[`*_<>|\[\]{}#$\\~=^+]|::|https?:|--|^\W|^\s|^\w+[.)] |^\w+: \S+$", re.MULTILINE)


def passages(text: str) -> Iterator[tuple[int, str]]:
    """Yield the passages of `text`, a document in some markup, that have none: its plain paragraphs.

    Paragraphs in a row stay together up to `MOST_LINES`; longer ones are left out. Nothing of them says that they
    are a document's, so they are prose and not its markup.

    Yields:
        The number of the passage's first line, from 1, and the passage.
    """
    kept: list[str] = []
    start = number = 1
    for part in re.split(r"(\n[ \t]*(?:\n[ \t]*)*\n)", text):
        lines = part.strip("\n").split("\n")
        plain = len(lines) <= MOST_LINES and _plain(part)
        if kept and part.strip() and not (plain and len(kept) + 1 + len(lines) <= MOST_LINES):
            yield start, "\n".join(kept) + "\n"
            kept = []
        if plain:
            start = start if kept else number + len(part) - len(part.lstrip("\n"))
            kept += [*([""] if kept else []), *lines]
        number += part.count("\n")
    if kept:
        yield start, "\n".join(kept) + "\n"


def _plain(paragraph: str) -> bool:
    if _MARKUP.search(paragraph.strip("\n")) or text_kind(paragraph) != "prose":
        return False
    return len(_WORD.findall(paragraph)) >= _LEAST_WORDS or len(_UNSPACED.findall(paragraph)) >= 3
