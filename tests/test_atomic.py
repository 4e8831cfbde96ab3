"""Files that nobody sees half of."""

import pytest

from whichcode.atomic import write_atomically
from whichcode.errors import WhichcodeError


@pytest.mark.parametrize("name", ["duck.txt", "n" * 255, "ü" * 120])
def test_a_name_may_be_as_long_as_names_can_be(tmp_path, name):
    write_atomically(tmp_path / name, "quack")
    assert (tmp_path / name).read_text("utf-8") == "quack"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(WhichcodeError, match="cannot be written: File name too long"):
        write_atomically(tmp_path / ("n" * 256), "quack")
    assert list(tmp_path.iterdir()) == []
