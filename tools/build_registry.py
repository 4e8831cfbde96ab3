"""Build the registry of languages that whichcode ships.

    python tools/build_registry.py LANGUAGES.yml --linguist 9.6.0 --out src/whichcode/data/languages.json

LANGUAGES.yml is ``lib/linguist/languages.yml`` of a Linguist release. Names, types, groups, aliases,
extensions, file names and interpreters come from it; what whichcode adds is read from
``languages-extra.toml`` next to the output. The output is JSON with sorted keys and one language a line, so
that a change of one language is a change of one line.

Needs PyYAML, which the package itself does not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

from whichcode.atomic import write_atomically

LISTS = ("aliases", "extensions", "filenames", "interpreters")


def from_linguist(source: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the entries of the registry by canonical id, facts of Linguist alone."""
    registry: dict[str, dict[str, Any]] = {}
    for name, facts in source.items():
        canonical = name.lower()
        if canonical in registry:
            raise ValueError(f"two languages are called {canonical!r} in lower case")
        entry: dict[str, Any] = {"name": name, "type": facts["type"]}
        if facts.get("group", name) != name:
            entry["group"] = facts["group"].lower()
        entry.update({key: [str(item) for item in facts[key]] for key in LISTS if facts.get(key)})
        if "aliases" in entry:
            entry["aliases"] = [alias.lower() for alias in entry["aliases"]]
        registry[canonical] = entry
    return registry


def add_ours(registry: dict[str, dict[str, Any]], extra: dict[str, Any]) -> None:
    """Add the languages, aliases and comment markers of `extra` to `registry`."""
    for canonical, entry in extra["new"].items():
        if canonical in registry:
            raise ValueError(f"[new] {canonical}: Linguist has this language now, drop ours")
        registry[canonical] = dict(entry)
    for canonical, aliases in extra["aliases"].items():
        registry[canonical].setdefault("aliases", []).extend(aliases)
    for group in extra["comments"]:
        for canonical in group["languages"]:
            if "comments" in registry[canonical]:
                raise ValueError(f"[[comments]] {canonical} is listed twice")
            registry[canonical]["comments"] = group["markers"]


def check(registry: dict[str, dict[str, Any]], extra: dict[str, Any]) -> None:
    """Refuse a registry in which a name means two languages or a reference leads nowhere."""
    named: dict[str, str] = {}
    for canonical, entry in registry.items():
        names = [canonical, *entry.get("aliases", ())]
        if len(set(names)) != len(names):
            raise ValueError(f"{canonical}: a name is listed twice in {names}")
        for name in names:
            if named.setdefault(name, canonical) != canonical:
                raise ValueError(f"{name!r} names both {named[name]} and {canonical}")
        if entry.get("group", canonical) not in registry:
            raise ValueError(f"{canonical}: there is no group {entry['group']!r}")
    for extension, canonical in extra["owners"].items():
        holders = [
            other
            for other, entry in registry.items()
            if extension in (item.lower() for item in entry.get("extensions", ()))
        ]
        if canonical not in holders:
            raise ValueError(f"[owners] {extension} is no extension of {canonical}")
        if len(holders) == 1:
            raise ValueError(f"[owners] {extension} belongs to {canonical} alone, drop the line")
    for family in extra["families"]:
        unknown = [canonical for canonical in family["languages"] if canonical not in registry]
        if unknown:
            raise ValueError(f"[[families]] {family['reason']} there is no {', '.join(unknown)}")


def folds(registry: dict[str, dict[str, Any]], extra: dict[str, Any]) -> dict[str, str]:
    """Return what each language that is no class of its own is labelled as in a corpus."""
    separate = extra["granularity"]["separate"]
    result = {key: entry["group"] for key, entry in registry.items() if "group" in entry and key not in separate}
    result.update(extra["folds"])
    for language, target in result.items():
        if language not in registry or target not in registry:
            raise ValueError(f"[folds] there is no {language} or no {target}")
        if target in result:
            raise ValueError(f"[folds] {language} becomes {target}, which is folded itself")
    for language in separate:
        if "group" not in registry[language]:
            raise ValueError(f"[granularity] {language} is in no group, drop it")
    return result


def render(registry: dict[str, dict[str, Any]], extra: dict[str, Any], version: str) -> str:
    """Return the registry as JSON, keys sorted, one entry a line."""

    def compact(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    families = ",\n".join(compact(family) for family in extra["families"])
    languages = ",\n".join(f"{compact(key)}:{compact(registry[key])}" for key in sorted(registry))
    folded = ",\n".join(
        f"{compact(key)}:{compact(value)}" for key, value in sorted(folds(registry, extra).items())
    )
    owners = ",\n".join(f"{compact(key)}:{compact(value)}" for key, value in sorted(extra["owners"].items()))
    return (
        f'{{"families":[\n{families}\n],\n"folds":{{\n{folded}\n}},\n"languages":{{\n{languages}\n}},\n'
        f'"linguist":{compact(version)},\n"owners":{{\n{owners}\n}}}}\n'
    )


def main() -> int:
    """Run the tool."""
    parser = argparse.ArgumentParser(description="Build the registry of languages that whichcode ships.")
    parser.add_argument("source", type=Path, metavar="LANGUAGES.yml", help="of a Linguist release")
    parser.add_argument("--linguist", required=True, metavar="VERSION", help="the release it was taken from")
    parser.add_argument("--out", required=True, type=Path, help="languages.json to write")
    arguments = parser.parse_args()

    source = yaml.safe_load(arguments.source.read_text(encoding="utf-8"))
    extra_path: Path = arguments.out.with_name("languages-extra.toml")
    extra = tomllib.loads(extra_path.read_text(encoding="utf-8"))
    registry = from_linguist(source)
    try:
        add_ours(registry, extra)
        check(registry, extra)
    except KeyError as error:
        print(f"{extra_path}: there is no language {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{extra_path}: {error}", file=sys.stderr)
        return 1
    write_atomically(arguments.out, render(registry, extra, arguments.linguist))
    print(f"{arguments.out}: {len(registry)} languages of Linguist {arguments.linguist} and ours")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
