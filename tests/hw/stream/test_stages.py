import pytest
from amaranth.hdl import Const, Module

from lmul_pe.hw.stream.stages import chain, register_places


@pytest.mark.parametrize(
    ("stages", "latency", "places"),
    [
        (1, 0, [0, 0]),
        (1, 1, [0, 1]),
        (1, 2, [1, 1]),
        (1, 4, [2, 2]),
        (2, 1, [0, 0, 1]),
        (2, 2, [0, 1, 1]),
        (2, 3, [1, 1, 1]),
        (2, 4, [1, 1, 2]),
        (3, 1, [0, 0, 0, 1]),
        (3, 2, [0, 1, 0, 1]),
        (3, 3, [1, 1, 0, 1]),
        (3, 4, [1, 1, 1, 1]),
    ],
)
def test_registers_stand_at_the_output_then_behind_the_array_then_at_the_input(
    stages, latency, places
):
    assert register_places(stages, latency) == places


def test_a_chain_runs_its_stages_in_order_with_registers_between():
    happened = []

    def stage(name):
        def run(m, values):
            happened.append(name)
            return {**values, name: Const(1)}

        return run

    def register(values):
        happened.append(f"register {' '.join(values)}")
        return values

    result = chain(Module(), [stage("x"), stage("y")], {"a": Const(0)}, register, 3)
    assert happened == ["register a", "x", "register a x", "y", "register a x y"]
    assert list(result) == ["a", "x", "y"]
