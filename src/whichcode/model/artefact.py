"""One file, one model: a safetensors file with everything that detection needs.

The format is read here with the standard library alone (8 bytes of header length, a JSON header, then the
tensors; https://huggingface.co/docs/safetensors). Nothing in a file is ever executed, every offset is checked
before it is used, and a digest over tensors and metadata refuses a file that was changed afterwards.

=================  =======  ==================  ==========================================================
tensor             dtype    shape               content
=================  =======  ==================  ==========================================================
``names``          U8       [bytes]             the vocabulary's names in row order, separated by NUL
``bag.weight``     I8       [vocabulary, width] rows of the bag layer, in units of ``bag.scale``; or, where
                                               ``network.bits`` is 4, U8 [vocabulary, width / 2]
``bag.step``       U8       [vocabulary]        with 4 bits alone: see `whichcode.model.rows`
``bag.scale``      F32      [width]             what one unit is, for each column
``bag.bias``       F32      [width]
``dense.N.weight`` F32      [out, in]           N = 0, 1, …: one for each entry of ``network.hidden``
``dense.N.bias``   F32      [out]
``head.weight``    F32      [languages, in]
``head.bias``      F32      [languages]
``calibration``    F32      [2]                 a and b of `whichcode.model.predict.Predictor.temperature`
``seen``           U8       [bytes]             texts it was trained or tuned on: see `whichcode.model.seen`; in
                                               a file that is older than it, U8 [documents, 4]
=================  =======  ==================  ==========================================================

The metadata has one key, ``whichcode``: a JSON object with ``format``, ``id``, ``version``, ``languages``,
``config``, ``provenance`` and ``digest``.
"""

from __future__ import annotations

import json
import mmap
import sys
from array import array
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from whichcode.errors import ConfigError, ModelError
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.rows import MOST_STEP
from whichcode.model.seen import SEEN_BYTES, decode, start_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from whichcode.model.config import Config

FORMAT = 2
METADATA_KEY = "whichcode"

_ITEM_SIZES = {"U8": 1, "I8": 1, "F32": 4}
_MAX_HEADER = 1 << 24

MAX_FILE = 1 << 28
"""Bytes that are read of a file that claims to be a model, so that no device is read for ever."""


class Tensor(NamedTuple):
    """One tensor as it lies in the file, row-major and little-endian: a view of the mapped file, or bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes | memoryview

    def floats(self) -> list[float]:
        """Return the numbers of an F32 tensor, flat."""
        values = array("f", bytes(self.data))
        if sys.byteorder == "big":
            values.byteswap()
        return values.tolist()

    def float_rows(self) -> list[list[float]]:
        """Return the rows of a two-dimensional F32 tensor."""
        flat, columns = self.floats(), self.shape[1]
        return [flat[start : start + columns] for start in range(0, len(flat), columns)]

    def __reduce__(self) -> tuple[Any, ...]:
        return Tensor, (self.dtype, self.shape, bytes(self.data))


class Model:
    """A model as its file holds it; `whichcode.model.predict.Predictor` answers with it. Immutable by agreement.

    Attributes:
        id: the configuration's name and the first digits of the digest, so that no two models share it.
        version: of whichcode that trained it.
        languages: labels, in the order of the logits.
        settings: the configuration that it was trained with, as plain dictionaries (`Config.to_dict`).
        provenance: corpora and their digests, split, seed, libraries, validation and test figures.
        vocabulary: in row order.
        tensors: by the names above, without ``names``.
        digest: SHA-256 over tensors and metadata.
        packaged: its name, if it came with the package.
    """

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  # what it is called everywhere
        version: str,
        languages: tuple[str, ...],
        settings: Mapping[str, Any],
        provenance: Mapping[str, Any],
        vocabulary: Vocabulary,
        tensors: Mapping[str, Tensor],
        digest: str,
        packaged: str | None = None,
    ) -> None:
        self.id, self.version, self.languages = id, version, languages
        self.settings, self.provenance = settings, provenance
        self.vocabulary, self.tensors = vocabulary, tensors
        self.digest, self.packaged = digest, packaged

    @cached_property
    def config(self) -> Config:
        """The configuration that it was trained with."""
        from whichcode.model.config import Config

        return Config.from_dict(dict(self.settings))

    @cached_property
    def seen(self) -> frozenset[bytes]:
        """Starts of `Document.bare_digest` of the training and validation texts (`whichcode.model.seen`).

        Raises:
            ModelError: the tensor is damaged.
        """
        tensor = self.tensors["seen"]
        data = bytes(tensor.data)
        if len(tensor.shape) == 1:
            return decode(data)
        return frozenset(data[i : i + SEEN_BYTES] for i in range(0, len(data), SEEN_BYTES))

    def has_seen(self, bare_digest: str) -> bool:
        """Tell whether a text of this `Document.bare_digest` was trained or tuned on."""
        return start_of(bare_digest) in self.seen


def load_model(path: str | Path, *, packaged: str | None = None) -> Model:
    """Map a model file into memory, which processes then share, and check it.

    Args:
        path: of the file.
        packaged: its name, if it came with the package: whoever installed that has checked it, and neither the
            digest nor each option of its configuration is gone through again.

    Raises:
        ModelError: the file cannot be read, is no safetensors file, is not one of whichcode, breaks off, or
            was changed after it was written. The message names the file.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs more time than a detection
            try:
                data: memoryview = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            except (OSError, ValueError):  # a pipe, or nothing in it
                data = memoryview(file.read(MAX_FILE + 1))
    except OSError as error:
        raise ModelError(f"{path}: the model cannot be read: {error.strerror}") from error
    except ValueError as error:  # a null character
        raise ModelError(f"{str(path)!r}: no file has such a name: {error}") from error
    if len(data) > MAX_FILE:
        raise ModelError(f"{path}: over {MAX_FILE >> 20} MiB, which no model of whichcode is")
    try:
        return parse_model(data, packaged=packaged)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def parse_model(data: bytes | memoryview, *, packaged: str | None = None) -> Model:
    """Check and return the model in the bytes of a file; see `load_model`."""
    tensors, metadata = _parse_safetensors(memoryview(data))
    try:
        about = json.loads(metadata[METADATA_KEY])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError("a safetensors file, but not a model of whichcode") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise ModelError(
            f"a model of another format than {FORMAT}; train it again or use the whichcode that wrote it"
        )
    digest = about.pop("digest", None)
    if packaged is None and digest != content_digest(tensors, about):
        raise ModelError("the model was changed after it was written; get it again or train it again")
    try:
        settings = about["config"]
        if packaged is None:
            from whichcode.model.config import Config

            settings = Config.from_dict(settings).to_dict()
        languages = tuple(str(language) for language in about["languages"])
        vocabulary = Vocabulary.from_bytes(bytes(tensors.pop("names").data))
        _check_shapes(tensors, settings["network"], len(vocabulary), len(languages))
        return Model(
            id=about["id"] + "-" + digest[:8],
            version=about["version"],
            languages=languages,
            settings=settings,
            provenance=about["provenance"],
            vocabulary=vocabulary,
            tensors=tensors,
            digest=digest,
            packaged=packaged,
        )
    except (ConfigError, KeyError, TypeError) as error:
        raise ModelError(f"the model's description is not complete or not valid: {error}") from error


def content_digest(tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> str:
    """Return the SHA-256 in hexadecimal of the metadata (without ``digest``) and all tensors by name."""
    import hashlib  # not needed for what came with the package

    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}\0{tensor.dtype}\0{tensor.shape}\0".encode())
        digest.update(tensor.data)
    return digest.hexdigest()


def _parse_safetensors(data: memoryview) -> tuple[dict[str, Tensor], dict[str, str]]:
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > _MAX_HEADER or bytes(data[8:9]) != b"{":
        raise ModelError("not a safetensors file")
    if len(data) < 8 + size:
        raise ModelError("the file breaks off in its header; copy it again")
    try:
        header = json.loads(bytes(data[8 : 8 + size]))
        metadata = header.pop("__metadata__", {})
        entries = []
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            entries.append((begin, end, name, entry["dtype"], tuple(entry["shape"])))
        entries.sort()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"not a safetensors file: its header cannot be read ({error})") from error
    body = data[8 + size :]
    tensors, expected = {}, 0
    for begin, end, name, dtype, shape in entries:
        if (
            not isinstance(dtype, str)
            or dtype not in _ITEM_SIZES
            or not all(type(n) is int and n >= 0 for n in (begin, end, *shape))
        ):
            raise ModelError(f"tensor {name!r} has a type or shape that whichcode does not use")
        items = 1
        for n in shape:
            items *= n
        if begin != expected or end - begin != items * _ITEM_SIZES[dtype]:
            raise ModelError(f"tensor {name!r} does not lie where its shape says; the file is damaged")
        if end > len(body):
            raise ModelError("the file breaks off; copy it again")
        tensors[name] = Tensor(dtype, shape, body[begin:end])
        expected = end
    if expected != len(body):
        raise ModelError("the file goes on after its last tensor; it is damaged")
    return tensors, metadata


def _check_shapes(
    tensors: Mapping[str, Tensor], network: Mapping[str, Any], vocabulary: int, languages: int
) -> None:
    width = network["width"]
    packed = network.get("bits") == 4  # not there in a file that is older than it
    wanted: dict[str, tuple[str, tuple[int, ...]]] = {
        "bag.weight": ("U8", (vocabulary, width // 2)) if packed else ("I8", (vocabulary, width)),
        "bag.scale": ("F32", (width,)),
        "bag.bias": ("F32", (width,)),
        "calibration": ("F32", (2,)),
    }
    if packed:
        wanted["bag.step"] = ("U8", (vocabulary,))
    for i, hidden in enumerate(network["hidden"]):
        wanted[f"dense.{i}.weight"] = ("F32", (hidden, width))
        wanted[f"dense.{i}.bias"] = ("F32", (hidden,))
        width = hidden
    told = tensors["seen"].shape if "seen" in tensors else ()
    size = told[0] if told else 0
    wanted["seen"] = ("U8", (size, SEEN_BYTES) if len(told) == 2 else (size,))
    wanted["head.weight"] = ("F32", (languages, width))
    wanted["head.bias"] = ("F32", (languages,))
    found = {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()}
    if found != wanted:
        wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        raise ModelError(
            f"tensor {wrong[0]!r} is missing, unknown or of another shape than the configuration says"
        )
    if packed and bytes(tensors["bag.step"].data).translate(None, bytes(range(1, MOST_STEP + 1))):
        raise ModelError(f"tensor 'bag.step' has a step that is not from 1 to {MOST_STEP}; the file is damaged")
