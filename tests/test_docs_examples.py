"""Every example of the README and the pages is run: commands, Python, and what the pages say comes out.

Blocks of ``sh``, ``console`` and ``python`` are run in their order, page by page, in a copy of examples/. A block
of ``text`` right after one is what it prints, with ``...`` for what may differ; a comment after an expression, if
it is a value, is what that gives. Standard error is not compared.
"""

import ast
import contextlib
import doctest
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import whichcode
from conftest import stop_spark

pytest.importorskip("sklearn", reason="the pages' examples need scikit-learn")

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/**/*.md"))]

NOT_RUN = [
    (r"^pip install ", "installs; `.ci/run` does that in an environment of its own"),
    (r"^python3 -m venv ", "installs, and is the very command by which `.ci/run` runs these tests"),
    (r"^whichcode serve", "goes on until it is stopped; tests/test_web_server.py starts it"),
    (
        r"^curl http://127\.0\.0\.1:8080",
        "asks a service; tools/serve_examples.py, which a test calls, asks the same",
    ),
    (r"^python -m benchmarks", "measures for minutes what the committed reports have"),
    (r"^whichcode study relu ", "takes minutes; tests/test_study.py has a smaller one"),
]
"""Commands, and blocks of Python with a line, that cannot run here, and why; a test says which may go."""

PREPARED = {
    "docs/scale.md": """
python -c "
import pathlib, pyarrow, pyarrow.parquet
pathlib.Path('texts').mkdir()
lines = [f'total{i} = {i}' for i in range(9)] * 2
columns = {'content': lines, 'language': ['python'] * 9 + ['lua'] * 9, 'repository': list('abcdefghi') * 2}
pyarrow.parquet.write_table(pyarrow.table(columns), 'texts/0.parquet')
pyarrow.parquet.write_table(pyarrow.table({'content': lines}), 'texts.parquet')
"
""",
    # The README has no script that makes texts: yours are there already. Two languages take less time than three.
    "README.md": """
python invented_languages.py texts
rm -r texts/brook
cp primes.lua a.txt
mkdir examples
cp primes.lua snippet.txt examples
mkdir docs
printf 'Ducks:\n\n```\nSELECT name, age FROM ducks WHERE age > 2;\n```\n' > docs/ducks.md
python -c "
import pyarrow, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.table({'content': ['x = 1']}), 'texts.parquet')
"
python -c "import numpy; numpy.savez('predictions.npz', logits=numpy.eye(3)[[0, 1, 2] * 9], labels=[0, 1, 2] * 9)"
""",
}
"""What a page takes to be there."""

GIVEN = {
    "docs/scale.md": """
import os, sys
os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
""",
    "README.md": "import numpy; scores = numpy.eye(3); targets = numpy.arange(3)",
}
"""Names that a page's Python takes to be there."""


PROGRAMS = {"docs/scale.md": "java"}
"""Programs that a page takes to be there, and a machine may lack."""


@dataclass
class Block:
    language: str
    code: str
    line: int
    output: str | None = None


def blocks(page):
    """The blocks to run of a page, with the output that stands right after them."""
    found = []
    last = None
    for token in MarkdownIt().parse((ROOT / page).read_text("utf-8")):
        if token.type != "fence":
            last = None if token.level == 0 and token.type != "html_block" else last
            continue
        language = token.info.strip().split(" ")[0]
        if language in ("sh", "console", "python"):
            last = Block(language, token.content, token.map[0] + 1)
            found.append(last)
        elif language == "text" and last is not None:
            last.output, last = token.content, None
        else:
            last = None
    return found


def commands(code):
    """The commands of a block, those over several lines as one; comments are left out."""
    joined = re.sub(r"\\\n\s*", " ", code)
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def not_run(command):
    return next((why for pattern, why in NOT_RUN if re.search(pattern, command)), None)


def sessions(block):
    """The script of a block and what it must print: one pair, or one for each command of a console."""
    if block.language == "sh":
        lines = [command for command in commands(block.code) if not_run(command) is None]
        return [("\n".join(lines), block.output)]
    pairs = []
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        if not_run(command) is None:
            pairs.append((command, output))
    return pairs


def compare(page, block, wanted, got):
    checker = doctest.OutputChecker()
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if wanted is not None and not checker.check_output(wanted, got, options):
        pytest.fail(f"{page}, line {block.line}: the page says\n{wanted}\nbut it prints\n{got}", pytrace=False)


def run_python(page, block, names):
    # The number of the line, so that an error points into the page.
    code = "\n" * block.line + block.code
    lines = code.splitlines()
    for statement in ast.parse(code, page).body:
        if not isinstance(statement, ast.Expr):
            exec(compile(ast.Module([statement], []), page, "exec"), names)
            continue
        value = eval(compile(ast.Expression(statement.value), page, "eval"), names)
        comment = lines[statement.end_lineno - 1].encode()[statement.end_col_offset :].decode().strip(" #")
        try:
            told = ast.literal_eval(comment)
        except (SyntaxError, ValueError):
            continue
        assert value == told, f"{page}, line {statement.lineno}: the page says {told!r}, and it is {value!r}"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A copy of examples/, with `whichcode` and `python` on the path."""
    folder = tmp_path / "examples"
    shutil.copytree(ROOT / "examples", folder, ignore=shutil.ignore_patterns("__pycache__"))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, arguments in (("whichcode", " -m whichcode"), ("python", ""), ("python3", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{arguments} "$@"\n', "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    source = Path(whichcode.__file__).resolve().parent.parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(source), os.environ.get("PYTHONPATH")])))
    monkeypatch.chdir(folder)
    return folder


def run(script):
    # A prompt of bash has no `set -e`, but a page whose command fails is wrong.
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)])
def test_the_examples_of_a_page(page, place):
    if page in PROGRAMS and shutil.which(PROGRAMS[page]) is None:
        pytest.skip(f"no {PROGRAMS[page]}")
    if page in PREPARED:
        prepared = run(PREPARED[page])
        assert prepared.returncode == 0, prepared.stderr
    names = {}
    exec(GIVEN.get(page, ""), names)
    try:
        run_blocks(page, names)
    finally:
        if "spark" in names:
            stop_spark(names["spark"])


def run_blocks(page, names):
    for block in blocks(page):
        if block.language == "python":
            if any(not_run(line) for line in block.code.splitlines()):
                continue
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                run_python(page, block, names)
            compare(page, block, block.output, printed.getvalue())
            continue
        for script, wanted in sessions(block):
            done = run(script)
            if done.returncode:
                told = f"{page}, line {block.line}: exit status {done.returncode}\n{script}\n{done.stderr}"
                pytest.fail(told, pytrace=False)
            compare(page, block, wanted, done.stdout)


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in NOT_RUN])
def test_each_exception_is_needed(pattern):
    lines = [line for page in PAGES for block in blocks(page) for line in commands(block.code)]
    assert any(re.search(pattern, line) for line in lines)


def test_most_pages_have_examples():
    assert {"README.md", "docs/index.md", "docs/detect.md", "docs/train.md", "docs/evaluate.md"} <= {
        page for page in PAGES if blocks(page)
    }


def test_what_comes_out_is_compared():
    block = Block("sh", "echo 1", 1)
    compare("a page", block, "1\n", "1\n")
    compare("a page", block, "a ... c\n", "a b c\n")
    with pytest.raises(pytest.fail.Exception, match="a page, line 1: the page says"):
        compare("a page", block, "2\n", "1\n")
    run_python("a page", Block("python", "x = 1\nx + 1  # 2\nx  # a remark\n", 1), {})
    with pytest.raises(AssertionError, match="line 3: the page says 3, and it is 2"):
        run_python("a page", Block("python", "x = 1\nx + 1  # 3\n", 1), {})
