import sys

import pytest

from lmul_pe.model import format_named
from lmul_pe.model.command.run import run
from lmul_pe.model.network.attention import Head, errors, reference
from lmul_pe.sim.attention import SEQUENCE, WIDTH, arrays_of, formula, main, simulate


def assert_exact(attentions, head, arrays):
    for kind, attention in attentions.items():
        assert attention.mismatches == []
        assert attention.cycles == formula(arrays[kind], head).total


def test_a_small_head_through_the_hardware(quick_simulator, tmp_path):
    head = Head.random(6, 5, 1)
    arrays = arrays_of(format_named("e4m3"), 2, 2)
    attentions = simulate(head, arrays, quick_simulator, build=tmp_path)
    assert_exact(attentions, head, arrays)
    right = reference(head)
    lmul, exact = (errors(attentions[kind].output, right.output)[0] for kind in ("lmul", "exact"))
    assert exact < lmul < 0.3


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
        (["--sequence", "many"], "error: sequence 'many' is not an integer from 1 to 512"),
        (["--simulator", "vcs"], "error: simulator 'vcs' is not one of"),
    ],
)
def test_a_wrong_option_is_one_clear_line(arguments, message, monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["lmul_pe.sim.attention", *arguments])
    with pytest.raises(SystemExit) as ended:
        run(main)
    captured = capfd.readouterr()
    assert (ended.value.code, captured.out) == (2, "")
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1
