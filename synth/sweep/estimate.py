"""The cheap step: a design in generic two-input gates, mapped once, without a technology."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model.unit.names import specification_named
from lmul_pe.synth.activity.evaluation import evaluate
from lmul_pe.synth.design.multipliers import MultiplierDesign
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.mapping.blocks import Texts, block_source, block_texts
from lmul_pe.synth.mapping.flow import tool_versions
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS, generic_gate_equivalents
from lmul_pe.synth.mapping.recipes import GENERIC, GENERIC_BACK_END, STRUCTURES, front_end
from lmul_pe.synth.netlists.netlist import Netlist, read_netlist
from lmul_pe.synth.results.record import RecordFile, Strict
from lmul_pe.synth.results.store import inputs_digest
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, Settings

from .measuring import design_of, errors

REGISTER = "$_DFF_P_"
REGISTER_GATES = 4.0
"""Of a flip-flop in two-input NANDs: 16 transistors, as Yosys' ``stat -tech cmos`` counts them."""
PAIRS = 2048
"""Operand pairs of the toggles."""


@dataclass(frozen=True, kw_only=True)
class Estimate(Strict):
    """What a design may cost, in units that compare estimates alone.

    Parameters
    ----------
    gates
        Two-input NANDs by transistors, by products a cycle.
    depth
        Gates on the longest path of any block.
    toggles
        Of a multiplier, functional toggles of its gates in an operation.  Units are not simulated:
        their gates stand for it.
    """

    key: str
    design: str
    level: str
    format: str
    gates: float
    depth: int
    toggles: float
    mean_error: float
    sum_error: float | None

    @property
    def values(self) -> tuple[float, ...]:
        """What should be small."""
        return self.toggles, self.gates, self.depth, self.mean_error, self.sum_error or 0.0


ESTIMATE = RecordFile(Estimate, "estimate of a sweep")


@cache
def _source() -> str:
    return inputs_digest(
        {"tools": tool_versions()}, "synth/sweep/measuring.py", "synth/sweep/estimate.py"
    )


def estimate_key(design: str) -> str:
    """What decides an estimate, as a digest; no technology or clock does."""
    return hashlib.sha256(json.dumps([_source(), design]).encode()).hexdigest()


def estimated(name: str, folder: Path) -> Estimate:
    """The estimate of the design called ``name``.

    Parameters
    ----------
    folder
        Not used: estimates are as quickly made as found.

    Raises
    ------
    SpecificationError
        Not the name of a design.
    """
    specification = specification_named(name)
    design = design_of(specification)
    assert isinstance(design, MultiplierDesign | UnitDesign)
    structure = design.structures[0]
    wrong = errors(specification)
    if isinstance(design, MultiplierDesign):
        text = design.rtlil(STRUCTURES[structure])
        netlist = _mapped(text, name, {})
        gates, depth = generic_gate_equivalents(netlist), _depth(netlist)
        a, b = design.stream(DEFAULT_WORKLOAD, PAIRS, Settings().seed)
        waveforms = evaluate(netlist, GENERIC_FUNCTIONS, {"a": a, "b": b})
        changes = sum(int(waveforms.toggles(net).sum()) for net in netlist.driven)
        toggles = changes / (PAIRS - 1)
    else:
        texts = block_texts(design.unit, (structure,), lambda module, other: False)
        netlists = _blocks(texts, structure)
        gates = _gates(netlists, next(iter(texts))) / design.operations
        depth = max(map(_depth, netlists.values()))
        toggles = gates
    return Estimate(
        key=estimate_key(name),
        design=name,
        level=design.level,
        format=design.subject.format,
        gates=gates,
        depth=depth,
        toggles=toggles,
        mean_error=wrong[0],
        sum_error=wrong[1],
    )


def _blocks(texts: Texts, structure: str) -> dict[str, Netlist]:
    """The blocks of a unit, each by itself."""
    found = {}
    for module in texts:
        source = block_source(texts, module, structure, (GENERIC,))
        found[module] = _mapped(source.rtlil, module, dict(source.blocks))
    return found


def _mapped(rtlil: str, module: str, blocks: Mapping[str, str]) -> Netlist:
    """One module in generic gates, its registers plain ones."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.il").write_text(rtlil)
        (folder / "blocks.v").write_text("\n".join(blocks.values()))
        (folder / "full_adder.v").write_text("")
        run_yosys(
            [
                "read_verilog -lib blocks.v",
                "read_rtlil design.il",
                f"hierarchy -top {module}",
                *front_end(),
                f"dfflegalize -cell {REGISTER} 01",
                *GENERIC_BACK_END,
                "write_json netlist.json",
            ],
            folder,
        )
        document = json.loads((folder / "netlist.json").read_text())
    return read_netlist(document, module, (REGISTER,), tuple(blocks))


def _gates(netlists: Mapping[str, Netlist], module: str) -> float:
    """Two-input NANDs of a module and of all that stands in it."""
    netlist = netlists[module]
    own = generic_gate_equivalents(replace(netlist, registers=()))
    own += REGISTER_GATES * len(netlist.registers)
    return own + sum(_gates(netlists, block.module) for block in netlist.blocks)


def _depth(netlist: Netlist) -> int:
    """Gates on the longest path between ports, registers and blocks."""
    depths: dict[int, int] = {}
    for instance in netlist.instances:
        level = 1 + max((depths.get(net, 0) for net in instance.inputs.values()), default=0)
        depths.update(dict.fromkeys(instance.outputs.values(), level))
    return max(depths.values(), default=0)
