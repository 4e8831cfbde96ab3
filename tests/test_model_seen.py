"""What a model has seen, as it is stored."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichcode.errors import ModelError
from whichcode.model.artefact import Model, Tensor
from whichcode.model.seen import SEEN_BYTES, decode, encode, start_of


def model_of(shape, data):
    return Model(
        id="m",
        version="0",
        languages=("a", "b"),
        settings={},
        provenance={},
        vocabulary=None,
        tensors={"seen": Tensor("U8", shape, data)},
        digest="",
    )


@given(st.sets(st.binary(min_size=SEEN_BYTES, max_size=SEEN_BYTES)))
def test_starts_come_back(starts):
    assert decode(encode([*starts, *starts])) == starts


def test_the_ends_of_the_range_come_back():
    for starts in ({b"\0\0\0\0"}, {b"\xff" * 4}, {b"\0\0\0\0", b"\0\0\0\x7f", b"\0\0\0\xff", b"\xff" * 4}):
        assert decode(encode(starts)) == starts


def test_many_starts_take_little_more_than_two_bytes_each():
    starts = {hashlib.sha256(str(i).encode()).digest()[:SEEN_BYTES] for i in range(200_000)}
    assert len(encode(starts)) < 2.6 * len(starts)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x05\xff",
        b"\xff\xff\xff\xff\x10",
        b"\xff" * 5,
        b"\x80" * 100_000,
        b"\0\0",
        b"\x05\0",
        b"\x80\x80\0",
        b"\xff\xff\xff\xff\x0f\x01",
    ],
)
def test_what_is_no_list_of_starts_is_refused(data):
    with pytest.raises(ModelError, match="damaged"):
        decode(data)


def test_files_of_both_kinds_are_read():
    digests = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(100)]
    starts = sorted(start_of(digest) for digest in digests)
    old = model_of((100, SEEN_BYTES), b"".join(starts))
    data = encode(starts)
    new = model_of((len(data),), data)
    assert old.seen == new.seen == set(starts)
    for model in (old, new):
        assert all(model.has_seen(digest) for digest in digests)
        assert not model.has_seen(hashlib.sha256(b"another").hexdigest())
