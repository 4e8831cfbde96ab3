"""The languages of a pandas column: importing this module adds the accessor ``whichcode`` to Series.

>>> import pandas as pd
>>> import whichcode.integrations.pandas
>>> pd.Series(["SELECT name FROM users WHERE id = 7"]).whichcode.language().to_list()
['sql']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whichcode.detector import default_detector
from whichcode.errors import InputError, MissingExtraError
from whichcode.tables.columns import Labelling, label_column, pyarrow

try:
    import pandas as pd
except ImportError as error:
    raise MissingExtraError("pandas", "pandas") from error

if TYPE_CHECKING:
    from whichcode.detector import Detector


@pd.api.extensions.register_series_accessor("whichcode")
class WhichcodeAccessor:
    """What ``frame["content"].whichcode`` offers."""

    def __init__(self, series: pd.Series) -> None:
        self._series = series

    def detect(
        self, *, detector: Detector | None = None, k: int = 0, threads: int = 1, **options: Any
    ) -> pd.DataFrame:
        """Return a row for each text, of the same index: language, confidence, candidates (if `k`), error.

        Args:
            detector: that answers; the packaged one where it is None.
            k: candidates to name.
            threads: that look at texts at the same time.
            options: ``among``, ``prior``, ``min_confidence``, as in `Detector.detect`.

        Raises:
            InputError: the column holds something else than strings or bytes, or as `Detector.detect`.
        """
        pa = pyarrow()
        try:
            column = pa.array(self._series, from_pandas=True)
            if pa.types.is_null(column.type):
                column = column.cast(pa.string())
        except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
            raise InputError(f"the column is not one of strings or of bytes: {error}") from error
        batch = label_column(column, detector or default_detector(), Labelling(k=k, threads=threads, **options))
        frame: pd.DataFrame = batch.to_pandas()
        frame.index = self._series.index
        return frame

    def language(self, **options: Any) -> pd.Series:
        """Return the language of each text, missing where there is no answer; options as for `detect`."""
        return self.detect(**options)["language"].rename(self._series.name)
