"""Bytes become clean text here, and only here.

A detector is fed whatever users have: files with byte-order marks, half a megabyte of minified
JavaScript, a PNG by mistake. Everything after this module sees a `str` whose lines end in a line feed.
"""

from __future__ import annotations

import codecs

from whichcode.errors import BinaryInputError

DEFAULT_MAX_BYTES = 1 << 20
"""Bytes read from the start of an input: 1 MiB is far more than the answer needs."""

MAX_NUL_SHARE = 0.001
"""Above this share of NUL characters an input is binary; a stray NUL in a long text is forgiven."""

MAX_STRAY_NULS = 1
"""In a `str`, which somebody has decoded already, one NUL says nothing even where the text is short."""

# UTF-32 LE begins with the mark of UTF-16 LE, so the longer marks are tried first.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: str | bytes | bytearray | memoryview, *, max_bytes: int = DEFAULT_MAX_BYTES) -> str:
    r"""Return the text of `data` with line feeds as line ends.

    UTF-8 is assumed unless a byte-order mark says UTF-16 or UTF-32; what cannot be decoded becomes
    U+FFFD. At most `max_bytes` bytes (of a `str`: characters) from the start are used, and a character
    that this cuts in two is dropped. ``\r\n`` and ``\r`` become ``\n``.

    Raises:
        BinaryInputError: more than one character in a thousand is NUL.
    """
    if isinstance(data, str):
        text = data[:max_bytes].removeprefix("\ufeff")
    else:
        raw = bytes(data[: max_bytes + 1])
        text = _decode_bytes(raw[:max_bytes], cut=len(raw) > max_bytes)
    nuls = text.count("\0")
    if nuls > max(MAX_NUL_SHARE * len(text), MAX_STRAY_NULS if isinstance(data, str) else 0):
        raise BinaryInputError("the input is binary: it holds NUL bytes")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _decode_bytes(raw: bytes, *, cut: bool) -> str:
    encoding = "utf-8"
    for mark, name in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            raw, encoding = raw[len(mark) :], name
            break
    # An incremental decoder that is not told of the end holds back an incomplete last character.
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return decoder.decode(raw, final=not cut)
