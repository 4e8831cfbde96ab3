"""The documentation's site: it builds without a warning, and asks nobody else for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="needs mkdocs")
pytest.importorskip("material", reason="needs mkdocs-material")
pytest.importorskip("mkdocstrings_handlers.python", reason="needs mkdocstrings[python]")

from tools.site_hooks import _parts, _resolved

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {str(path.relative_to(site)): path.read_text("utf-8") for path in site.rglob("*.html")}


def documents():
    """The pages of docs/ that the site is said to have."""
    configuration = (ROOT / "mkdocs.yml").read_text("utf-8")
    excluded = re.search(r"^exclude_docs: \|\n((?:  .*\n)*)", configuration, re.MULTILINE)
    names = [] if excluded is None else [line.strip(" /") for line in excluded[1].splitlines()]
    docs = ROOT / "docs"
    return [page for page in docs.rglob("*.md") if page.relative_to(docs).as_posix() not in names]


def test_every_page_of_the_docs_is_there(site, pages):
    for page in documents():
        name = str(page.relative_to(ROOT / "docs").with_suffix(".html"))
        assert name in pages
        title = re.search(r"^# (.*)$", page.read_text("utf-8"), re.MULTILINE)[1]
        assert re.sub(r"[`*]", "", title).split(":")[0] in re.sub(r"<[^>]*>", "", pages[name])


def test_every_page_of_the_docs_can_be_come_by():
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:\n")[1]
    text = re.split(r"\n(?=\S)", navigation)[0]
    for page in documents():
        assert str(page.relative_to(ROOT / "docs")) in text


def test_nothing_is_fetched_from_elsewhere(pages):
    for name, html in pages.items():
        for tag, attributes in re.findall(r"<(link|script|img|iframe|source|video)\b([^>]*)>", html):
            assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", attributes), (name, tag, attributes)
        assert "fonts.g" not in html


def test_links_and_images_lead_somewhere(site, pages):
    missing = []
    for name, html in pages.items():
        if name == "404.html":
            continue  # its addresses are from the root of wherever it is served
        for target in re.findall(r"(?:href|src)=\"([^\"#?]+)", html):
            if "://" in target or target.startswith(("data:", "mailto:", "javascript:")):
                continue
            if not (site / name).parent.joinpath(target).exists():
                missing.append((name, target))
    assert not missing


def test_the_notebook_is_a_page_with_its_results(pages):
    page = pages["repository/examples/train-your-own.html"]
    assert "repository/examples/train-your-own.html" in pages["index.html"]
    assert page.count("<caption") >= 6
    assert "macro recall of whole programs in four folds" in page


def test_the_search_index_has_the_pages(site):
    index = (site / "search" / "search_index.json").read_text("utf-8")
    assert "LeakFreeKFold" in index
    assert "detect.html" in index


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("api/detect.html", ["whichcode.detect", "whichcode.Detector.explain", "whichcode.languages.find"]),
        ("api/corpus.html", ["whichcode.corpus.splits.split_corpus"]),
        ("api/training.html", ["whichcode.training.train.train", "whichcode.model.config.WindowConfig"]),
        ("api/evaluation.html", ["whichcode.evaluation.ties.in_top_k", "whichcode.evaluation.audit.audit"]),
        ("api/sklearn.html", ["whichcode.integrations.sklearn.LanguageClassifier.fit"]),
        ("api/errors.html", ["whichcode.errors.CorpusError"]),
    ],
)
def test_the_api_comes_from_the_docstrings(pages, page, names):
    for name in names:
        assert f'id="{name}"' in pages[page]


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path):
    # The strict build is worth something only if it can fail; with --quiet it cannot.
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A page\n\n[gone](gone.md)\n", "utf-8")
    (tmp_path / "mkdocs.yml").write_text(
        f"site_name: s\nstrict: true\nhooks: ['{ROOT / 'tools' / 'site_hooks.py'}']\n", "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "gone.md" in done.stderr


def test_links_to_files_of_the_repository():
    assert _resolved("../reports/README.md", "docs/model-card.md") == "reports/README.md"
    assert _resolved("corpus.md", "docs/model-card.md") == "docs/corpus.md"
    assert _resolved("https://example.org/x.md", "docs/model-card.md") is None
    assert _resolved("../../outside.md", "docs/model-card.md") is None
    assert _resolved("../reports", "docs/model-card.md") is None
    parts = list(_parts("a\n```\n[b](c)\n```\nd\n"))
    assert parts == [("a\n", False), ("```\n[b](c)\n```\n", True), ("d\n", False)]
