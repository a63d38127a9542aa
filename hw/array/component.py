"""Systolic arrays: the hardware of a ``model.SystolicArray``."""

from amaranth.lib import wiring

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.blocks import Blocks
from lmul_pe.model import SystolicArray

from .os_array import OsArray
from .ws_array import WsArray

DATAFLOWS = {"os": OsArray, "ws": WsArray}
"""Every dataflow, by its name in the specification."""


def array_component(
    specification: SystolicArray, architecture: Architecture = PORTABLE, *, blocks: Blocks
) -> wiring.Component:
    """The array of ``specification``, with AXI-Stream ports, made of ``blocks``."""
    return DATAFLOWS[specification.dataflow](specification, architecture, blocks)
