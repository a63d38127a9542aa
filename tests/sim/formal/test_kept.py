"""Proofs are kept by what they are about, and one that was given up is tried again."""

import json

import pytest

from lmul_pe.sim.formal import kept
from lmul_pe.sim.formal.equivalence import COMBINATIONAL, Cycle, Proof

REFUTED = Proof(False, COMBINATIONAL, 1.5, (Cycle({"a": 1}, {"y": 2}, {"y": 3}),))


@pytest.fixture
def calls(monkeypatch):
    """The arguments of every proof that is really tried."""
    found = []

    def prove(*texts, **options):
        found.append((*texts, options["seconds"]))
        return Proof(False, COMBINATIONAL, 2.0, None, False) if "hard" in texts else REFUTED

    monkeypatch.setattr(kept, "prove_equal", prove)
    return found


def test_a_proof_is_done_once(calls, tmp_path):
    first = kept.proof_of("one", "two", "top", 10, tmp_path)
    assert first == kept.proof_of("one", "two", "top", 20, tmp_path) == REFUTED
    assert calls == [("one", "two", "top", 10)]
    kept.proof_of("one", "three", "top", 10, tmp_path)
    assert len(calls) == 2


def test_one_that_was_given_up_is_tried_again_with_more_time(calls, tmp_path):
    for seconds in (10, 10, 20):
        assert not kept.proof_of("hard", "two", "top", seconds, tmp_path).ended
    assert [call[-1] for call in calls] == [10, 20]


@pytest.mark.parametrize("content", ["", "{}", '{"limit": 1}', "[]"])
def test_a_broken_file_counts_for_nothing(content, calls, tmp_path):
    kept.proof_of("one", "two", "top", 10, tmp_path)
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text())["method"] == COMBINATIONAL
    path.write_text(content)
    assert kept.proof_of("one", "two", "top", 10, tmp_path) == REFUTED
    assert len(calls) == 2
