"""Whether sums of the second text are those of IEEE 754, by a generator of others.

That is symfpu, which comes with Yosys.  Brain, Schanda and Sun, "Building Better Bit-Blasting for
Floating-Point Problems", TACAS 2019.
"""

import tempfile
from pathlib import Path

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import FloatFormat

from .reference import TEXT, format_fields
from .statements import TOP
from .sums import SUM_TEXT, values_of

IEEE = "ieee"
_BITS = 16
"""Of the widest format whose sums are proved in a few minutes."""
_FEWEST_BITS = 3
"""Of a mantissa: with less symfpu stops at an assertion of its own."""


def serves(format: FloatFormat, *, long: bool) -> bool:
    """Whether sums in ``format`` are compared; of wide formats only if it may take ``long``."""
    return (
        format.specials == "ieee"
        and format.mantissa_bits >= _FEWEST_BITS
        and (long or format.width <= _BITS)
    )


def ieee_texts(format: FloatFormat) -> tuple[str, str]:
    """The second text's sum of two codes, and symfpu's, each a module :data:`TOP`.

    Every NaN is one code.
    """
    bits, mantissa = format.width, format.mantissa_bits
    fields = values_of(format_fields(format))
    own = f"""{TEXT.read_text()}{SUM_TEXT.read_text()}
module both(input [{bits - 1}:0] a, input [{bits - 1}:0] b, output [{bits - 1}:0] o);
  wire [1:0] sign, zero, infinite, nan;
  wire [{mantissa}:0] first, second;
  wire signed [15:0] power, other;
  code #({fields}) of_a (a, sign[0], zero[0], infinite[0], nan[0], first, power);
  code #({fields}) of_b (b, sign[1], zero[1], infinite[1], nan[1], second, other);
  addition #(.WA({mantissa + 1}), .WB({mantissa + 1}), {fields}) added (
    sign[0], zero[0], infinite[0], nan[0], first, power,
    sign[1], zero[1], infinite[1], nan[1], second, other, o);
endmodule
"""
    with tempfile.TemporaryDirectory() as folder:
        run_yosys(
            [
                f"symfpu -eb {format.exponent_bits} -sb {mantissa + 1} -op add -rm RNE",
                # What it asserts of itself, and the bits of NaN that it leaves open.
                "chformal -remove",
                "setundef -zero",
                "write_verilog -noattr symfpu.v",
            ],
            Path(folder),
        )
        theirs = Path(folder, "symfpu.v").read_text()

    infinity = (2**format.exponent_bits - 1) << mantissa

    def one_nan(module: str) -> str:
        return f"""
module {TOP}(input [{bits - 1}:0] a, input [{bits - 1}:0] b, output [{bits - 1}:0] y);
  wire [{bits - 1}:0] sum;
  {module} of_both (.a(a), .b(b), .o(sum));
  assign y = sum[{bits - 2}:0] > {infinity} ? {{{bits}{{1'b1}}}} : sum;
endmodule
"""

    return own + one_nan("both"), theirs + one_nan("symfpu")
