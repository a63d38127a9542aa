import sys

import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.command.run import run
from lmul_pe.sim.attention import (
    SEQUENCE,
    WIDTH,
    Head,
    arrays_of,
    encoded,
    errors,
    formula,
    main,
    reference,
    scale_of,
    simulate,
)


def test_attention_in_float64_is_the_textbooks():
    head = Head(np.eye(2), np.eye(2) * np.sqrt(2) * np.log(3), np.array([[4.0, 0.0], [0.0, 4.0]]))
    assert np.allclose(reference(head).output, [[3, 1], [1, 3]])


def test_draws_depend_on_the_seed_alone():
    first, again, other = (Head.random(4, 2, seed) for seed in (1, 1, 2))
    assert (first.q == again.q).all()
    assert (first.v != other.v).any()


@pytest.mark.parametrize(
    ("format", "scale"), [("e4m3", 256.0), ("e2m1", 4.0), ("e4m3fnuz", 128.0), ("bf16", 256.0)]
)
def test_probabilities_are_scaled_into_the_format(format, scale):
    assert scale_of(format_named(format)) == scale


def test_encoding_alone_makes_a_small_error_that_falls_with_the_mantissa():
    head = Head.random(32, 16, 1)
    right = reference(head)
    found = [
        errors(encoded(head, format_named(each)).output, right.output)[0]
        for each in ("e5m2", "e4m3", "bf16", "fp16")
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] < 0.2
    assert found[-1] < 0.001


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
        (["--rows", "0"], "error: rows '0' is not a number from 1 to"),
        (["--sequence", "many"], "error: sequence 'many' is not a number from 1 to 512"),
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
