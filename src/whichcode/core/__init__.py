"""The compiled core: what `features` and `model.predict` say in plain Python, fast. Optional.

It is there where the installation found a C compiler, and answers as the plain Python does, which stays the
reference and takes its place where it is missing. ``WHICHCODE_PURE=1`` in the environment leaves it aside.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whichcode.core._core import Index, Network
    from whichcode.features.spec import FeatureSpec
    from whichcode.features.vocabulary import Vocabulary
    from whichcode.model.artefact import Model

PURE = "WHICHCODE_PURE"
"""Set to anything but nothing or 0, this environment variable leaves the compiled core aside."""


def is_compiled() -> bool:
    """Tell whether the compiled core is there and wanted."""
    if os.environ.get(PURE, "0") not in ("", "0"):
        return False
    try:
        import whichcode.core._core  # noqa: F401
    except ImportError:
        return False
    return True


def supports(spec: FeatureSpec) -> bool:
    """Tell whether the core counts what `spec` says; it leaves single characters to the reference."""
    return spec.unit == "token"


_kept: list[tuple[Vocabulary, tuple[int, int, bool], Index]] = []


def index_of(vocabulary: Vocabulary, spec: FeatureSpec) -> Index | None:
    """Return the compiled index of `vocabulary`, the last one kept; None where the reference must do."""
    if not supports(spec):
        return None
    return _index(vocabulary, (spec.ngrams, spec.shapes, spec.indentation))


def _index(vocabulary: Vocabulary, counted: tuple[int, int, bool]) -> Index | None:
    if not is_compiled() or sys.byteorder == "big":
        return None
    from whichcode.core._core import Index

    # Read once: another thread may put its own there.
    kept = _kept[0] if _kept else None
    if kept is not None and kept[0] is vocabulary and kept[1] == counted:
        return kept[2]
    names = vocabulary.to_bytes()
    try:
        index = Index(names, len(vocabulary), *counted)
    except ValueError:  # names or n-grams longer than the core has room for, of which the reference has enough
        return None
    _kept[:] = [(vocabulary, counted, index)]
    return index


def network_of(model: Model) -> Network | None:
    """Return the compiled network of `model`; None where the reference must do."""
    features, weights, network = (model.settings[section] for section in ("features", "weights", "network"))
    if features["unit"] != "token":
        return None
    index = _index(model.vocabulary, (features["ngrams"], features["shapes"], features["indentation"]))
    if index is None:
        return None
    from whichcode.core._core import Network

    tensors = model.tensors
    dense = [f"dense.{i}" for i in range(len(network["hidden"]))]
    return Network(
        index,
        tensors["bag.weight"].data,
        tensors["bag.step"].data if "bag.step" in tensors else None,
        tensors["bag.scale"].floats(),
        tensors["bag.bias"].floats(),
        [(tensors[f"{name}.weight"].data, tensors[f"{name}.bias"].data) for name in (*dense, "head")],
        weights["damping"],
        weights["normalise"],
        network["head"] == "relu",
        tensors["calibration"].floats(),
    )
