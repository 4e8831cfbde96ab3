from __future__ import annotations

import json

from click.testing import CliRunner

from whichcode.cli.languages import command
from whichcode.languages import languages


def test_text_has_aligned_columns() -> None:
    result = CliRunner().invoke(command)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) == len(languages()) + 1
    headings = lines[0]
    assert headings.split() == ["ID", "NAME", "ALIASES", "EXTENSIONS"]
    starts = [headings.index(heading) for heading in headings.split()]
    python = next(line for line in lines if line.startswith("python "))
    cells = [python[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]
    assert cells[:2] == ["python", "Python"]
    assert "py3" in cells[2].split(", ")
    assert cells[3].split()[0] == ".py"
    assert all(line == line.rstrip() for line in lines)


def test_json_is_an_array_of_every_language() -> None:
    result = CliRunner().invoke(command, ["--format", "json"])
    assert result.exit_code == 0
    records = json.loads(result.output)
    assert [record["id"] for record in records] == [language.id for language in languages()]
    assert all(set(record) == {"id", "name", "aliases", "extensions"} for record in records)
    by_id = {record["id"]: record for record in records}
    assert by_id["c++"]["name"] == "C++"
    assert "cpp" in by_id["c++"]["aliases"]
    assert ".cpp" in by_id["c++"]["extensions"]


def test_an_unknown_format_is_a_usage_error() -> None:
    result = CliRunner().invoke(command, ["--format", "csv"])
    assert result.exit_code == 2
    assert "csv" in result.output


def test_a_models_languages_are_listed_alone():
    result = CliRunner().invoke(command, ["--model", "seed", "--format", "json"])
    assert result.exit_code == 0
    ids = [record["id"] for record in json.loads(result.stdout)]
    assert len(ids) == 27
    assert "python" in ids
    assert "rust" not in ids
