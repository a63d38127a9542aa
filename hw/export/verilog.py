"""Designs as text: RTLIL for Yosys, and stand-alone Verilog-2001."""

import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Fragment
from amaranth.lib import wiring

from lmul_pe.hw.arithmetic.architecture import INFERRED, PORTABLE, Architecture
from lmul_pe.hw.array.component import array_component
from lmul_pe.hw.blocks import Blocks
from lmul_pe.hw.multiplier.component import CombinationalMultiplier, pipelined_multiplier
from lmul_pe.hw.stream.axi import AxiEdge
from lmul_pe.hw.unit.exact_dot import ExactDotUnit
from lmul_pe.hw.unit.mac import MacUnit
from lmul_pe.hw.unit.rotating import RotatingMac, rotates
from lmul_pe.hw.unit.window_dot import WindowUnit
from lmul_pe.model import DotProduct, Mac, SystolicArray, WindowAccumulator
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import ports_of

from .assignments import assignments_text
from .yosys import run_yosys


def summing_unit(
    specification: Mac | DotProduct,
    architecture: Architecture = PORTABLE,
    blocks: Blocks | None = None,
) -> wiring.Component:
    """The unit that adds products as the accumulator of ``specification`` wants them."""
    if isinstance(specification, DotProduct) and specification.is_exact:
        return ExactDotUnit(specification, architecture, blocks)
    if isinstance(specification.accumulator, WindowAccumulator):
        return WindowUnit(specification, architecture, blocks)
    if rotates(specification):
        return RotatingMac(specification, architecture, blocks)
    return MacUnit(specification, architecture, blocks)


def component_of(
    specification: Specification,
    architecture: Architecture = PORTABLE,
    blocks: Blocks | None = None,
) -> wiring.Component:
    """The design of ``specification`` with the ports that it is exported with.

    Parameters
    ----------
    blocks
        Where its parts become modules of their own.  An array always has some.
    """
    if isinstance(specification, SystolicArray):
        if blocks is None:
            raise ValueError("an array is made of blocks")
        return array_component(specification, architecture, blocks=blocks)
    if isinstance(specification, Mac | DotProduct):
        core = summing_unit(specification, architecture, blocks)
    elif specification.latency:
        core = pipelined_multiplier(specification, architecture)
    else:
        return CombinationalMultiplier(specification, architecture)
    operands, results = ports_of(specification)
    return AxiEdge(core, {"i": operands.name, "o": results.name})


def rtlil_text(component: wiring.Component, name: str) -> str:
    """``component`` as RTLIL whose top module is ``name``; the same text every time."""
    text: str = rtlil.convert(component, name=name, emit_src=False)
    # Amaranth takes the type of an instance for the name of a module; this one is a cell of Yosys.
    text = text.replace(r"cell \$fa ", "cell $fa ")
    # It names the ports of memories behind a $, too.
    text = text.replace(r"\$signature__", r"\port_")
    # It numbers names that occur again behind a $, which Verilog would have to escape.
    return re.sub(r"\\\w[\w.$]*", lambda name: name[0].replace("$", "__"), text)


def rtlil_modules(
    specification: Specification,
    name: str,
    architecture: Architecture = PORTABLE,
    wanted: Callable[[str], bool] | None = None,
) -> dict[str, str]:
    """The design in blocks: RTLIL by module, the top module ``name`` first.

    Every text holds one module, or one with submodules that are its alone; blocks are instances
    of the modules of other texts.

    Parameters
    ----------
    wanted
        Whether the text of a module is needed; all are by default.
    """
    blocks = Blocks(name)
    component = component_of(specification, architecture, blocks)
    return _module_texts(component, name, blocks, wanted)


def _module_texts(
    component: wiring.Component,
    name: str,
    blocks: Blocks,
    wanted: Callable[[str], bool] | None = None,
) -> dict[str, str]:
    texts: dict[str, str] = {}
    seen: set[str] = set()
    # A block may bring blocks of its own.
    while left := [
        (module, block)
        for module, block in {name: component, **blocks.components}.items()
        if module not in seen
    ]:
        for module, block in left:
            seen.add(module)
            if wanted is None or wanted(module):
                shared = module in blocks.shared
                texts[module] = (_shared_text if shared else rtlil_text)(block, module)
            elif module not in blocks.shared:
                # Without its text, for the blocks that are in it.
                Fragment.get(block, None)
    return texts


@cache
def _shared_text(block: wiring.Component, name: str) -> str:
    """:func:`rtlil_text` of a block that many designs have."""
    return rtlil_text(block, name)


def exported_verilog(
    specification: Specification, header: str, architecture: Architecture = INFERRED
) -> str:
    """The file that ``specification`` is exported as, below the comment ``header``.

    In operators, a design without registers reads as its source does; all else is what Yosys
    writes.
    """
    name = specification.name
    in_blocks = isinstance(specification, DotProduct | SystolicArray)
    blocks = Blocks(name) if in_blocks else None
    component = component_of(specification, architecture, blocks)
    if architecture.operators and isinstance(component, CombinationalMultiplier):
        text = assignments_text(component, name)
        if text is not None:
            return comment(header) + text
    return verilog_text(component, name, header, blocks)


def verilog_text(
    component: wiring.Component, name: str, header: str, blocks: Blocks | None = None
) -> str:
    """``component`` as Verilog-2001 below the comment ``header``: module ``name``, and its blocks.

    Processes become assignments before the text is written: ``always @*`` blocks whose inputs
    never change would not run at time 0 in an event-driven simulator.
    """
    blocks = blocks or Blocks(name)
    texts = _module_texts(component, name, blocks)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "design.il").write_text("\n".join(texts.values()))
        run_yosys(
            [
                "read_rtlil design.il",
                f"hierarchy -top {name}",
                *(f"setattr -mod -set keep_hierarchy 1 {module}" for module in blocks.components),
                "flatten -separator _",
                "proc",
                "opt_clean",
                "write_verilog -noattr design.v",
            ],
            Path(folder),
        )
        text = Path(folder, "design.v").read_text()
    text = re.sub(r"/\* Generated by .*?\*/\n*", "", text)
    # Initial values in statements of their own: a declaration that is also assigned in a process
    # is a lint warning.
    text = re.sub(
        r"^( *)(reg [^=\n]*?)(\S+) += (\S+);$",
        r"\1\2\3;\n\1initial \3 = \4;",
        text,
        flags=re.MULTILINE,
    )
    for module, part in {name: component, **blocks.components}.items():
        # Yosys lists the ports in the order of its own hash tables.
        members = ["clk", "rst", *part.signature.members]
        listed = re.search(rf"^module {module}\(([^)]*)\);$", text, flags=re.MULTILINE)
        assert listed is not None
        ports = sorted(re.findall(r"\w+", listed[1]), key=members.index)
        text = text.replace(listed[0], f"module {module}({', '.join(ports)});", 1)
    return comment(header) + text


def comment(header: str) -> str:
    """``header`` as comments of Verilog."""
    return "".join(f"// {line}".rstrip() + "\n" for line in header.splitlines())
