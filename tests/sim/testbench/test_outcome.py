import json

from lmul_pe.sim.testbench.outcome import Outcome, append_outcomes, hits_of, read_outcomes

CLEAN = Outcome("lmul_e4m3", "every pair", 65_536, 0, 1.5)
WRONG = Outcome("exact_e4m3", "stalls", 80, 2, 0.25, "a=0x1 b=0x2: expected 0x3, got 0x4", 91)


def test_outcomes_travel_from_the_simulator_to_the_caller(tmp_path):
    path = tmp_path / "outcomes.jsonl"
    assert read_outcomes(path) == []
    append_outcomes(path, [CLEAN])
    append_outcomes(path, [WRONG, CLEAN])
    assert read_outcomes(path) == [CLEAN, WRONG, CLEAN]


def test_a_line_is_one_outcome_in_json(tmp_path):
    path = tmp_path / "outcomes.jsonl"
    append_outcomes(path, [WRONG])
    (line,) = path.read_text().splitlines()
    assert json.loads(line) == {
        "unit": "exact_e4m3",
        "what": "stalls",
        "count": 80,
        "mismatches": 2,
        "seconds": 0.25,
        "first": "a=0x1 b=0x2: expected 0x3, got 0x4",
        "cycles": 91,
        "hits": {},
    }


def test_hits_of_all_tests_and_runs_of_a_unit_are_added():
    outcomes = [
        Outcome("one", "stalls", 1, 0, 0.1, hits={"x": 1, "y": 2}),
        Outcome("two", "stalls", 1, 0, 0.1),
        Outcome("one", "resets", 1, 0, 0.1, hits={"x": 3}),
    ]
    assert hits_of(outcomes) == {"one": {"x": 4, "y": 2}, "two": {}}
