"""Which licences allow that a model that anybody may use learns from a repository."""

from __future__ import annotations

import re

_FORBIDS = re.compile(
    r"(^|-)(NC|ND)\d?(-|$)|non-?commercial|propriet|reserved|commons-clause|^(LicenseRef-)?commercial"
    r"|^(BUSL|Elastic|FSL|PolyForm|Prosperity|RSAL|SSPL)"
    r"|^(NOASSERTION|NONE|OTHER|UNKNOWN|UNLICENSED)$",
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
    alternatives = [re.split(r"\s+(?:AND|WITH)\s+", one.strip()) for one in re.split(r"\s+OR\s+", licence)]
    if not all(re.fullmatch(r"[\w.+:-]+", part) for parts in alternatives for part in parts):
        return False
    return any(not any(map(_FORBIDS.search, parts)) for parts in alternatives)
