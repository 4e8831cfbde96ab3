"""Which licences allow that a model that anybody may use learns from a repository."""

from __future__ import annotations

import re

_FORBIDS = re.compile(
    r"(^|-)(NC|ND)(-|$)|non-?commercial|^(BUSL|Elastic|Prosperity|SSPL)-"
    r"|^(NOASSERTION|NONE|OTHER|PROPRIETARY|UNLICENSED|COMMERCIAL)$",
    re.I,
)


def licence_allows(licence: str | None) -> bool:
    """Tell whether a licence is known and allows commercial use and derived works.

    An SPDX expression (https://spdx.github.io/spdx-spec/, annex D) allows it if one side of an ``OR`` does and
    both sides of an ``AND`` do, which binds tighter; what is in parentheses is asked first. What is no expression
    allows nothing.
    """
    licence = licence or ""
    while (inner := re.search(r"\(([^()]*)\)", licence)) is not None:
        told = "MIT" if licence_allows(inner[1]) else "NONE"
        licence = f"{licence[: inner.start()]} {told} {licence[inner.end() :]}"
    return any(
        all(
            re.fullmatch(r"[\w.+:-]+", part) and not _FORBIDS.search(part)
            for part in re.split(r"\s+(?:AND|WITH)\s+", alternative.strip())
        )
        for alternative in re.split(r"\s+OR\s+", licence)
    )
