"""A real Spark cluster on this machine: a master and two workers, one of which loses its executor on the way."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import whichcode
from conftest import TEMPLATES, make_texts, stop_spark
from whichcode.errors import CorpusError, InputError
from whichcode.features import distinctiveness
from whichcode.features.spec import FeatureSpec

pyspark = pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java"),
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are found in /proc"),
]

SPARK = Path(pyspark.__file__).parent
SPEC = FeatureSpec(ngrams=2, shapes=2, indentation=True)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spark")
    # The package that is tested, compiled or not: workers must compute as this process does.
    package = Path(whichcode.__file__).resolve().parents[1]
    paths = os.pathsep.join(str(Path(p).resolve()) for p in [package, *sys.path] if p)
    environment = os.environ | {
        "SPARK_HOME": str(SPARK), "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": paths,
        "PYSPARK_PYTHON": sys.executable, "SPARK_WORKER_DIR": str(folder), "SPARK_LOG_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder), "SPARK_LOCAL_HOSTNAME": "localhost",
    }  # fmt: skip
    os.environ.update(
        {
            name: environment[name]
            for name in ("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME", "PYSPARK_PYTHON", "PYTHONPATH")
        }
    )
    log = (folder / "master.log").open("w")
    commands = [["master.Master", "--host", "127.0.0.1", "--port", "17077", "--webui-port", "18080"]]
    for i in range(2):
        size = ["--cores", "1", "--memory", "1g", "--webui-port", str(18081 + i)]
        commands.append(["worker.Worker", "--host", "127.0.0.1", *size, "spark://127.0.0.1:17077"])
    processes = [
        subprocess.Popen(
            [str(SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{command[0]}", *command[1:]],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for command in commands
    ]
    try:
        spark = (
            pyspark.sql.SparkSession.builder.master("spark://127.0.0.1:17077")
            .appName("whichcode")
            .config("spark.executor.memory", "512m")
            .config("spark.executor.cores", "1")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "50")
            .config("spark.executorEnv.PYTHONPATH", paths)
            .getOrCreate()
        )
        yield spark
        stop_spark(spark)
    finally:
        for process in reversed(processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def executors():
    """The processes of executors on this machine."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended
        if b"CoarseGrainedExecutorBackend" in command and b"17077" not in command.split(b"\0")[0]:
            found.append(int(folder.name))
    return found


def test_every_row_is_labelled_though_an_executor_dies(session, mini_detector):
    from whichcode.integrations.spark import with_language

    texts = [t for language in TEMPLATES for t in make_texts(language, 400, seed=8)]
    rows = [(i, text) for i, text in enumerate(texts)] + [(len(texts), None), (len(texts) + 1, "\0" * 60)]
    frame = session.createDataFrame(rows, "id long, content string").repartition(12)
    labelled = with_language(frame, "content", detector=mini_detector, k=2)
    assert labelled.columns == ["id", "content", "language", "confidence", "candidates", "error"]
    deadline = time.time() + 40
    while len(executors()) < 2 and time.time() < deadline:
        session.range(4).count()
        time.sleep(0.3)
    assert len(executors()) >= 2

    # A slow column, so that the job is under way when the executor is killed.
    @pyspark.sql.functions.udf("string")
    def slowly(text):
        time.sleep(0.004)
        return text

    slow = with_language(frame.withColumn("content", slowly("content")), "content", detector=mini_detector, k=2)
    victim = executors()[0]
    killer = threading.Timer(1.5, os.kill, (victim, signal.SIGKILL))
    killer.start()
    found = {row["id"]: row for row in slow.collect()}
    killer.join()
    assert victim not in executors()
    assert sorted(found) == [i for i, _ in rows]
    answers = mini_detector.detect_many(texts, k=2)
    for i, answer in enumerate(answers):
        row = found[i]
        assert (row["content"], row["language"], row["confidence"]) == (
            texts[i],
            answer.language,
            answer.confidence,
        )
        assert [tuple(c) for c in row["candidates"]] == list(answer.candidates)
        assert row["error"] is None
    assert found[len(texts)]["error"] == "there is no text"
    assert "binary" in found[len(texts) + 1]["error"]
    assert {row["id"]: row for row in labelled.collect()} == found


def test_frequencies_are_those_of_one_machine(session):
    from whichcode.integrations.spark import document_frequencies

    units = {
        language: [make_texts(language, 3, seed=10 * i) for i in range(5)] + [["one\ud800 alone"]]
        for language in TEMPLATES
    }
    rows = [
        (language, f"{language}/{i}", text.encode("utf-8", "surrogatepass"))
        for language, several in units.items()
        for i, unit in enumerate(several)
        for text in unit
    ]
    rows += [(None, "x/y", b"no label"), ("wordy", "x/y", None)]
    # What is no UTF-8 is read as the replacement character there, so here too.
    units = {k: [[t.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for t in u] for u in v]
             for k, v in units.items()}  # fmt: skip
    frame = session.createDataFrame(rows, "language string, repository string, content binary").repartition(7)
    there = document_frequencies(frame, SPEC, min_documents=2)
    here = distinctiveness.document_frequencies(units, SPEC, min_documents=2, workers=1)
    assert there.languages == here.languages
    assert there.documents == here.documents
    assert there.names == here.names
    assert all((a == b).all() for a, b in zip(there.rows, here.rows, strict=True))
    assert all((a == b).all() for a, b in zip(there.counts, here.counts, strict=True))
    assert distinctiveness.select(there, 200) == distinctiveness.select(here, 200)
    with pytest.raises(InputError, match="no column 'unit'"):
        document_frequencies(frame, SPEC, unit="unit")
    with pytest.raises(CorpusError, match="no text"):
        document_frequencies(frame.where("language = 'none'"), SPEC)


def test_what_is_wrong_is_said_at_once(session, mini_detector):
    from whichcode.integrations.spark import with_language

    frame = session.createDataFrame([(1, "x", "y")], "id long, content string, language string")
    for words, column, options in (
        ("no column 'text'", "text", {}),
        ("holds bigint", "id", {}),
        ("a column 'language' already", "content", {}),
        ("does not know", "content", {"prefix": "w_", "among": ["python"]}),
    ):
        with pytest.raises(InputError, match=words):
            with_language(frame, column, detector=mini_detector, **options)
