"""Writing a trained network as one model file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from whichcode.atomic import write_atomically
from whichcode.errors import ModelError
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.artefact import FORMAT, METADATA_KEY, SEEN_BYTES, Tensor, content_digest
from whichcode.model.network import BagNetwork

_DTYPES = {"uint8": "U8", "int8": "I8", "float32": "F32"}


def quantise(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return int8 rows [V, width] and the scales [width] by which columns are multiplied to restore them.

    One scale a column and not a row, so that the sum of rows is a sum of integers. The largest absolute
    value of a column becomes 127.
    """
    highest = np.abs(weight).max(axis=0, initial=0.0)
    scale = np.where(highest > 0, highest / 127.0, 1.0).astype(np.float32)
    return np.rint(weight / scale).clip(-127, 127).astype(np.int8), scale


def save_model(
    path: str | Path,
    network: BagNetwork,
    vocabulary: Vocabulary,
    languages: Sequence[str],
    *,
    calibration: tuple[float, float],
    seen: Iterable[str],
    provenance: Mapping[str, Any],
    version: str,
) -> None:
    """Write `network` to `path`, all at once: a reader never sees half a file.

    `seen` are the digests (`Document.bare_digest`) of the texts that it was trained or tuned on.

    Raises:
        ModelError: a weight is not finite, or the file cannot be written.
    """
    state = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
    if not all(np.isfinite(values).all() for values in state.values()):
        raise ModelError("the network has weights that are not finite; train with a lower learning rate")
    rows, scale = quantise(state["bag_weight"])
    starts = sorted({bytes.fromhex(digest)[:SEEN_BYTES] for digest in seen})
    arrays: dict[str, NDArray[Any]] = {
        "names": np.frombuffer(vocabulary.to_bytes(), dtype=np.uint8),
        "bag.weight": rows,
        "bag.scale": scale,
        "bag.bias": state["bag_bias"],
        "seen": np.frombuffer(b"".join(starts), dtype=np.uint8).reshape(-1, SEEN_BYTES),
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
