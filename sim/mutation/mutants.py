"""Mutants of an exported design: one bit of one cell inverted, stuck, or mixed with another.

A design is a unit by its name, or one instance in it, as ``array_os_2x2_lmul_e2m1_fp32/control``.
"""

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.unit.names import Specification, specification_named

SELECT = "mutant"
"""Input of a design with many mutants that says which one it is; 0 is the design itself."""


@dataclass(frozen=True)
class Mutant:
    """One change of a design.

    Parameters
    ----------
    design
        The unit, or the instance of it in which it is.
    command
        The pass of Yosys that makes it of :attr:`Mutants.text`.
    """

    design: str
    command: str

    @property
    def place(self) -> str:
        """What is changed where, in a few words, as ``inv A[3] of $add in line 6``."""
        options = dict(re.findall(r"-(\w+) (\S+)", self.command))
        # As Yosys names what it makes of an expression, and flattens.
        cell = re.search(r"\$(\w+)\$(?:[^$]*:(\d+)\$)?\d+$", options["cell"])
        kind, line = cell.groups() if cell else ("?", None)
        instance = re.match(r"\$flatten\\(\w+)_\$", options["cell"])
        where = [*([instance[1]] if instance else []), *([f"line {line}"] if line else [])]
        behind = f" in {', '.join(where)}" if where else ""
        return f"{options['mode']} {options['port']}[{options['portbit']}] of ${kind}{behind}"


@dataclass(frozen=True)
class Mutants:
    """A design and changes of it.

    Parameters
    ----------
    design
        The unit, or the instance of it in which the changes are.
    text
        The whole unit as RTLIL, flat and without processes.
    list
        Its mutants.
    """

    design: str
    text: str
    list: tuple[Mutant, ...]

    @property
    def unit(self) -> str:
        """Name of the unit."""
        return self.design.partition("/")[0]

    @property
    def specification(self) -> Specification:
        return specification_named(self.unit)

    @property
    def select_bits(self) -> int:
        return len(self.list).bit_length()

    def one(self, mutant: Mutant) -> str:
        """The design with one change, in RTLIL."""
        return self._written([mutant.command], "write_rtlil")

    @cached_property
    def all(self) -> str:
        """The design with every change, in Verilog, and the input :data:`SELECT`."""
        return self._written(self._switched, "write_verilog -noattr")

    @cached_property
    def gates(self) -> str:
        """The same in single gates, in the JSON of Yosys."""
        return self._written(
            [*self._switched, "dffunmap", "techmap", "opt -full -nodffe -nosdff"],
            "write_json",
        )

    @property
    def _switched(self) -> Sequence[str]:
        return [
            mutant.command.replace(
                "mutate ", f"mutate -ctrl {SELECT} {self.select_bits} {number} ", 1
            )
            for number, mutant in enumerate(self.list, start=1)
        ]

    def _written(self, passes: Sequence[str], writing: str) -> str:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "design.il").write_text(self.text)
            run_yosys(["read_rtlil design.il", *passes, f"{writing} design.txt"], folder)
            return (folder / "design.txt").read_text()


@cache
def mutants_of(design: str, count: int, seed: int) -> Mutants:
    """``count`` mutants of an exported design, or all if there are fewer.

    Yosys spreads them evenly over cells, wires and lines.

    Raises
    ------
    SpecificationError
        No such unit, or no such instance in it.
    """
    require_design(design)
    unit, _, instance = design.partition("/")
    text, _ = _flat(unit)
    # The flat design names the cells of an instance after it.
    chosen = f"c:$flatten?{instance}_$*" if instance else "*"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.il").write_text(text)
        run_yosys(
            ["read_rtlil design.il", f"mutate -list {count} -seed {seed} -o list.txt {chosen}"],
            folder,
        )
        commands = (folder / "list.txt").read_text().splitlines()
    return Mutants(design, text, tuple(Mutant(design, each) for each in commands))


def require_design(design: str) -> None:
    """Refuse what is no exported unit, and no instance of a module at the top of one.

    Raises
    ------
    SpecificationError
        No such unit, or no such instance.
    """
    unit, _, instance = design.partition("/")
    if not instance:
        specification_named(unit)
        return
    _, known = _flat(unit)
    if not known:
        raise SpecificationError(f"design {unit} has no instance {instance!r}, nor any other")
    if instance not in known:
        raise unknown_choice(f"design {unit}: instance", instance, known)


@cache
def _flat(unit: str) -> tuple[str, list[str]]:
    """An exported unit as RTLIL, flat and without processes, and the instances at its top."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.v").write_text(exported_verilog(specification_named(unit), unit))
        run_yosys(
            [
                "read_verilog design.v",
                f"hierarchy -check -top {unit}",
                f"select -write instances.txt {unit}/c:* {unit}/t:$* %d",
                "proc",
                "flatten -noscopeinfo -separator _",
                "opt_clean",
                "write_rtlil design.il",
            ],
            folder,
        )
        instances = (folder / "instances.txt").read_text().split()
        text = (folder / "design.il").read_text()
    return text, sorted(each.partition("/")[2] for each in instances)


@cache
def port_widths(text: str, unit: str) -> dict[str, tuple[str, int]]:
    """Direction and width of every port of ``unit`` in RTLIL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.il").write_text(text)
        run_yosys(["read_rtlil design.il", "write_json design.json"], folder)
        module = json.loads((folder / "design.json").read_text())["modules"][unit]
    return {name: (port["direction"], len(port["bits"])) for name, port in module["ports"].items()}
