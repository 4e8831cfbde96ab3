"""The project's promises about itself: tables from reports, one version, links that lead somewhere."""

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import whichcode
from whichcode.corpus.manifest import read_manifest
from whichcode.detector import default_detector
from whichcode.model.config import load_config

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(page for folder in ("benchmarks", "docs", "reports") for page in ROOT.glob(f"{folder}/**/*.md")),
    ]
)


def test_the_tables_are_what_the_reports_say():
    done = subprocess.run(
        [sys.executable, "tools/readme_tables.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_there_is_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == whichcode.__version__
    assert f"## {whichcode.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_packaged_model_is_of_the_packaged_configuration():
    assert default_detector().model.config == load_config("default")


def test_the_model_card_counts_what_the_corpus_was_made_of():
    told = re.search(
        r" languages from (\d+) repositories", (ROOT / "reports/corpus/report.md").read_text("utf-8")
    )[1]
    card = (ROOT / "docs" / "model-card.md").read_text("utf-8")
    assert f"{int(told):,} public repositories" in card
    assert len(read_manifest(ROOT / "corpora" / "manifest.json").repositories) == int(told)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target, _, fragment in (
        link.partition("#") for link in re.findall(r"\]\(([^)\s]+)[^)]*\)", page.read_text("utf-8"))
    ):
        if "://" not in target:
            led = page.parent / target if target else page
            assert led.exists(), target
            assert not fragment or fragment in _anchors(led), f"{target}#{fragment}"


def test_what_the_api_pages_name_is_there():
    pages = "\n".join(page.read_text("utf-8") for page in (ROOT / "docs" / "api").glob("*.md"))
    named = re.findall(r"^::: (\S+)$", pages, re.MULTILINE)
    assert len(named) > 20
    for name in named:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            module, _, member = name.rpartition(".")
            assert hasattr(importlib.import_module(module), member), name


def _anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a page of Markdown have."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_readme_opens_with_two_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"```sh\n(.*?)```", text, re.DOTALL)[1].splitlines()
    assert len(block) == 2
    assert block[0].endswith("whichcode examples/primes.lua")
    assert block[1].endswith("-m pytest")


def test_what_the_readme_says_of_the_example_is_so():
    shown = re.search(r"The first prints `(.*?)`", (ROOT / "README.md").read_text("utf-8"))[1]
    done = subprocess.run(
        [sys.executable, "-m", "whichcode", "examples/primes.lua"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == shown
