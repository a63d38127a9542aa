"""The blocks of a unit as modules that are mapped one by one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from lmul_pe.hw.export.verilog import rtlil_modules
from lmul_pe.model import SystolicArray
from lmul_pe.model.unit.names import Specification

from .memo import Memo
from .recipes import STRUCTURES

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


Texts = Mapping[str, Mapping[str, str]]
"""Module to structure to RTLIL, the top module first."""


def block_texts(
    specification: Specification,
    structures: Sequence[str],
    wanted: Callable[[str, str], bool],
    memo: Memo | None = None,
) -> Texts:
    """The blocks of a unit: all of them in the first structure, and arithmetic in others.

    Parameters
    ----------
    wanted
        Whether a module of arithmetic is needed in a structure that is not the first.
    memo
        Of what was elaborated from this source.
    """
    memo = memo or Memo()
    first, *others = structures
    found: dict[str, dict[str, str]] = {
        module: {first: text}
        for module, text in memo.get(
            lambda: rtlil_modules(specification, TOP, STRUCTURES[first]), specification.name, first
        ).items()
    }
    # What an array's blocks compute is the same in every size.
    if isinstance(specification, SystolicArray):
        specification = _smallest(specification)
    for structure in others:
        needed = {
            module for module in found if sort_of(module) != "control" and wanted(module, structure)
        }
        if not needed:
            continue
        texts = memo.get(
            partial(rtlil_modules, specification, TOP, STRUCTURES[structure], needed.__contains__),
            specification.name,
            structure,
            sorted(needed),
        )
        for module, text in texts.items():
            found[module][structure] = text
    return found


def block_source(texts: Texts, module: str, structure: str, scripts: Sequence[str]) -> BlockSource:
    """``module`` in ``structure``; what is no arithmetic is the same in all of them."""
    built = texts[module]
    text = built.get(structure) or next(iter(built.values()))
    inside = tuple(
        (name, _declaration(name, next(iter(texts[name].values()))))
        for name in texts
        if re.search(rf"^  cell \\{name} ", text, re.MULTILINE)
    )
    return BlockSource(module, text, inside, tuple(scripts))


def different(texts: Texts, module: str, structures: Sequence[str]) -> list[str]:
    """Those of ``structures`` in which ``module`` is there, the first of those that are equal."""
    found: dict[str, str] = {}
    for structure in structures:
        if structure in texts[module]:
            found.setdefault(texts[module][structure], structure)
    return list(found.values())


def _smallest(array: SystolicArray) -> SystolicArray:
    return SystolicArray(
        array.multiplier,
        array.accumulator,
        1,
        1,
        array.dataflow,
        fold=array.fold,
        partial=array.partial,
        lanes=array.lanes,
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
