"""The proof that labels are all that changes, by code that shares nothing with what writes them."""

from __future__ import annotations

import difflib
import re
from collections import Counter

from benchmarks.fences.trees import Tree
from whichcode.errors import WhichcodeError
from whichcode.fences import Context, Labeller, blocks, decode, encode, markup_of, write_labels

_OPENING = re.compile(rb"([^`~]*)(`{3,}|~{3,})(.*)$", re.DOTALL)
_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def check(tree: Tree, labeller: Labeller, counts: Counter[str]) -> list[str]:
    """Label each document, however unsure; return what else changed, one sentence a document.

    From Markdown all labels are taken before. `counts` gets documents and labels, by markup.
    """
    wrong = []
    for path, data in tree.documents():
        markup = str(markup_of(path))
        try:
            text = decode(data)
            found = blocks(text, markup)
            before = data
            if markup in ("markdown", "mdx"):
                before = strip(data, [block.line for block in found if block.label])
                text = decode(before)
                found = blocks(text, markup)
            answers = labeller.unlabelled(found, Context())
            labels = {answer.block.line: answer.label for answer in answers if answer.label}
            after = encode(write_labels(text, markup, labels))
        except WhichcodeError as error:
            counts[f"{markup}: refused"] += 1
            wrong.append(f"{tree.name}: {path}: {error}")
            continue
        counts[f"{markup}: documents"] += 1
        counts[f"{markup}: labels"] += len(labels)
        counts[f"{markup}: bytes"] += len(before)
        same = only_info_strings if markup in ("markdown", "mdx") else only_directives
        if not same(before, after, len(labels)):
            wrong.append(f"{tree.name}: {path}: more than labels changed")
    return wrong


def strip(data: bytes, numbers: list[int]) -> bytes:
    """Return Markdown without the info strings of the fences that lines (from 1) open."""
    lines = _LINES.findall(data)
    for number in numbers:
        match = _OPENING.match(lines[number - 1])
        if match is not None:
            end = re.search(rb"[\r\n]*\Z", match[3])
            lines[number - 1] = match[1] + match[2] + (end[0] if end else b"")
    return b"".join(lines)


def only_info_strings(before: bytes, after: bytes, labels: int) -> bool:
    """Tell whether `after` is `before` with words behind the marks of `labels` lines that open fences."""
    old, new = _LINES.findall(before), _LINES.findall(after)
    changed = [(a, b) for a, b in zip(old, new, strict=False) if a != b]
    if len(old) != len(new) or len(changed) != labels:
        return False
    for a, b in changed:
        head = a.rstrip()
        tail = a[len(head) :]
        if not head.endswith((b"```", b"~~~")) or not b.startswith(head) or not b.endswith(tail):
            return False
        if not re.fullmatch(rb"[^\s`~]+", b[len(head) : len(b) - len(tail)]):
            return False
    return True


def only_directives(before: bytes, after: bytes, labels: int) -> bool:
    """Tell whether `labels` directives, attribute lines and opening fences are all that changed, and blank lines.

    Of a line that ends in ``::`` what it says stays.
    """
    old, new = _LINES.findall(before), _LINES.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    told = 0
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            found = _labels(old[i:j], new[k:m])
            if found is None:
                return False
            told += found
    return told == labels


def _labels(old: list[bytes], new: list[bytes]) -> int | None:
    """Return how many labels `new` has that `old` has not; None if more changed.

    Each line of `old` but a lone ``::`` must be in `new` once, with a label or without its colons; what is new
    besides is a directive as deep as the line that it stands for, an attribute line, or one blank line a label.
    """
    left = [line.rstrip() for line in new if line.strip()]
    blanks = len(new) - len(left) - sum(not line.strip() for line in old)
    told, depths = 0, set()
    for line in map(bytes.rstrip, old):
        if not line:
            continue
        if (said := _said(line)) is not None:
            depths |= {len(line) - len(line.lstrip()), _MARK.match(line).end()}
            stays = next((one for one in (said + b":", said.rstrip()) if one in left), None)
            if stays is not None and stays.strip():
                left.remove(stays)
                continue
            if said.strip():
                lead = next((one for one in left if _label_behind(said + b".. code-block:: ", one)), None)
                if lead is None or not _MARK.fullmatch(said):
                    return None
                left.remove(lead)
                told += 1
            continue
        heads = [line]
        if _DIRECTIVE.search(line):
            heads = [line + b" "]
        elif line.startswith(b"[") and line.endswith(b"]"):
            heads = [line[:at] for at in range(1, len(line))]
        elif not line.endswith(b"```"):
            return None
        labelled = next(
            (one for one in left for head in heads if _label_behind(head, one, line[len(head) :])), None
        )
        if labelled is None:
            return None
        left.remove(labelled)
        told += 1
    for line in left:
        fresh = _FRESH.fullmatch(line)
        if fresh is None or not (line.startswith(b"[") or len(fresh[1]) in depths):
            return None
        told += 1
    return told if 0 <= blanks <= told else None


_DIRECTIVE = re.compile(rb"(?:^|\s)\.\. (?:code-block|sourcecode|code)::$")
_FRESH = re.compile(rb"(\s*)\.\. code-block:: \S+|\[source,[^\s,\]]+\]")
_MARK = re.compile(rb"\s*(?:(?:[-*+]|\(?[\w#]+[.)])\s+)*")


def _said(line: bytes) -> bytes | None:
    """Return what stands before the ``::`` at the end of a line that is no directive of code."""
    return line[:-2] if line.endswith(b"::") and not _DIRECTIVE.search(line) else None


def _label_behind(head: bytes, line: bytes, tail: bytes = b"") -> bool:
    """Tell whether `line` is `head`, a label and `tail`; in an attribute line it is behind a comma."""
    if not (line.startswith(head) and line.endswith(tail)) or len(line) <= len(head) + len(tail):
        return False
    label = line[len(head) : len(line) - len(tail)]
    attribute = head.startswith(b"[")
    return bool(re.fullmatch(rb",[^\s,`\]]+" if attribute and not head.endswith(b",") else rb"[^\s,`\]]+", label))
