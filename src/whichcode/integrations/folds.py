"""Cross-validation without leaks: what is alike, or of one project, is never on two sides of a fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from whichcode.errors import BinaryInputError, MissingExtraError

try:
    import numpy as np
    from sklearn.model_selection import BaseCrossValidator, GroupKFold, StratifiedGroupKFold
    from sklearn.utils.validation import check_consistent_length, column_or_1d
except ImportError as error:
    raise MissingExtraError("scikit-learn", "sklearn") from error

from whichcode.corpus.document import Document
from whichcode.corpus.duplicates import find_duplicates
from whichcode.corpus.splits import SPLIT_THRESHOLD, units_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class LeakFreeKFold(BaseCrossValidator):  # type: ignore[misc]
    """K folds of texts in which nothing of the test side is on the training side in another guise.

    Units are kept whole: all texts of one group (a repository, a project), and where a text has no group, all near
    duplicates of it. The test sides are a partition of the texts, stratified by label as well as units allow.
    Where texts of two groups are near duplicates, as vendored files are, those that would be on the training side
    are left out of it: binding whole groups by such files would soon make one unit of them all.

    Args:
        n_splits: folds, 2 or more.
        threshold: Jaccard similarity of shingles of five tokens from which two texts are near duplicates.
        shuffle: give units to folds in a seeded order, not as they come.
        seed: of that order.
        n_jobs: processes that look at texts; None is 1, -1 is all cores.
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        threshold: float = SPLIT_THRESHOLD,
        shuffle: bool = True,
        seed: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        if n_splits < 2:
            raise ValueError(f"n_splits is {n_splits}; use 2 folds or more")
        self.n_splits = n_splits
        self.threshold = threshold
        self.shuffle = shuffle
        self.seed = seed
        self.n_jobs = n_jobs

    def get_n_splits(
        self,
        X: object = None,
        y: object = None,
        groups: object = None,
    ) -> int:
        """Return the number of folds."""
        return self.n_splits

    def split(
        self,
        X: Iterable[str | bytes],
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield for each fold the indices to train on and to test on, int64, rising.

        Args:
            X: texts, [n].
            y: labels, [n], to stratify by.
            groups: the repository or project of each text, [n], where known; None or an empty name is unknown.

        Raises:
            ValueError: there are fewer units than folds; or in one of the folds nothing of a label would be left
                to train on, as where it has one unit.
        """
        texts = as_texts(X)
        labels = None if y is None else column_or_1d(y)
        documents = as_documents(texts, ["" for _ in texts] if labels is None else list(map(str, labels)), groups)
        workers = None if self.n_jobs == -1 else (self.n_jobs or 1)
        near = np.array(find_duplicates(documents, threshold=self.threshold, workers=workers).group)
        _, units = np.unique(units_of(documents, near.tolist()), return_inverse=True)
        n = len(np.unique(units))
        if n < self.n_splits:
            raise ValueError(f"there are {n} independent texts or groups, fewer than the {self.n_splits} folds")
        options: dict[str, Any] = {"shuffle": self.shuffle, "random_state": self.seed if self.shuffle else None}
        splitter = GroupKFold if labels is None else StratifiedGroupKFold
        folds = [
            (train[~np.isin(near[train], near[test])], test)
            for train, test in splitter(self.n_splits, **options).split(texts, labels, units)
        ]
        for train, _ in folds:
            lost: list[Any] = [] if labels is None else np.setdiff1d(labels, labels[train]).tolist()
            if lost:
                raise ValueError(
                    f"in one of the folds nothing of the label {str(lost[0])!r} is left to train on: its texts "
                    "are of too few groups, or near duplicates; add texts of other groups, or use another seed"
                )
        yield from folds


def as_texts(X: Iterable[str | bytes]) -> list[str | bytes]:
    """Return the texts in a list, an array or a column of a data frame.

    Raises:
        ValueError: `X` is one text, a table, empty, or holds something that is no `str` or bytes.
    """
    if isinstance(X, str | bytes):
        raise ValueError("X must be a list of texts, not one text: write [text]")
    if getattr(X, "ndim", 1) != 1:
        raise ValueError(f"X must be a list of texts, not a table of {X.ndim} dimensions: give its column")  # type: ignore[attr-defined]
    if not isinstance(X, Iterable) or isinstance(X, dict):
        raise ValueError(f"X must be a list of texts, not {type(X).__name__}")
    texts = list(X)
    if not texts:
        raise ValueError("X is empty: give at least one text")
    for i, text in enumerate(texts):
        if not isinstance(text, str | bytes):
            raise ValueError(f"X must be a list of texts, but item {i} is {type(text).__name__}")
    # An array of NumPy holds a kind of `str` of its own.
    return [str(text) if isinstance(text, str) else text for text in texts]


def as_documents(
    texts: Sequence[str | bytes], labels: Sequence[str], groups: ArrayLike | None = None
) -> list[Document]:
    """Return labelled documents, those of one of `groups` as of one repository.

    Raises:
        ValueError: `groups` is not as long as `texts`, or a text is binary.
    """
    from whichcode.text.decode import decode

    names: Sequence[Any] = [None] * len(texts)
    if groups is not None:
        names = list(column_or_1d(groups))
        check_consistent_length(texts, names)
    try:
        return [
            Document(
                label,
                decode(text),
                f"text {i}",
                repository=None if group is None or group != group or group == "" else str(group),  # noqa: PLR0124  # NaN
            )
            for i, (text, label, group) in enumerate(zip(texts, labels, names, strict=True))
        ]
    except BinaryInputError as error:
        raise ValueError(str(error)) from error
