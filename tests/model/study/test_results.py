"""Results of a part: kept whole, by all that decides them, and taken from there."""

import json
import os
from dataclasses import dataclass

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.study import results
from lmul_pe.model.study.part import Part, Piece, Section


@dataclass(frozen=True)
class Row:
    name: str
    values: tuple[float, ...]


def part(name="one", sources=("model/format",)):
    return Part(name, name, Row, sources, lambda formats: [], lambda found: Section([], ""))


@pytest.fixture
def work(in_this_process):
    """Pieces that count how often they are computed."""
    calls = []

    def piece(key, value=1.5, **inputs):
        def compute():
            calls.append(key)
            return Row(key, (value, 2.0))

        return Piece(key, compute, inputs)

    piece.calls = calls
    return piece


def run(part, pieces, folder):
    return {piece.key: result for piece, result in results.each(part, pieces, folder)}


def test_a_piece_is_computed_once(work, tmp_path):
    pieces = [work("a"), work("b", 0.1)]
    first = run(part(), pieces, tmp_path)
    assert first == {"a": Row("a", (1.5, 2.0)), "b": Row("b", (0.1, 2.0))}
    assert run(part(), pieces, tmp_path) == first
    assert work.calls == ["a", "b"]


def test_what_decides_a_result_decides_where_it_is(work, tmp_path, monkeypatch):
    run(part(), [work("a")], tmp_path)
    run(part(), [work("a", data="digest")], tmp_path)
    run(part("two"), [work("a")], tmp_path)
    run(part(sources=("model/multiplier",)), [work("a")], tmp_path)
    monkeypatch.setattr(results.np, "__version__", "0")
    run(part(), [work("a")], tmp_path)
    assert work.calls == ["a"] * 5


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b'{"name": 1, "values": []}', b"null"])
def test_a_broken_file_is_made_again(work, tmp_path, content):
    expected = run(part(), [work("a")], tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    assert run(part(), [work("a")], tmp_path) == expected
    assert work.calls == ["a", "a"]


def test_an_interrupted_run_goes_on(work, tmp_path):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(part(), [work("a"), Piece("b", interrupted), work("c")], tmp_path)
    assert set(run(part(), [work("a"), work("b"), work("c")], tmp_path)) == {"a", "b", "c"}
    assert work.calls == ["a", "b", "c"]


def process():
    return os.getpid()


def test_pieces_are_computed_in_other_processes(tmp_path):
    pids = Part("pids", "pids", int, ("model/format",), lambda formats: [], lambda found: None)
    found = run(pids, [Piece(str(number), process) for number in range(4)], tmp_path)
    assert set(found) == {"0", "1", "2", "3"}
    assert os.getpid() not in found.values()


def test_a_file_of_results_says_what_makes_it(work, tmp_path):
    found = run(part(), [work("a")], tmp_path)
    assert json.loads(results.text(part(), found, "make accuracy")) == {
        "command": "make accuracy",
        "results": {"a": {"name": "a", "values": [1.5, 2.0]}},
    }


def test_the_order_of_inputs_does_not_decide(work, tmp_path):
    run(part(), [work("a", data=1, weights=2)], tmp_path)
    run(part(), [work("a", weights=2, data=1)], tmp_path)
    assert work.calls == ["a"]


def test_results_are_read_as_they_were_written(work, tmp_path):
    chosen = part()
    assert results.file_of(chosen, tmp_path) == tmp_path / "one.json"
    # Not run.
    assert results.read(chosen, tmp_path) == {}
    found = {"b": Row("b", (0.1, 2.0)), "a": Row("a", ())}
    (tmp_path / "one.json").write_text(results.text(chosen, found, "make accuracy"))
    assert results.read(chosen, tmp_path) == found
    assert list(results.read(chosen, tmp_path)) == ["b", "a"]


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "null", "{}", '{"results": []}', '{"results": {"a": 1}}', "\x00"),
        '{"results": {"a": {"name": "a"}}}',
    ],
)
def test_results_of_another_sort_are_refused_by_the_name_of_the_file(content, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(content)
    with pytest.raises(SpecificationError) as raised:
        results.read(part(), tmp_path)
    assert str(raised.value) == (
        f"{path} holds no results of part one that can be read: expected those of this version; "
        "remove it, or run its study again"
    )


def test_what_is_no_number_is_never_written():
    numbers = Part("n", "n", float, (), lambda formats: [], lambda found: Section([], ""))
    with pytest.raises(ValueError, match="JSON"):
        results.text(numbers, {"a": float("nan")}, "make")
