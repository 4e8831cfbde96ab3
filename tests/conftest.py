"""What several test files share: a small corpus that the tests make, and a model trained on it."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from whichcode import Detector

# The networks of the tests are so small that PyTorch's threads would mostly wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Three invented mini-languages, unlike any real one, so that no packaged model can help a test to pass.
TEMPLATES = {
    "apl-ish": ["{a} ⟵ {b} ⍴ {n}", "⎕ {a} {b} ⌽ {n}", "∇ {a} ⟵ {b} ⌿ ⍳{n}", "{a}[{n}] ⟵ ⌊{b}÷{n}"],
    "tagged": ["<<{a}>> {b}={n} <</{a}>>", "<<call {a} with={b}/>>", "<<if {a} gt {n}>> {b} <</if>>", "<<{b}/>>"],
    "wordy": [
        "LET {a} BECOME {b} PLUS {n}.",
        "WHENEVER {a} EXCEEDS {n} PERFORM {b}.",
        "END {a}.",
        "ANNOUNCE {b} TIMES {n}.",
    ],
}


def make_texts(language: str, count: int, seed: int = 0) -> list[str]:
    """Return `count` texts of 8 to 30 lines in one of the invented languages."""
    rng = random.Random(f"{seed}{language}")

    def word() -> str:
        return "".join(rng.choice("abcdefghiklmnoprstuvw") for _ in range(rng.randint(4, 8)))

    return [
        "\n".join(
            " " * rng.choice([0, 0, 2, 4])
            + rng.choice(TEMPLATES[language]).format(a=word(), b=word(), n=rng.randint(0, 999))
            for _ in range(rng.randint(8, 30))
        )
        + "\n"
        for _ in range(count)
    ]


def write_folder(path: Path, count: int = 20, languages: tuple[str, ...] = tuple(TEMPLATES)) -> Path:
    """Write a corpus as a folder with one folder a language."""
    for language in languages:
        (path / language).mkdir(parents=True)
        for i, text in enumerate(make_texts(language, count)):
            (path / language / f"{i:03}.txt").write_text(text, "utf-8")
    return path


def train_quietly(split, config, out, **options):
    """Train in this process; return the result and the lines of the log."""
    from whichcode.training.train import train

    lines: list[str] = []
    result = train(split, config, out, tensorboard=False, workers=1, log=lines.append, **options)
    return result, lines


@pytest.fixture(scope="session")
def mini_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("mini") / "mini")


MINI_CONFIG = """
[features]
ngrams = 2
shapes = 2
indentation = true
[vocabulary]
selection = "distinctive"
size = 400
[weights]
damping = "log"
normalise = true
[windows]
min_lines = 1
max_lines = 10
length = "log-uniform"
per_language = 200
whole_file = 0.1
[network]
width = 16
hidden = [12]
feature_dropout = 0.1
[training]
epochs = 4
batch_size = 64
learning_rate = 0.01
l2 = 0.0
log_every = 2
checkpoint_every = 3
calibration = "evidence"
"""


@pytest.fixture(scope="session")
def mini_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "mini.toml"
    path.write_text(MINI_CONFIG, "utf-8")
    return path


@pytest.fixture(scope="session")
def split(mini_corpus: Path):
    """The mini corpus, split."""
    from whichcode.corpus import read_corpora
    from whichcode.corpus.splits import split_corpus

    return split_corpus(read_corpora([mini_corpus]))


@pytest.fixture(scope="session")
def config(mini_config: Path):
    """What the mini model is trained by."""
    from whichcode.model.config import load_config

    return load_config(str(mini_config))


@pytest.fixture(scope="session")
def mini_model(mini_corpus: Path, mini_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from whichcode.corpus import read_corpora
    from whichcode.corpus.splits import split_corpus
    from whichcode.model.config import load_config
    from whichcode.training.train import train

    out = tmp_path_factory.mktemp("model") / "mini.safetensors"
    corpus = split_corpus(read_corpora([mini_corpus]))
    train(corpus, load_config(str(mini_config)), out, tensorboard=False, workers=1, log=lambda line: None)
    return out


@pytest.fixture(scope="session")
def mini_detector(mini_model: Path) -> Detector:
    return Detector.load(mini_model)


def stop_spark(session):
    """Stop Spark and its Java, or the next test that wants a cluster gets what is left of this one."""
    from pyspark import SparkContext

    session.stop()
    if SparkContext._gateway is not None:
        SparkContext._gateway.shutdown()
        SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture
def mirrors(tmp_path):
    (tmp_path / "mirrors").mkdir()
    return tmp_path / "mirrors"


@pytest.fixture
def two(tmp_path, mirrors):
    """Two repositories, and their manifest."""
    from repositories import lua_text, make_mirror, python_text, write_manifest

    guide = "# Guide\n\nIt *works* like this, as everybody knows by now:\n\n```lua\nlocal duck = quack(1)\n```\n"
    make_mirror(
        mirrors,
        "a/one",
        {
            **{f"src/m{i}.py": python_text(i) for i in range(8)},
            "LICENSE": "You may do with this as you like, and nobody will be angry with you for it.\n",
            "README.md": guide,
            "vendor/x.py": python_text("vendored"),
            "lock/package-lock.json": '{"name": "duck", "lockfileVersion": 3, "requires": true, "packages": {}}\n',
            "min.js": "var a=1;" * 200,
            "tiny.py": "x = 1\n",
            "huge.py": python_text("huge", 3000),
            "bin.py": b"\0\1\2" * 100,
            "unheard.of": "words " * 40,
        },
    )
    make_mirror(mirrors, "b/two", {f"{i}.lua": lua_text(i) for i in range(5)})
    return write_manifest(tmp_path, "a/one", "b/two")


@pytest.fixture(scope="module")
def server():
    from serving import serving

    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def browser():
    from browsing import browsing

    with browsing() as browser:
        yield browser


@pytest.fixture
def open_page(browser, server):
    from browsing import opening

    with opening(browser, server) as open_page:
        yield open_page
