"""The bench of combinational multipliers: its verdicts, and designs that are wrong in one way."""

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import Multiplier
from lmul_pe.sim.bench import combinational
from lmul_pe.sim.bench.combinational import _outcome
from lmul_pe.sim.testbench.configuration import VARIABLE, Configuration
from lmul_pe.sim.testbench.harness import Harness, Unit
from lmul_pe.sim.testbench.outcome import read_outcomes
from tests.sim.wrong_designs import assert_caught, impostor, reports, spoiled

MULTIPLIER = Multiplier("lmul", "e2m1")


def verdict(levels, *, pairs=((3, 5, 7), (2, 2, 6)), multiplier=MULTIPLIER, shuffled=False):
    """The verdict on what ``y`` was for each pair, as texts with the top bit first."""
    a, b = (np.array(side, np.uint8) for side in pairs)
    characters = np.frombuffer("".join(levels).encode(), np.uint8).reshape(len(levels), -1)
    return _outcome(multiplier, (a, b), characters[:, ::-1], shuffled, 0.5)


def right(pairs=((3, 5, 7), (2, 2, 6))):
    codes = MULTIPLIER.compute(*(np.array(side, np.uint8) for side in pairs))
    return [f"{int(code):04b}" for code in codes]


def test_right_products_have_no_mismatches():
    outcome = verdict(right())
    assert (outcome.unit, outcome.count, outcome.mismatches) == ("lmul_e2m1", 3, 0)
    assert (outcome.first, outcome.seconds) == (None, 0.5)


def test_the_first_wrong_product_is_told_with_its_operands():
    levels = right()
    expected = int(levels[1], 2)
    levels[1:] = [f"{int(level, 2) ^ 1:04b}" for level in levels[1:]]
    outcome = verdict(levels)
    assert outcome.mismatches == 2
    assert outcome.first == f"a=0x5 b=0x2: expected {expected:#x}, got {expected ^ 1:#x}"


@pytest.mark.parametrize("level", ["x", "z", "X", "U"])
def test_a_bit_that_is_not_known_is_a_mismatch_whatever_its_value_would_be(level):
    levels = right()
    levels[2] = level + levels[2][1:]
    outcome = verdict(levels)
    assert outcome.mismatches == 1
    assert outcome.first.endswith(f"got {levels[2]} (binary)")


@pytest.mark.parametrize(
    ("multiplier", "shuffled", "what"),
    [
        (MULTIPLIER, False, "every pair"),
        (MULTIPLIER, True, "shuffled"),
        (Multiplier("lmul", "bf16"), False, "boundary x boundary, random pairs"),
    ],
)
def test_a_verdict_says_what_was_checked(multiplier, shuffled, what):
    width = multiplier.format_y.width
    outcome = verdict(["0" * width] * 3, multiplier=multiplier, shuffled=shuffled)
    assert outcome.what == what


class Products:
    """Multipliers in plain Python behind the ports of a harness."""

    def __init__(self, *multipliers):
        harness = Harness(multipliers)
        assert harness.product_bits == sum(each.format_y.width for each in multipliers)
        self.words = []

        def put(word):
            self.words.append(word)
            levels = ""
            # Units of equal formats have the same operands.
            a, b = word & 0xF, word >> 4
            for each in multipliers:
                levels = f"{int(each.compute([a], [b])[0]):04b}" + levels
            self.products = SimpleNamespace(value=levels)

        self.operands = type("Operands", (), {"value": property(None, lambda _, word: put(word))})()


@pytest.mark.parametrize("shuffled", [False, True])
def test_every_pair_goes_to_every_unit_in_order_or_in_another(shuffled, monkeypatch, tmp_path):
    units = (MULTIPLIER, Multiplier("exact", "e2m1"))
    outcomes = tmp_path / "outcomes.jsonl"
    configuration = Configuration([each.name for each in units], 9, 9, 3, shuffled, str(outcomes))
    configuration.write(tmp_path / "bench.json")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "bench.json"))
    clock = iter([1000.0, 1002.5])
    monkeypatch.setattr(combinational, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    async def settle(*_):
        pass

    monkeypatch.setattr(combinational, "Timer", settle)
    dut = Products(*units)
    asyncio.run(combinational.products.func(dut))
    every = [a | b << 4 for a in range(16) for b in range(16)]
    assert sorted(dut.words) == sorted(every)
    assert (dut.words == every) != shuffled
    for unit, outcome in zip(units, read_outcomes(outcomes), strict=True):
        assert (outcome.unit, outcome.mismatches, outcome.count) == (unit.name, 0, 256)
        assert outcome.seconds == 2.5


def test_wrong_designs_are_caught(quick_simulator, tmp_path):
    """All in one build: each has a verdict of its own."""
    product = r"a=0x\w+ b=0x\w+: expected 0x\w+, got 0x\w+"
    cases = {
        "the offset is left out": (
            impostor("lmul_e3m2", Multiplier("lmul", "e3m2", offset="none")),
            product,
        ),
        "zero is not tested for": (
            impostor("lmul_e2m3", Multiplier("lmul", "e2m3", guard="raw")),
            r"a=0x0 b=0x\w+: expected 0x0, got 0x\w+",
        ),
        "subnormals are not flushed": (
            impostor("exact_e2m3", Multiplier("exact", "e2m3", subnormals="gradual")),
            product,
        ),
        "one pair of 4,096 is wrong": (
            spoiled("exact_e3m2", y="{} ^ (a == 6'h15 && b == 6'h2a)"),
            r"a=0x15 b=0x2a: expected 0x\w+, got 0x\w+",
        ),
    }
    assert_caught(cases, (spoiled("lmul_e2m1"),), quick_simulator, tmp_path)


@pytest.mark.long
def test_wrong_products_are_caught_by_verilator(verilator_simulator, tmp_path):
    wrong = impostor("lmul_bf16", Multiplier("lmul", "bf16", offset="none"))
    found = reports(
        [wrong, Unit.exported(Multiplier("exact", "bf16"))], verilator_simulator, tmp_path
    )
    assert len(found["lmul_bf16"]) == len(verilator_simulator.seeds)
    assert found["exact_bf16"] == []
