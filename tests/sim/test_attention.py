import sys
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.command.run import run
from lmul_pe.model.network.attention import Head, errors, reference
from lmul_pe.model.network.real_operands import Layer
from lmul_pe.model.unit.cycles import cycles
from lmul_pe.sim import attention as simulated
from lmul_pe.sim.attention import (
    SEQUENCE,
    SLICE,
    WIDTH,
    arrays_of,
    formula,
    main,
    simulate,
    simulate_layer,
)
from lmul_pe.sim.bench.products import WITHOUT_STALLS
from lmul_pe.sim.run.runner import SimulationError
from lmul_pe.sim.testbench.outcome import Outcome


def assert_exact(attentions, head, arrays):
    for kind, attention in attentions.items():
        assert attention.mismatches == []
        assert attention.cycles == formula(arrays[kind], head).total


def test_the_smallest_head_through_the_hardware(quick_simulator, tmp_path):
    head = Head.random(2, 1, 1)
    arrays = {"lmul": arrays_of(format_named("e2m1"), 1, 1)["lmul"]}
    attentions = simulate(head, arrays, quick_simulator, build=tmp_path)
    assert_exact(attentions, head, arrays)


@pytest.mark.slow
def test_a_small_head_through_the_hardware(quick_simulator, tmp_path):
    head = Head.random(6, 5, 1)
    arrays = arrays_of(format_named("e4m3"), 2, 2)
    attentions = simulate(head, arrays, quick_simulator, build=tmp_path)
    assert_exact(attentions, head, arrays)
    right = reference(head)
    lmul, exact = (errors(attentions[kind].output, right.output)[0] for kind in ("lmul", "exact"))
    assert exact < lmul < 0.3


RANDOM = np.random.default_rng(3)
LAYER = Layer(
    RANDOM.normal(size=(20, 8)).astype(np.float32),
    (RANDOM.normal(size=(8, 18)) / 50).astype(np.float32),
)


def in_e4m3(values):
    """What is left of ``values`` in flushed e4m3, scaled so that the largest has exponent 8."""
    scale = 2.0 ** (8 - np.floor(np.log2(np.abs(values).max())))
    stored = np.clip(values * scale, -448, 448).astype(ml_dtypes.float8_e4m3fn).astype(np.float64)
    return np.where(np.abs(stored) < 2.0**-6, 0, stored) / scale


def lmul(x, y):
    """The integer addition with the offset of 2^-3, by its formula."""
    sizes, fractions = zip(*(np.frexp(np.abs(each))[::-1] for each in (x, y)), strict=True)
    total = sum(2 * each - 1 for each in fractions) + 2.0**-3
    product = np.where(total < 1, 1 + total, 2 * total) * 2.0 ** (sum(sizes) - 2)
    return np.where(x * y == 0, 0, np.sign(x * y) * product)


@pytest.mark.slow
def test_a_linear_layer_through_the_hardware(quick_simulator, tmp_path):
    arrays = arrays_of(format_named("e4m3"), 2, 2)
    found = simulate_layer(LAYER, arrays, quick_simulator, build=tmp_path)
    real = LAYER.inputs.astype(np.float64) @ LAYER.weights
    a, b = in_e4m3(LAYER.inputs), in_e4m3(LAYER.weights)
    expected = {"exact": a @ b, "lmul": lmul(a[:, :, None], b[None]).sum(axis=1)}
    for kind, layer in found.items():
        error = np.linalg.norm(expected[kind] - real) / np.linalg.norm(real)
        assert layer.relative == pytest.approx(error, rel=1e-4)
        assert layer.mismatches == []
        assert layer.cycles == cycles(arrays[kind], SLICE, 8, SLICE).total


def test_a_slice_that_is_not_the_layers_is_told(monkeypatch):
    arrays = arrays_of(format_named("e4m3"), 2, 2)
    right = {each: each.gemm for each in arrays.values()}

    def spoilt(name, operands, simulator, **options):
        runs = {each: simulated.GemmRun(right[each](*pair), []) for each, pair in operands.items()}
        first = next(iter(runs))
        product = runs[first].product.copy()
        product[15, 15] ^= 1
        return {**runs, first: replace(runs[first], product=product)}

    monkeypatch.setattr(simulated, "multiply", spoilt)
    spoilt_kind, other = simulate_layer(LAYER, arrays, None).values()
    name = arrays["lmul"].name
    assert spoilt_kind.mismatches == [f"the slice of {name} is not that of the whole layer"]
    assert other.mismatches == []


def test_a_product_that_is_not_complete_is_named_by_its_first_fault(monkeypatch):
    arrays = arrays_of(format_named("e2m1"), 1, 1)
    outcomes = [
        Outcome("array", what, 0, 1, 0.0, f"broken {what}") for what in ("at once", "with stalls")
    ]

    def broken(name, operands, simulator, **options):
        return dict.fromkeys(operands, simulated.GemmRun(None, outcomes))

    monkeypatch.setattr(simulated, "multiply", broken)
    with pytest.raises(SimulationError, match=r"^a product is not complete: broken at once$"):
        simulate(Head.random(2, 1, 1), arrays, None)


def ended(arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lmul_pe.sim.attention", *arguments])
    with pytest.raises(SystemExit) as end:
        run(main)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "late", "said"),
    [
        (["--width", "1"], 0, "A 2 x 1 head in e2m1 on a 1 x 1 array: bit for bit"),
        (["--width", "1"], 7, "A 2 x 1 head in e2m1 on a 1 x 1 array: bit for bit"),
        (["--source", "smollm2"], 0, "A 2 x 1 head of SmolLM2 (block 15, head 0) in e2m1 on a"),
        (
            ["--source", "smollm2", "--block", "3", "--head", "2"],
            0,
            "A 2 x 1 head of SmolLM2 (block 3, head 2) in e2m1 on a",
        ),
    ],
)
def test_the_command_says_whose_head_it_is_and_fails_where_cycles_are_wrong(
    arguments, late, said, monkeypatch, capfd
):
    def multiplied(name, operands, simulator, **options):
        runs = {}
        for array, (a, b) in operands.items():
            count = cycles(array, *a.shape, b.shape[1]).total + late
            outcome = Outcome(array.name, WITHOUT_STALLS, 1, 0, 0.0, cycles=count)
            runs[array] = simulated.GemmRun(array.gemm(a, b), [outcome])
        return runs

    monkeypatch.setattr(simulated, "multiply", multiplied)
    monkeypatch.setattr(simulated, "_inputs", lambda *of: (Head.random(2, 1, 1), None))
    small = ["--fmt", "e2m1", "--rows", "1", "--cols", "1", "--sequence", "2", "--seed", "0"]
    assert ended([*small, *arguments], monkeypatch) == (1 if late else 0)
    captured = capfd.readouterr()
    assert said in " ".join(captured.out.split())
    wrong = [line for line in captured.err.splitlines() if line.startswith("mismatch: ")]
    array = arrays_of(format_named("e2m1"), 1, 1)["lmul"]
    right = cycles(array, 2, 1, 2).total + cycles(array, 2, 2, 1).total
    assert wrong == [
        f"mismatch: {kind} took {right + 2 * late} cycles, the formula says {right}"
        for kind in ("lmul", "exact")
        if late
    ]


@pytest.mark.long
@pytest.mark.parametrize("format", ["e4m3", "bf16"])
def test_a_head_of_real_size(format, verilator_simulator, tmp_path):
    head = Head.random(SEQUENCE, WIDTH, 1)
    arrays = arrays_of(format_named(format), 8, 8)
    attentions = simulate(head, arrays, verilator_simulator, build=tmp_path)
    assert_exact(attentions, head, arrays)
    assert formula(arrays["lmul"], head).utilisation > 0.99


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fmt", "foo"], "error: format 'foo' is not known"),
        (["--rows", "0"], "error: rows '0' is not an integer from 1 to"),
        (["--width", "0"], "error: width '0' is not an integer from 1 to 512"),
        (["--sequence", "many"], "error: sequence 'many' is not an integer from 1 to 512"),
        (["--seed", "-1"], "error: seed '-1' is not an integer from 0 to"),
        (["--simulator", "vcs"], "error: simulator 'vcs' is not one of"),
    ],
)
def test_a_wrong_option_is_one_clear_line(arguments, message, monkeypatch, capfd):
    assert ended(arguments, monkeypatch) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1
