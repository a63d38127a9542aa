"""What is remembered, by which key, and what happens to files that are broken."""

import pytest

from lmul_pe.synth.mapping.memo import Memo


def counted(results):
    """A function that takes the next of ``results``, and how often it was called."""
    calls = []

    def make():
        calls.append(None)
        return results[len(calls) - 1]

    return make, calls


def test_equal_keys_are_computed_once():
    memo = Memo()
    make, calls = counted("abcd")
    keys = [("one", 1), ("one", 1), ("one", "1"), ("one",), ("one", 1)]
    assert [memo.get(make, *key) for key in keys] == ["a", "a", "b", "c", "a"]
    assert len(calls) == 3


def test_what_is_saved_is_there_the_next_time(tmp_path):
    path = tmp_path / "below" / "memo.pickle"
    memo = Memo(path)
    make, calls = counted([None, 2.5])
    # None is a result as well.
    assert memo.get(make, "a") is None
    assert memo.get(make, "b") == 2.5
    assert not path.exists()
    memo.save()
    again = Memo(path)
    assert (again.get(make, "a"), again.get(make, "b")) == (None, 2.5)
    assert len(calls) == 2


def test_what_others_saved_meanwhile_stays(tmp_path):
    path = tmp_path / "memo.pickle"
    one, other = Memo(path), Memo(path)
    one.get(lambda: 1, "one")
    other.get(lambda: 2, "other")
    one.save()
    other.save()
    found = Memo(path)
    assert found.get(lambda: 0, "one") == 1
    assert found.get(lambda: 0, "other") == 2


def test_without_anything_new_nothing_is_written(tmp_path):
    path = tmp_path / "memo.pickle"
    memo = Memo(path)
    memo.save()
    assert not path.exists()
    memo.get(lambda: 1, "one")
    memo.save()
    path.unlink()
    memo.save()
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x80\x05N.", b"\x80\x05cnowhere\nX\n."])
def test_a_broken_file_is_made_again(content, tmp_path):
    path = tmp_path / "memo.pickle"
    path.write_bytes(content)
    memo = Memo(path)
    assert memo.get(lambda: "made", "key") == "made"
    memo.save()
    assert Memo(path).get(lambda: "not again", "key") == "made"
