"""The blocks of a unit as modules that are mapped one by one."""

import re
from dataclasses import dataclass

from lmul_pe.hw.export.verilog import rtlil_modules
from lmul_pe.model import SystolicArray
from lmul_pe.model.unit.names import Specification

from .recipes import BLOCK_SCRIPTS, STRUCTURES

TOP = "unit"
"""The name of every unit's own module; the same for all, so that equal blocks have equal text."""

_PORT = re.compile(r"^  wire(?: width (\d+))? (input|output) \d+\s+\\(\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class BlockSource:
    """One way in which a block is built.

    Parameters
    ----------
    module
        Its name.
    rtlil
        The module as text.
    blocks
        The modules that stand in it: name to declaration in Verilog.
    scripts
        ABC scripts to try.
    """

    module: str
    rtlil: str
    blocks: tuple[tuple[str, str], ...]
    scripts: tuple[str, ...]


def role_of(module: str) -> str:
    """What a module does in its unit, as ``multiply`` or ``delay_a``; ``unit`` for the top one."""
    return module.removeprefix(f"{TOP}_")


def sort_of(module: str) -> str:
    """What the gates of a module are: ``multiplier``, ``adder``, or ``control``."""
    role = role_of(module).partition("_")[0]
    if role in ("multiply", "fold"):
        return "multiplier"
    return "adder" if role in ("add", "begin", "finish") else "control"


def block_sources(
    specification: Specification, structures: tuple[str, ...]
) -> dict[str, dict[str, BlockSource]]:
    """Module to the structures that differ in it to its source, the top module first."""
    found: dict[str, dict[str, BlockSource]] = {}
    for structure in structures:
        texts = rtlil_modules(specification, TOP, STRUCTURES[structure])
        declared = {module: _declaration(module, text) for module, text in texts.items()}
        for module, text in texts.items():
            if not _is_worth(module, structure, structures):
                continue
            inside = tuple(
                (name, declaration)
                for name, declaration in declared.items()
                if re.search(rf"^  cell \\{name} ", text, re.MULTILINE)
            )
            source = BlockSource(module, text, inside, BLOCK_SCRIPTS[sort_of(module)])
            sources = found.setdefault(module, {})
            if source not in sources.values():
                sources[structure] = source
        # Only arithmetic has structures, and that of an array is the same in every size.
        if isinstance(specification, SystolicArray):
            specification = _smallest(specification)
    return found


def _is_worth(module: str, structure: str, structures: tuple[str, ...]) -> bool:
    """Whether a block of this structure can differ from the others, and has ever been the best."""
    if sort_of(module) == "control":
        return structure == structures[0]
    # Adders are ripples of full-adder cells, the smallest, or prefix networks, which glitch less.
    return structure in (structures[0], structures[-1]) or not role_of(module).startswith("add")


def _smallest(array: SystolicArray) -> SystolicArray:
    return SystolicArray(
        array.multiplier,
        array.accumulator,
        1,
        1,
        array.dataflow,
        fold=array.fold,
        partial=array.partial,
    )


def _declaration(module: str, rtlil: str) -> str:
    """``module`` in Verilog, ports only."""
    start = rtlil.index(f"module \\{module}\n")
    # What stands in a module is indented.
    body = rtlil[start : rtlil.index("\nend\n", start)]
    ports = [
        f"{direction} [{int(width or 1) - 1}:0] {name}"
        for width, direction, name in _PORT.findall(body)
    ]
    return f"module {module}({', '.join(ports)});\nendmodule\n"
