"""Writing a trained network as one model file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from whichcode.atomic import write_atomically
from whichcode.errors import ModelError
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.artefact import FORMAT, METADATA_KEY, Tensor, content_digest
from whichcode.model.network import BagNetwork
from whichcode.model.rows import HIGHEST, LOWEST, MOST_STEP
from whichcode.model.seen import encode, start_of

_DTYPES = {"uint8": "U8", "int8": "I8", "float32": "F32"}


NOT_FINITE = "the network has weights that are not finite; train with a lower learning rate"


class Quantised(NamedTuple):
    """The bag layer as a model file stores it.

    Attributes:
        rows: int8 [V, width].
        scale: float32 [width], by which columns are multiplied to restore them.
        tensors: what is written of the rows: `whichcode.model.artefact` names them.
    """

    rows: NDArray[np.int8]
    scale: NDArray[np.float32]
    tensors: dict[str, NDArray[Any]]

    @property
    def restored(self) -> NDArray[np.float32]:
        """The weights that a detector works with."""
        restored: NDArray[np.float32] = self.rows.astype(np.float32) * self.scale
        return restored


def quantise(weight: NDArray[np.float32], bits: int = 8) -> Quantised:
    """Return `weight` [V, width] as it is stored in so many `bits` (`whichcode.model.rows`), 4 or 8.

    One scale a column and not a row, so that the sum of rows is a sum of integers. The largest absolute
    value of a column becomes 127; in 4 bits, the most that a row can be. There each row has the step that
    restores it with the least squared error. What was restored from 4 bits is quantised to something else again.

    Raises:
        ModelError: a weight is not finite.
    """
    if not np.isfinite(weight).all():
        raise ModelError(NOT_FINITE)
    highest = np.abs(weight).max(axis=0, initial=0.0)
    most = 127.0 if bits == 8 else float(HIGHEST * MOST_STEP)
    scale = np.where(highest > 0, highest / most, 1.0).astype(np.float32)
    exact = weight / scale
    if bits == 8:
        rows = np.rint(exact).clip(-127, 127).astype(np.int8)
        return Quantised(rows, scale, {"bag.weight": rows})
    least = np.full(len(weight), np.inf, dtype=np.float32)
    steps = np.ones(len(weight), dtype=np.uint8)
    numbers = np.zeros(weight.shape, dtype=np.int8)
    for step in range(1, MOST_STEP + 1):
        tried = np.rint(exact / step).clip(LOWEST, HIGHEST)
        error = np.square(tried * step - exact).sum(axis=1)
        better = error < least
        least[better], steps[better], numbers[better] = error[better], step, tried[better]
    halves = (numbers - LOWEST).astype(np.uint8)
    packed = halves[:, ::2] | halves[:, 1::2] << 4
    rows = (numbers.astype(np.int16) * steps[:, None]).astype(np.int8)
    return Quantised(rows, scale, {"bag.weight": packed, "bag.step": steps})


def save_model(
    path: str | Path,
    network: BagNetwork,
    stored: Quantised,
    vocabulary: Vocabulary,
    languages: Sequence[str],
    *,
    calibration: tuple[float, float],
    seen: Iterable[str],
    provenance: Mapping[str, Any],
    version: str,
) -> None:
    """Write `network` to `path`, all at once: a reader never sees half a file.

    `stored` is its bag layer as `quantise` returned it when the network was measured; `seen` are the digests
    (`Document.bare_digest`) of the texts that it was trained or tuned on.

    Raises:
        ModelError: a weight is not finite, or the file cannot be written.
    """
    state = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
    if not all(np.isfinite(values).all() for values in state.values()):
        raise ModelError(NOT_FINITE)
    known = encode(start_of(digest) for digest in seen)
    arrays: dict[str, NDArray[Any]] = {
        "names": np.frombuffer(vocabulary.to_bytes(), dtype=np.uint8),
        **stored.tensors,
        "bag.scale": stored.scale,
        "bag.bias": state["bag_bias"],
        "seen": np.frombuffer(known, dtype=np.uint8),
        "calibration": np.array(calibration, dtype=np.float32),
        **{name: values for name, values in state.items() if name.startswith(("dense.", "head."))},
    }
    about = {
        "format": FORMAT,
        "id": network.config.name,
        "version": version,
        "languages": list(languages),
        "config": network.config.to_dict(),
        "provenance": dict(provenance),
    }
    tensors = {
        name: Tensor(_DTYPES[str(values.dtype)], values.shape, values.tobytes()) for name, values in arrays.items()
    }
    about["digest"] = content_digest(tensors, about)
    # One metadata key, and its value in sorted order: the bytes of the file depend on the model alone.
    content = save(arrays, metadata={METADATA_KEY: json.dumps(about, sort_keys=True)})
    write_atomically(path, content)
