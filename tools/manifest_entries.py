"""Write manifest entries for git directories: the commit of each and its licence, as far as its own file tells.

    python tools/manifest_entries.py mirrors/ owner/name owner/other > entries.json

A licence is told by phrases of the licence file at the top of the repository; what no phrase tells is reported
on standard error and left out: a person must read it. Repositories that are kept for measuring are refused.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import pygit2

from whichcode.corpus.exams import name_digest, read_refused
from whichcode.corpus.git import find_mirror
from whichcode.corpus.manifest import read_manifest
from whichcode.packaged import DATA

PHRASES: tuple[tuple[str, str], ...] = (
    (r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3", "AGPL-3.0"),
    (r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3", "LGPL-3.0"),
    (r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1", "LGPL-2.1"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 3", "GPL-3.0"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 2", "GPL-2.0"),
    (r"Attribution-NonCommercial|Attribution-NoDerivatives", "NC"),
    (r"Attribution-ShareAlike 4\.0", "CC-BY-SA-4.0"),
    (r"Attribution 4\.0 International", "CC-BY-4.0"),
    (r"CC0 1\.0 Universal|Creative Commons Zero", "CC0-1.0"),
    (r"Mozilla Public License,? (?:Version|v\.?) ?2\.0", "MPL-2.0"),
    (r"Eclipse Public License -? ?v ?2\.0", "EPL-2.0"),
    (r"Eclipse Public License -? ?v ?1\.0", "EPL-1.0"),
    (r"Artistic License 2\.0|The Artistic License 2\.0", "Artistic-2.0"),
    (r"Boost Software License - Version 1\.0", "BSL-1.0"),
    (r"Apache License\s+Version 2\.0", "Apache-2.0"),
    (r"This is free and unencumbered software released into the public domain", "Unlicense"),
    (r"Permission to use, copy, modify, and/?(?: or )?distribute this software for any\s+purpose", "ISC"),
    (r"Neither the name[\s\S]{0,200}? may be used to endorse", "BSD-3-Clause"),
    (r"Redistribution and use in source and binary forms", "BSD-2-Clause"),
    (r"This software is provided 'as-is', without any express or implied", "Zlib"),
    (r"Permission is hereby granted, free of charge, to any person obtaining", "MIT"),
)
LICENCE_FILE = re.compile(r"(un)?licen[cs]e.*|copying.*", re.IGNORECASE)


def licence_of(texts: list[str]) -> str | None:
    """Return what phrases tell of the texts, as an SPDX expression: all of several licences must be kept.

    Where a repository offers them as alternatives, which no file's text tells, a person may write OR.
    """
    found = []
    for text in texts:
        for pattern, name in PHRASES:
            if re.search(pattern, re.sub(r"[ \t]+", " ", text)):
                found.append(name)
                break
    return " AND ".join(dict.fromkeys(found)) or None


def main() -> int:
    """Print the entries; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirrors", type=Path)
    parser.add_argument("names", nargs="+", metavar="OWNER/NAME")
    arguments = parser.parse_args()
    held_out = read_refused([DATA / "heldout.sha256"])
    kept = read_manifest(Path(__file__).parent.parent / "corpora" / "text-held-back.json").repositories
    held_out |= {name_digest(one.repository) for one in kept}
    status, entries = 0, []
    for name in arguments.names:
        place = find_mirror(arguments.mirrors, name)
        if name_digest(name) in held_out or place is None:
            print(
                f"{name}: {'has no git directory' if place is None else 'is kept for measuring'}", file=sys.stderr
            )
            status = 1
            continue
        repository = pygit2.Repository(str(place))
        commit = repository.revparse_single("HEAD").peel(pygit2.Commit)
        texts = [
            blob.data.decode("utf-8", "replace")
            for blob in sorted(commit.tree, key=lambda entry: len(str(entry.name)))
            if isinstance(blob, pygit2.Blob) and LICENCE_FILE.fullmatch(str(blob.name))
        ]
        licence = licence_of(texts)
        if licence is None:
            print(f"{name}: no licence that a phrase tells; read {[t[:60] for t in texts]}", file=sys.stderr)
            status = 1
            continue
        entries.append({"repository": name, "commit": str(commit.id), "licence": licence})
    print(json.dumps(entries, indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main())
