"""What the benches need to know of a design, whatever it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    FloatAccumulator,
    FloatFormat,
    IntegerAccumulator,
    IntegerFormat,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SpecificationError,
    SystolicArray,
    code_type,
    unit_named,
)
from lmul_pe.model.command.unit_options import Specification as Specification
from lmul_pe.model.format.codec import Codes

Format = FloatFormat | IntegerFormat


def specification_named(name: str) -> Specification:
    """The specification that ``name`` stands for.

    Raises
    ------
    SpecificationError
        Not the name of one, or of nothing that is exported by itself.
    """
    unit = unit_named(name)
    if isinstance(unit, IntegerMultiplier):
        raise SpecificationError(f"{name} is exported as part of a unit only, as mac_{name}_int32")
    return unit


def operand_formats(specification: Specification) -> tuple[Format, Format]:
    """Formats of ``a`` and ``b``."""
    if isinstance(specification, Multiplier):
        return specification.format, specification.format_b
    return specification.multiplier.format, specification.multiplier.format_b


def can_overflow(specification: Specification) -> bool:
    """Whether a sum can leave its register, which the output ``overflow`` tells."""
    return not isinstance(specification, Multiplier) and isinstance(
        specification.accumulator, FixedAccumulator | IntegerAccumulator
    )


def adder_latency(specification: Mac | DotProduct | SystolicArray) -> int:
    """Cycles of one addition to a sum."""
    accumulator = specification.accumulator
    return accumulator.latency if isinstance(accumulator, FloatAccumulator) else 1


def tree_levels(specification: Mac | DotProduct | SystolicArray) -> int:
    """Additions that a product goes through before it meets the sum."""
    if not isinstance(specification.accumulator, FloatAccumulator):
        return 0
    return (products_per_beat(specification) - 1).bit_length()


def products_per_beat(specification: Mac | DotProduct | SystolicArray) -> int:
    """Pairs of operands that a unit with one stream of operands takes at a time."""
    return specification.n if isinstance(specification, DotProduct) else 1


def finish_latency(specification: Mac | DotProduct | SystolicArray) -> int:
    """Cycles that a sum takes from its last addition to the output."""
    if isinstance(specification.accumulator, FixedAccumulator):
        return 1
    latency = adder_latency(specification)
    return latency * (latency - 1).bit_length()


@dataclass(frozen=True)
class Port:
    """One AXI-Stream of a unit.

    Parameters
    ----------
    name
        What the names of its signals begin with, as ``s_axis_ab``.
    fields
        How many elements of which format its data hold, from bit 0 up.
    """

    name: str
    fields: tuple[tuple[int, Format], ...]

    @property
    def is_input(self) -> bool:
        return self.name.startswith("s_")

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
    count = 1 if isinstance(specification, Multiplier) else products_per_beat(specification)
    first, second = operand_formats(specification)
    operands = Port("s_axis_ab", ((count, first), (count, second)))
    if isinstance(specification, Multiplier):
        return operands, Port("m_axis_y", ((1, specification.format_y),))
    return operands, Port("m_axis_c", ((1, specification.accumulator.result),))


def _array_ports(array: SystolicArray) -> tuple[Port, ...]:
    first, second = operand_formats(array)
    across = Port("s_axis_a", ((array.rows, first),))
    sums = ((array.cols, array.accumulator.result),)
    results = Port("m_axis_c", sums)
    if array.dataflow == "os":
        return across, Port("s_axis_b", ((array.cols, second),)), results
    weights = Port("s_axis_w", ((array.cols, second),))
    begun = (Port("s_axis_p", sums),) if array.partial else ()
    return weights, across, *begun, results


def flags_of(specification: Specification) -> tuple[str, ...]:
    """The outputs of one bit beside the streams; each stays set until a reset."""
    error = ("protocol_error",) if isinstance(specification, SystolicArray) else ()
    overflow = ("overflow",) if can_overflow(specification) else ()
    return error + overflow
