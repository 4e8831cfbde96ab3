"""Write the answers of the service into docs/serve.md, below the commands that ask for them.

Each block of ``sh`` with a curl command that a block of ``json`` follows is asked of the service itself, in this
process; ``--check`` writes nothing and fails where the page says something else.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from pathlib import Path

from starlette.testclient import TestClient

from whichcode.atomic import write_atomically
from whichcode.detector import default_detector
from whichcode.web.app import create_app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "serve.md"
ADDRESS = "http://127.0.0.1:8080"

_EXAMPLE = re.compile(r"```sh\n(curl [^\n]*)\n```\n\n```json\n(?:(?!```).*\n)*```\n")


def filled(page: str) -> str:
    """Return `page` with the answers that the service gives now."""
    with TestClient(create_app(default_detector())) as client:

        def example(match: re.Match[str]) -> str:
            command = match[1]
            return f"```sh\n{command}\n```\n\n```json\n{_answer(client, shlex.split(command))}\n```\n"

        return _EXAMPLE.sub(example, page)


def _answer(client: TestClient, words: list[str]) -> str:
    """Return the answer to a curl command of the form ``curl ADDRESS [--json BODY]``."""
    path = words[1].removeprefix(ADDRESS)
    if len(words) == 2:
        response = client.get(path)
    else:
        assert words[2] == "--json", words
        response = client.post(path, content=words[3], headers={"Content-Type": "application/json"})
    return _shown(response.json())


def _shown(value: object, indent: str = "", width: int = 110) -> str:
    """Return JSON as people write it: on one line where it fits, else one entry a line."""
    line = json.dumps(value)
    if len(indent) + len(line) <= width or not isinstance(value, dict | list):
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        entries = [f"{json.dumps(key)}: {_shown(entry, deeper)}" for key, entry in value.items()]
        return "{\n" + ",\n".join(deeper + entry for entry in entries) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _shown(entry, deeper) for entry in value) + f"\n{indent}]"


def main() -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not up to date")
    check = parser.parse_args().check
    page = PAGE.read_text("utf-8")
    now = filled(page)
    if now == page:
        return 0
    if check:
        print(f"{PAGE.name} is not what the service answers: run python tools/serve_examples.py", file=sys.stderr)
        return 1
    write_atomically(PAGE, now)
    return 0


if __name__ == "__main__":
    sys.exit(main())
