"""The languages of a Polars column: importing this module adds the namespace ``whichcode`` to expressions.

>>> import polars as pl
>>> import whichcode.integrations.polars
>>> frame = pl.DataFrame({"content": ["SELECT name FROM users WHERE id = 7", None]})
>>> frame.select(pl.col("content").whichcode.language()).to_series().to_list()
['sql', None]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whichcode.detector import default_detector
from whichcode.errors import MissingExtraError
from whichcode.tables.columns import Labelling, label_column, label_schema

try:
    import polars as pl
except ImportError as error:
    raise MissingExtraError("Polars", "polars") from error

if TYPE_CHECKING:
    from whichcode.detector import Detector


@pl.api.register_expr_namespace("whichcode")
class WhichcodeNamespace:
    """What ``pl.col("content").whichcode`` offers."""

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def detect(self, *, detector: Detector | None = None, k: int = 0, threads: int = 1, **options: Any) -> pl.Expr:
        """Return a struct for each text: language, confidence, candidates (if `k`), error.

        Args:
            detector: that answers; the packaged one where it is None.
            k: candidates to name.
            threads: that look at texts at the same time.
            options: ``among``, ``prior``, ``min_confidence``, as in `Detector.detect`.

        Raises:
            InputError: when it is computed: the column holds no strings or binaries, or as `Detector.detect`.
        """
        labelling = Labelling(k=k, threads=threads, **options)
        kind = pl.Struct(pl.DataFrame(label_schema(labelling).empty_table()).schema)

        def labelled(series: pl.Series) -> pl.Series:
            batch = label_column(series.to_arrow(), detector or default_detector(), labelling)
            return pl.Series(series.name, batch.to_struct_array(), dtype=kind)

        return self._expression.map_batches(labelled, return_dtype=kind, is_elementwise=True)

    def language(self, **options: Any) -> pl.Expr:
        """Return the language of each text, null where there is no answer; options as for `detect`."""
        found = WhichcodeNamespace(self._expression).detect(**options)
        return found.map_batches(
            lambda series: series.struct.field("language").alias(series.name),
            return_dtype=pl.String,
            is_elementwise=True,
        )
