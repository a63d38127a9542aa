"""The AXI-Streams and flags of a unit with registers, which follow from its specification."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmul_pe.model.accumulator.window import WindowAccumulator
from lmul_pe.model.format.codec import Codes, Format, code_type
from lmul_pe.model.multiplier.specification import Multiplier

from .array import SystolicArray
from .names import Specification


@dataclass(frozen=True)
class Port:
    """One AXI-Stream of a unit.

    Parameters
    ----------
    stream
        What it carries, as ``ab``.
    fields
        How many elements of which format its data hold, from bit 0 up.
    is_input
        Whether it leads into the unit.
    """

    stream: str
    fields: tuple[tuple[int, Format], ...]
    is_input: bool = True

    @property
    def name(self) -> str:
        """What the names of its signals begin with, as ``s_axis_ab``."""
        return f"{'s' if self.is_input else 'm'}_axis_{self.stream}"

    @property
    def width(self) -> int:
        """Bits of ``tdata``."""
        return sum(count * format.width for count, format in self.fields)

    def pack(self, *fields: Codes) -> list[int]:
        """``tdata`` of every beat; each field is an array of beats x elements."""
        bits = []
        for codes, (count, format) in zip(fields, self.fields, strict=True):
            beats = np.ascontiguousarray(codes.reshape(-1, count).astype("<u8"))
            octets = beats.view(np.uint8).reshape(len(beats), count, 8)
            own = np.unpackbits(octets, axis=2, bitorder="little", count=format.width)
            bits.append(own.reshape(len(beats), -1))
        rows = np.packbits(np.concatenate(bits, axis=1), axis=1, bitorder="little")
        return [int.from_bytes(row.tobytes(), "little") for row in rows]

    def unpack(self, words: Sequence[int]) -> list[Codes]:
        """The fields of beats with these ``tdata``, each an array of beats x elements."""
        size = -(-self.width // 8)
        octets = np.frombuffer(
            b"".join(word.to_bytes(size, "little") for word in words), dtype=np.uint8
        )
        bits = np.unpackbits(octets.reshape(len(words), size), axis=1, bitorder="little")
        fields: list[Codes] = []
        low = 0
        for count, format in self.fields:
            high = low + count * format.width
            own = bits[:, low:high].reshape(len(words), count, format.width)
            narrow = np.packbits(own, axis=2, bitorder="little")
            wide = np.zeros((len(words), count, 8), dtype=np.uint8)
            wide[:, :, : narrow.shape[2]] = narrow
            fields.append(wide.view("<u8")[:, :, 0].astype(code_type(format)))
            low = high
        return fields


def ports_of(specification: Specification) -> tuple[Port, ...]:
    """The streams of a unit with registers, inputs first and that of its results last."""
    if isinstance(specification, SystolicArray):
        return _array_ports(specification)
    count = 1 if isinstance(specification, Multiplier) else specification.products_per_cycle
    first, second = specification.operand_formats
    operands = Port("ab", ((count, first), (count, second)))
    if isinstance(specification, Multiplier):
        return operands, Port("y", ((1, specification.format_y),), is_input=False)
    return operands, Port("c", ((1, specification.accumulator.result),), is_input=False)


def _array_ports(array: SystolicArray) -> tuple[Port, ...]:
    first, second = array.operand_formats
    across = Port("a", ((array.rows * array.lanes, first),))
    sums = ((array.cols, array.accumulator.result),)
    results = Port("c", sums, is_input=False)
    if array.dataflow == "os":
        return across, Port("b", ((array.cols * array.lanes, second),)), results
    weights = Port("w", ((array.cols, second),))
    begun = (Port("p", sums),) if array.partial else ()
    return weights, across, *begun, results


def flags_of(specification: Specification) -> tuple[str, ...]:
    """The outputs of one bit beside the streams; each stays set until a reset."""
    if isinstance(specification, Multiplier):
        return ()
    flags = ["protocol_error"] if isinstance(specification, SystolicArray) else []
    if specification.accumulator.overflows:
        flags.append("overflow")
    if isinstance(specification.accumulator, WindowAccumulator):
        flags.append("inexact")
    return tuple(flags)
