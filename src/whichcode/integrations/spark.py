"""Labelling on a Spark cluster, and the document frequencies that a vocabulary is selected from.

Both run where the rows are: nothing but the model goes to the workers, and nothing but the answer comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whichcode.detector import default_detector
from whichcode.errors import CorpusError, InputError, MissingExtraError
from whichcode.features.distinctiveness import SHARE, Frequencies, shares_of_unit, tabulate
from whichcode.tables.columns import Labelling, check_new_columns, label_column, label_schema, pyarrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from whichcode.detector import Detector
    from whichcode.features.spec import FeatureSpec


def _pyspark() -> Any:
    try:
        import pyspark.sql
    except ImportError as error:
        raise MissingExtraError("PySpark", "spark") from error
    return pyspark


def with_language(
    frame: DataFrame,
    column: str,
    *,
    detector: Detector | None = None,
    k: int = 0,
    prefix: str = "",
    **options: Any,
) -> DataFrame:
    """Return `frame` with the columns ``language``, ``confidence``, ``candidates`` (if `k`) and ``error``.

    A row whose text is missing or no text is kept, and ``error`` says so. The model is broadcast once: a packaged
    one by its name, one of a file with its bytes.

    Args:
        frame: with a column of strings or binaries.
        column: its name.
        detector: that answers; the packaged one where it is None. whichcode must be installed on the workers.
        k: candidates to name.
        prefix: before the names of the new columns.
        options: ``among``, ``prior``, ``min_confidence``, ``max_bytes``, as in `Detector.detect`.

    Raises:
        InputError: there is no such column, it holds something else, a new one's name is taken, or as
            `Detector.detect`.
    """
    types = _pyspark().sql.types
    if column not in frame.columns:
        raise InputError(f"there is no column {column!r}; there are {', '.join(frame.columns)}")
    kind = frame.schema[column].dataType
    if not isinstance(kind, types.StringType | types.BinaryType):
        raise InputError(f"the column {column!r} holds {kind.simpleString()}, not strings or binaries")
    labelling = Labelling(k=k, prefix=prefix, **options)
    check_new_columns(frame.columns, labelling)
    answering = detector or default_detector()
    answering.detect("", **labelling.options())
    shared = frame.sparkSession.sparkContext.broadcast(answering)

    def label(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        arrow = pyarrow()
        for batch in batches:
            labels = label_column(batch.column(batch.schema.get_field_index(column)), shared.value, labelling)
            names = [*batch.schema.names, *labels.schema.names]
            yield arrow.RecordBatch.from_arrays([*batch.columns, *labels.columns], names=names)

    added = _pyspark().sql.pandas.types.from_arrow_schema(label_schema(labelling))
    return frame.mapInArrow(label, types.StructType([*frame.schema.fields, *added.fields]))


def document_frequencies(
    frame: DataFrame,
    spec: FeatureSpec,
    *,
    language: str = "language",
    unit: str = "repository",
    content: str = "content",
    min_documents: int = 3,
    max_characters: int = 1 << 15,
) -> Frequencies:
    """Return what `whichcode.features.distinctiveness.document_frequencies` does, counted by the cluster.

    The result is the same, whatever the number of workers and the order of rows. All texts of one unit in one
    language are looked at by one worker; what is counted comes to the driver, without the features of fewer than
    `min_documents` units.

    Args:
        frame: a row for each text.
        spec: what a feature is.
        language: column of labels; rows without one are left out.
        unit: column that names what counts as one together, a repository, say.
        content: column of texts: strings, or binaries in UTF-8.
        min_documents: as there.
        max_characters: as there.

    Raises:
        CorpusError: there is no text.
        InputError: a column is missing.
    """
    functions = _pyspark().sql.functions
    for name in (language, unit, content):
        if name not in frame.columns:
            raise InputError(f"there is no column {name!r}; there are {', '.join(frame.columns)}")
    rows = frame.select(
        functions.col(language).alias("language"),
        functions.col(unit).cast("string").alias("unit"),
        functions.col(content).alias("content"),
    ).where("language is not null and content is not null")

    def count(table: pa.Table) -> pa.Table:
        arrow = pyarrow()
        texts = list(_texts(table.column("content").to_pylist()))
        shares = shares_of_unit(texts, spec, max_characters)
        label = table.column("language")[0].as_py()
        # The empty name, which no feature has, counts the units themselves.
        names = ["", *shares]
        values = [SHARE, *shares.values()]
        # A name may hold what UTF-8 has not; those are never kept, but must not end the count.
        encoded = [name.encode("utf-8", "surrogatepass") for name in names]
        return arrow.table({"language": [label] * len(names), "name": encoded, "share": values})

    counted = rows.groupBy("language", "unit").applyInArrow(count, "language string, name binary, share long")
    counted = counted.groupBy("language", "name").agg(
        functions.sum("share").alias("share"), functions.count("share").alias("units")
    )
    counted = counted.persist()
    try:
        often = counted.groupBy("name").agg(functions.sum("units").alias("all")).where(f"all >= {min_documents:d}")
        kept = counted.join(often, "name").where("name != X''").select("language", "name", "share").toArrow()
        totals = counted.where("name = X''").select("language", "units").toArrow()
    finally:
        counted.unpersist()
    documents = dict(zip(totals["language"].to_pylist(), totals["units"].to_pylist(), strict=True))
    if not documents:
        raise CorpusError("there is no text to take a vocabulary from")
    sums: dict[str, dict[str, int]] = {name: {} for name in documents}
    columns = (kept[name].to_pylist() for name in ("language", "name", "share"))
    for label, name, share in zip(*columns, strict=True):
        sums[label][name.decode("utf-8", "surrogatepass")] = share
    return tabulate(sums, documents)


def _texts(values: Iterable[str | bytes]) -> Iterator[str]:
    for value in values:
        yield value if isinstance(value, str) else value.decode("utf-8", "replace")
