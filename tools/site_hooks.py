"""Hooks of MkDocs: what pages link to outside docs/ becomes part of the site.

Pages are read in the repository, too, where ``../reports/README.md`` is the right address. The site has such files
under ``repository/``, pages and notebooks as pages and all else as it is, and links lead there. A link to nowhere
stays as it is, and the strict build tells of it.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
DOCS = "docs/"
OUTSIDE = "repository/"
"""Where the site has what is not in docs/."""

_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)#\s]+)(?P<after>(?:#[^)\s]*)?(?:\s[^)]*)?\))")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")


def on_files(files: Any, *, config: Any) -> Any:
    """Add every file of the repository that a page links to, and that those pages link to."""
    pending = [DOCS + file.src_uri for file in files if file.src_uri.endswith(".md")]
    found = set(pending)
    while pending:
        page = pending.pop()
        for target in _targets((ROOT / page).read_text("utf-8"), page):
            if target in found or target.startswith(DOCS):
                continue
            found.add(target)
            if target.endswith(".ipynb"):
                files.append(File.generated(config, _place(target), content=notebook_page(ROOT / target)))
                continue
            files.append(File.generated(config, _place(target), abs_src_path=str(ROOT / target)))
            if target.endswith(".md"):
                pending.append(target)
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Turn links between files of the repository into links between files of the site."""
    here = page.file.src_uri
    origin = here.removeprefix(OUTSIDE) if here.startswith(OUTSIDE) else DOCS + here

    def rewritten(match: re.Match[str]) -> str:
        target = _resolved(match["target"], origin)
        if target is None:
            return match[0]
        place = posixpath.relpath(_place(target), posixpath.dirname(here) or ".")
        return f"{match['before']}{place}{match['after']}"

    lines = []
    for text, is_code in _parts(markdown):
        lines.append(text if is_code else _LINK.sub(rewritten, text))
    return "".join(lines)


def notebook_page(path: Path) -> str:
    """Return a notebook as Markdown, with what its cells printed and showed."""
    parts = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"````python\n{source}\n````")
        for output in cell["outputs"]:
            shown = output.get("data", {})
            if "text/html" in shown:
                parts.append("".join(shown["text/html"]))
            elif "text" in output or "text/plain" in shown:
                parts.append(f"````text\n{''.join(output.get('text') or shown['text/plain']).rstrip()}\n````")
    return "\n\n".join(parts) + "\n"


def _targets(markdown: str, page: str) -> Iterator[str]:
    for text, is_code in _parts(markdown):
        if not is_code:
            for match in _LINK.finditer(text):
                target = _resolved(match["target"], page)
                if target is not None:
                    yield target


def _resolved(target: str, page: str) -> str | None:
    """Return the path in the repository of what `page` links to, or None where that is no file of it."""
    if "://" in target or target.startswith(("/", "mailto:")):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
    return path if not path.startswith("..") and (ROOT / path).is_file() else None


def _place(path: str) -> str:
    """Return where in the site's sources a file of the repository is."""
    if path.endswith(".ipynb"):
        path = path.removesuffix(".ipynb") + ".md"
    return path.removeprefix(DOCS) if path.startswith(DOCS) else OUTSIDE + path


def _parts(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yield `markdown` in parts, and whether each is a block of code, whose brackets are no links."""
    part: list[str] = []
    fence = ""
    for line in markdown.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            yield "".join(part), False
            part, fence = [line], mark[1]
        elif mark and line.strip() == fence:
            yield "".join([*part, line]), True
            part, fence = [], ""
        else:
            part.append(line)
    yield "".join(part), bool(fence)
