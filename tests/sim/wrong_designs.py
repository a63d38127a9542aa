"""A check that cannot fail is worth nothing: designs that are wrong in one way each."""

import re

from lmul_pe.hw.export.verilog import component_of, verilog_text
from lmul_pe.model.unit.names import specification_named
from lmul_pe.sim.run.runner import Bench, run_bench
from lmul_pe.sim.testbench.harness import Unit


def impostor(name, actual):
    """The hardware of the specification ``actual`` under the name of another."""
    return Unit(specification_named(name), verilog_text(component_of(actual), name, "wrong"))


def edited(name, pattern, replacement):
    """An exported unit in whose text the one place that matches ``pattern`` says something else."""
    unit = Unit.exported(specification_named(name))
    text, count = re.subn(pattern, replacement, unit.verilog)
    assert count == 1, (pattern, count)
    return Unit(unit.specification, text)


def spoiled(name, *logic, **expressions):
    """An exported unit, some of whose ports carry an expression; {} stands for the right value.

    ``toggle`` stands for a signal that changes in every cycle; ``logic`` is more Verilog for them.
    """
    unit = Unit.exported(specification_named(name))
    top = re.search(rf"^module {name}\(.*?^endmodule", unit.verilog, flags=re.MULTILINE | re.DOTALL)
    ports = {
        port: (direction, int(width or 0) + 1)
        for direction, width, port in re.findall(
            r"^ *(input|output) (?:\[(\d+):0\] )?(\w+);$", top[0], flags=re.MULTILINE
        )
    }
    lines = list(logic)
    if "clk" in ports:
        lines.append("reg toggle; initial toggle = 0; always @(posedge clk) toggle <= ~toggle;")
    declared = []
    for port, (direction, width) in ports.items():
        expression = expressions.get(port, "{}")
        declared.append(f"{direction} [{width - 1}:0] {port};")
        declared.append(f"wire [{width - 1}:0] right_{port};")
        if direction == "input":
            lines.append(f"assign right_{port} = {expression.format(port)};")
        else:
            lines.append(f"assign {port} = {expression.format(f'right_{port}')};")
    connections = ", ".join(f".{port}(right_{port})" for port in ports)
    inner = re.sub(
        rf"^module {name}(?=\()", f"module {name}_right", unit.verilog, flags=re.MULTILINE
    )
    outer = [
        f"module {name}({', '.join(ports)});",
        *declared,
        *lines,
        f"{name}_right inner({connections});",
    ]
    return Unit(unit.specification, inner + "\n".join([*outer, "endmodule\n"]))


def reports(units, simulator, folder):
    """The first fault of every test that failed, by unit."""
    bench = Bench("wrong", units)
    outcomes, _ = run_bench(bench, simulator, pairs=0, beats=20, seed=1, build=folder)
    return {
        unit.name: [
            outcome.first
            for outcome in outcomes
            if outcome.unit == unit.name and outcome.mismatches
        ]
        for unit in units
    }


def assert_caught(cases, right, simulator, folder):
    """Every case, a unit and the pattern of a fault, is caught, and nothing else is reported."""
    assert len({unit.name for unit, _ in cases.values()}) == len(cases)
    found = reports([*right, *(unit for unit, _ in cases.values())], simulator, folder)
    assert [found[unit.name] for unit in right] == [[] for _ in right]
    for case, (unit, fault) in cases.items():
        faults = found[unit.name]
        assert any(re.fullmatch(fault, each) for each in faults), (case, faults)
