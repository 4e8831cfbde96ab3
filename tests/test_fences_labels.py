"""Which label a language gets, what agrees, and what the blocks around one say."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import whichcode
from whichcode.detector import default_detector
from whichcode.errors import InputError
from whichcode.fences import Block, Context, Labeller, Slot, label, unlabelled
from whichcode.fences.labels import STYLES, agree, alias, choose, language_of, nested, usage, written

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = str(Path(whichcode.__file__).resolve().parents[1])
SESSION = "$ ls\nduck\n"


@pytest.mark.parametrize("style", STYLES)
def test_every_label_is_read_back_as_its_language(style):
    for language in default_detector().languages:
        told = choose(language, style)
        assert " " not in told
        text = SESSION if language == "shellsession" else "x\n"
        assert language_of(told, text) == language, told


def test_styles():
    usages = (usage([]), usage([Block(1, "SH", "x\n"), Block(2, "sh {1}", "x\n"), Block(3, "sh", "x\n")]))
    assert choose("shell", "document", usages) == "sh"
    assert choose("shell", "alias", usages) == alias("shell") == "bash"
    assert choose("python", "document", usages) == alias("python") == "python"
    assert (alias("emacs lisp"), alias("visual basic .net")) == ("elisp", "vbnet")
    assert choose("shell", "canonical") == "shell"
    assert choose("java properties", "canonical") == "java-properties"
    with pytest.raises(InputError, match="style"):
        choose("shell", "loud")


def test_the_nearest_document_decides():
    near, far = usage([Block(1, "py", "x\n")]), usage([Block(1, "python", "x\n")] * 3)
    assert choose("python", "document", (near, far)) == "py"
    assert choose("python", "document", ({}, far)) == "python"


def test_labels_as_they_are_written():
    assert written('Python title="duck"') == "Python"
    assert written("{.haskell .numberLines}") == "haskell"
    assert written("ts{1,3}") == "ts"


def test_sessions_are_called_what_the_document_calls_them():
    counts = usage([Block(1, "bash", SESSION), Block(2, "bash", "ls\n")])
    assert counts == {"shellsession": Counter(bash=1), "shell": Counter(bash=1)}


def test_agreement():
    assert agree("javascript", "typescript")
    assert agree("shell", "shellsession")
    assert not agree("python", "ruby")
    assert nested("c") == {"c", "c++"}
    assert nested("python") == {"python"}


def test_context_makes_a_language_likelier():
    base = {"python": 1.0, "ruby": 1.0, "lua": 2.0}
    blocks = [Block(n, "ruby", "x\n") for n in range(9)]
    weights = Context.of(blocks, [Block(1, "lua", "x\n"), Block(2, "nonesuch", "x\n")]).weights(base)
    assert weights["python"] == 1
    assert weights["ruby"] == 1 + 30 * 0.9
    assert weights["lua"] == 2 + 2 * 10 * 0.5
    assert Context.of(blocks).without("ruby").file == {"ruby": 8}
    assert Context.of(blocks).without("lua").file == {"ruby": 9}
    assert Context().plus({"lua": 2}).file == {"lua": 2}


THIN = "value = nil\n"


def test_thin_blocks_follow_those_around_them():
    labeller = Labeller(default_detector(), 0.0)
    block = Block(1, "", THIN, Slot(0, 0))
    for language in ("ruby", "lua"):
        around = Context.of([Block(n, language, "x\n") for n in range(2, 12)])
        assert labeller.detect(THIN, around)[0] == language
        (answer,) = labeller.unlabelled([block], around)
        assert answer.label == language
    plain = Labeller(default_detector(), 0.0, use_context=False)
    assert plain.detect(THIN, around) == plain.detect(THIN, Context())


def test_what_is_sure_of_itself_is_context():
    sure = "for i, duck in ipairs(ducks) do\n  local name = duck.name or 'none'\n  print(name .. '!')\nend\n"
    blocks = [Block(n, "", sure, Slot(0, 0)) for n in range(1, 5)] + [Block(9, "", THIN, Slot(0, 0))]
    labeller = Labeller(default_detector(), 0.0)
    alone = labeller.unlabelled(blocks[-1:], Context())[0]
    among = labeller.unlabelled(blocks, Context())[-1]
    assert among.language == "lua"
    assert alone.language != "lua" or alone.confidence < among.confidence


def test_text_is_left_alone_unless_it_is_asked_for():
    prose = "The ducks went to the pond, and when they came back they were tired.\nSo were we.\n" * 3
    document = f"```\n{prose}```\n"
    (answer,) = unlabelled(document, "markdown", min_confidence=0)
    assert (answer.language, answer.label, answer.reason) == ("text", "", "text")
    blocks = [Block(1, "", prose, Slot(3, 3))]
    (answer,) = Labeller(default_detector(), 0.0, text=True).unlabelled(blocks, Context())
    assert answer.label == "text"


PYTHON = (
    "import os\n\n\ndef ducks(path):\n    return [name for name in os.listdir(path) if name.startswith('duck')]\n"
)


def test_the_public_functions():
    document = f"# Ducks\n\n```\n{PYTHON}```\n"
    (answer,) = unlabelled(document, "markdown")
    assert (answer.block.line, answer.language, answer.label) == (3, "python", "python")
    assert label(document, "markdown") == document.replace("```\nimport", "```python\nimport")
    assert label(document, "markdown", min_confidence=1) == document


def test_a_remark_is_no_prompt():
    metrics = "# HELP ducks_total The ducks on the pond.\n# TYPE ducks_total counter\nducks_total 3\n"
    labeller = Labeller(default_detector())
    language, confidence = labeller.detect(metrics, Context())
    assert language != "shellsession" or confidence <= 0.5
    language, confidence = labeller.detect("$ make ducks\n# Make them quack\nquack\n", Context())
    assert (language, confidence > 0.5) == ("shellsession", True)


def test_fences_that_are_out_of_step():
    prose = "# Ducks\n\nThey *quack*, see [the pond](pond.md):\n\n- one\n- two\n"
    document = f"```\n```console\n$ make\n```\n```\n\n{prose}\n```python\n{PYTHON}```\n\n```\n{PYTHON}```\n"
    answers = unlabelled(document, "markdown", min_confidence=0)
    assert [answer.block.line for answer in answers] == [1, 5, 22]
    assert all(answer.confidence <= 0.5 for answer in answers)
    # The outer fence has a label.
    document = f"```md\n# Ducks\n\n```js\nlet a = 1;\n```\n\n{prose}\n```\n\n## More\n\n```\n{PYTHON}```\n"
    answers = unlabelled(document, "markdown", min_confidence=0)
    assert answers
    assert all(answer.confidence <= 0.5 for answer in answers)
    # What holds a backquote opens nothing, and a literal block holds what it likes.
    document = f"```\n{PYTHON}# so:\n```a``` b\n```\n\n```\n{PYTHON}```\n"
    assert unlabelled(document, "markdown", min_confidence=0)[-1].confidence > 0.9
    literal = PYTHON.replace("\n", "\n   ")
    document = f"So::\n\n   ```python\n   x = 1\n\nAnd::\n\n   {literal}\n"
    assert unlabelled(document, "restructuredtext", min_confidence=0)[-1].confidence > 0.9
    # Four backquotes hold three.
    document = f"````\n{prose}\n```python\n{PYTHON}```\n````\n\n```\n{PYTHON}```\n"
    answers = unlabelled(document, "markdown", min_confidence=0)
    assert [(answer.language, answer.confidence > 0.5) for answer in answers] == [
        ("markdown", True),
        ("python", True),
    ]


@pytest.mark.parametrize("line", ["[source,ruby]", "[source]", "[source%linenums,ruby]", "|===", "|====="])
def test_listings_that_are_out_of_step(line):
    after = f"\n----\n{PYTHON}----\n"
    document = f"----\nquack\n\n{line}\n----\n{after}"
    answers = unlabelled(document, "asciidoc", min_confidence=0)
    assert answers[-1].block.text == PYTHON
    assert all(answer.confidence <= 0.5 for answer in answers)
    # The block before is not in doubt, and no more is one that has a table of TOML.
    answers = unlabelled(after + document, "asciidoc", min_confidence=0)
    assert [answer.confidence > 0.9 for answer in answers][::2] == [True, False]
    toml = f"----\n[source.ducks]\npond = 1\n----\n{after}"
    assert unlabelled(toml, "asciidoc", min_confidence=0)[-1].confidence > 0.9
    # A fence of Markdown may show AsciiDoc.
    document = f"```\n{line}\n```\n\n```\n{PYTHON}```\n"
    assert unlabelled(document, "markdown", min_confidence=0)[-1].confidence > 0.9


def test_a_signature_is_no_table():
    labeller = Labeller(default_detector())
    for text in (
        "quack.text.count(text :: STRING?, more = 1 :: INTEGER?) :: (INTEGER?)\n",
        "quack.count(ducks :: LIST? OF ANY?, more = 1 :: INTEGER?) :: (INTEGER?)\nquack.all() :: (INTEGER?)\n",
    ):
        language, confidence = labeller.detect(text, Context())
        assert language not in ("csv", "tsv") or confidence <= 0.5
    table = "name,pond,eggs\nDonald,north,0\nDaisy,south,7\nGladstone,north,2\n"
    for told, separator in (("csv", ","), ("csv", ";"), ("tsv", "\t")):
        labeller = Labeller(default_detector(), among=(told,))
        assert labeller.detect(table.replace(",", separator), Context()) == (told, 1)
        assert labeller.detect(f"name{separator}pond\n", Context()) == (told, 0.5)
        assert labeller.detect("+" + table.replace(",", separator), Context()) == (told, 0.5)


def test_doubtful_labels():
    labeller = Labeller(default_detector())
    blocks = [
        Block(1, "css", PYTHON),
        Block(9, "py", PYTHON),
        Block(20, "nonesuch", PYTHON),
        Block(30, "text", PYTHON),
    ]
    (answer,) = labeller.doubtful(blocks, Context.of(blocks))
    assert (answer.block.line, answer.language, answer.label) == (1, "python", "py")


def test_a_patch_is_not_taken_for_the_language_in_it():
    lines = PYTHON.splitlines(keepends=True)
    patch = "".join("  " + line for line in lines[:-1]) + "+ " + lines[-1].lstrip()
    labeller = Labeller(default_detector())
    language, confidence = labeller.detect(patch, Context())
    assert language == "diff" or confidence <= 0.5
    assert labeller.detect(PYTHON, Context())[1] > 0.9


@pytest.mark.parametrize(
    "text", ["pond/\n├── duck.py\n└── drake.py\n", "Downloading ducks... done\nInstalled 3 ducks in 0.2s\n"]
)
def test_listings_and_output_are_left_alone(text):
    labeller = Labeller(default_detector())
    around = Context.of([Block(n, "console", "$ ls\n") for n in range(9)])
    language, confidence = labeller.detect(text, around)
    assert language == "text" or confidence < labeller.min_confidence
    assert labeller.detect("$ ls -l\nduck.py\n", around)[0] == "shellsession"


def test_only_some_languages():
    labeller = Labeller(default_detector(), 0.0, among=("ruby", "lua"))
    assert labeller.detect(PYTHON, Context())[0] in ("ruby", "lua")


def test_the_labels_of_most_repositories_are_counted(tmp_path):
    for name, told in (("a", "py"), ("b", "py"), ("c", "py"), ("d", "python"), ("e", "python")):
        (tmp_path / name).mkdir()
        text = f"```{told}\nx = 1\n```\n" * 3 + ("```ruby\nx\n```\n" if name in "ab" else "")
        (tmp_path / name / "ducks.md").write_text(text, "utf-8")
    out = tmp_path / "labels.json"
    done = subprocess.run(
        [sys.executable, "tools/build_fence_labels.py", *(str(tmp_path / n) for n in "abcde"), "--out", str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([PACKAGE, str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text("utf-8")) == {"repositories": 5, "labels": {"python": "py"}}
