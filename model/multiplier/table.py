"""L-Mul corrected: beside the integer addition, an entry of a table by the mantissas' top bits."""

import numpy as np

from .corrections import corrections
from .lmul import LMul
from .offset import carried_sum
from .operands import Bits
from .policies import Policies


class Table(LMul):
    """Products by integer addition of the fields and of a :func:`~.corrections.corrections` entry.

    The mantissas' carry runs into the exponent, and every special case is that of L-Mul with full
    guards.  With ``table_bits`` equal to the mantissa's bits, normal products are the exact ones,
    rounded to nearest even.
    """

    def mantissa_sum(self, multiplier: Policies, first: Bits, second: Bits) -> tuple[Bits, Bits]:
        """The exponent's increment and the mantissa, of two mantissas of the wider width."""
        assert multiplier.table_bits is not None
        bits = multiplier.mantissa_bits
        seen = np.uint64(bits - multiplier.table_bits)
        entries = corrections(bits, multiplier.table_bits)
        return carried_sum(first + second + entries[first >> seen, second >> seen], bits)

    def lowest_product_bit(self, multiplier: Policies) -> int:
        """The last place of a product of least exponent, or of a correction of subnormal ones."""
        assert multiplier.table_bits is not None
        bits, seen = multiplier.mantissa_bits, multiplier.table_bits
        operands = (multiplier.format, multiplier.format_b)
        least = sum(1 - (format.bias or 0) for format in operands)
        if multiplier.subnormals == "flush":
            return least - bits
        least -= sum(format.mantissa_bits for format in operands)
        lowest = 0
        for (row, column), entry in np.ndenumerate(corrections(bits, seen)):
            # Of a cell those numbers count that have no lower bits: fewer significant bits allow a
            # lesser exponent.
            exponent = sum(seen - _trailing(index) for index in (row, column) if index)
            total = ((row + column) << (bits - seen)) + int(entry)
            raised, mantissa = divmod(total, 2**bits)
            lowest = min(lowest, exponent + raised + _trailing(2**bits + mantissa) - bits)
        return least + lowest


def _trailing(number: int) -> int:
    """Zeros below the lowest one of a number that is not zero."""
    return (number & -number).bit_length() - 1
