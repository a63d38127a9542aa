"""Sums in a float format of any length, by induction: what one addition does, whatever came before.

A unit keeps a sum in a form of its own, its state, which is more than the code that is read out.
`begun` is a state for a code, chosen here; whether the choice is good is part of what is proved.
Let a sum's state be that of its code, begun, and one product more.  Then

- by :data:`ROUNDED`, its code is the exact sum of that code and that product, rounded once;
- by :data:`SETTLED`, as long as it is a number, the next product does to it what it does to the
  state of its code, begun, so that the sum behind that product is such a state again;
- by :data:`ENDED`, behind an infinity or NaN every code is right, in whatever state.

A sum begins from a state of zeros, which is that of +0, begun.  What is proved are the parts of the
unit, as they are exported; that its loop gives them each product once is proved of streams.
"""

from collections.abc import Callable, Sequence

from lmul_pe.hw.accumulator.recoded import RecodedSum, highest_sum_bit
from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.export.verilog import verilog_text
from lmul_pe.hw.unit.datapath import Add, Begin, Datapath, Finish, Multiply
from lmul_pe.model import (
    FloatAccumulator,
    FloatFormat,
    Mac,
    Multiplier,
    SpecificationError,
    format_named,
    unit_named,
)

from .equivalence import Proof
from .ieee import IEEE, ieee_texts, serves
from .page import claims_table
from .reference import check_kind, format_fields
from .statements import Statement, top_module
from .sums import sum_reference, values_of

BEGIN = "<!-- additions: written by `make prove` -->"
END = "<!-- end of additions -->"
SECONDS = 600

ROUNDED, SETTLED, ENDED = "rounded", "settled", "ended"

UNITS = (
    "mac_lmul_e4m3_fp32",
    "mac_exact_e4m3_fp32",
    "mac_lmul_e5m2_e5m2",
    "mac_lmul_bf16_bf16",
    "mac_exact_bf16_bf16",
    "mac_lmul_fp16_fp16",
    "mac_exact_fp16_fp16",
    "mac_lmul_bf16_fp32",
)


def addition_texts(mac: Mac, claim: str) -> tuple[str, str]:
    """Two texts, each with a :func:`top_module`, that are equal if ``claim`` holds of ``mac``.

    Raises
    ------
    SpecificationError
        A unit that does not add one product at a time to a sum in a float format.
    """
    _check(mac)
    path = Datapath(mac, INFERRED)
    first, second = _BODIES[claim](path)
    shared = _modules(mac, path)
    return shared + first, shared + second


def statements(units: Sequence[Mac], *, long: bool) -> list[Statement]:
    """What is to be proved of ``units``, and of the formats of their sums.

    Raises
    ------
    SpecificationError
        As :func:`addition_texts`.
    """
    found = []
    formats: dict[str, FloatFormat] = {}
    for unit in units:
        _check(unit)
        found += [Statement(claim, unit.name) for claim in _BODIES]
        format = unit.accumulator.result
        assert isinstance(format, FloatFormat)
        formats[format.name] = format
    return found + [
        Statement(IEEE, format.name) for format in formats.values() if serves(format, long=long)
    ]


def texts_of(statement: Statement) -> tuple[str, str]:
    """Two texts, each with a :func:`top_module`, that are equal if the statement holds."""
    if statement.claim == IEEE:
        return ieee_texts(format_named(statement.subject))
    unit = unit_named(statement.subject)
    assert isinstance(unit, Mac)
    return addition_texts(unit, statement.claim)


def table(found: Sequence[tuple[Statement, Proof]], command: str) -> str:
    """Markdown: a row for each unit, and a sentence for each format."""
    said = [
        f"Sums of the second text in {each.subject} are those of symfpu: {proof.verdict}, "
        f"{proof.seconds:.0f} s."
        for each, proof in found
        if each.claim == IEEE
    ]
    return claims_table(found, list(_BODIES), command, said=said)


def _check(mac: Mac) -> None:
    accumulator = mac.accumulator
    if not isinstance(accumulator, FloatAccumulator) or accumulator.latency > 1:
        raise SpecificationError(
            f"{mac.name} has no additions that are proved: expected sums in a float format, each "
            "product added in one cycle"
        )
    assert isinstance(mac.multiplier, Multiplier)
    check_kind(mac.multiplier)


def _modules(mac: Mac, path: Datapath) -> str:
    """The parts of the unit, `begun`, which codes are meant, and the second text."""
    parts = {"multiply": Multiply(path), "add": Add(path), "finish": Finish(path, 0)}
    text = "".join(verilog_text(part, f"own_{name}", "") for name, part in parts.items())
    format = mac.accumulator.result
    fields = values_of(format_fields(format))
    bits, states = format.width, path.sum.state_bits
    return (
        text
        + sum_reference(mac)
        + _begun(mac, path)
        + f"""
module ends(input [{bits - 1}:0] code, output y);
  wire infinite, nan;
  code #({fields}) of_code (.y(code), .infinite(infinite), .nan(nan));
  assign y = infinite | nan;
endmodule
module own(input [{states - 1}:0] state, input [{path.a_bits - 1}:0] a,
  input [{path.b_bits - 1}:0] b, output [{states - 1}:0] following);
  wire [{path.product_word.width - 1}:0] product;
  own_multiply of_operands (.a(a), .b(b), .product(product));
  own_add added (.state(state), .product_0(product), .following(following));
endmodule
"""
    )


def _begun(mac: Mac, path: Datapath) -> str:
    """Modules `begun`, and `meant`: whether a sum of ``mac`` can have that code."""
    if isinstance(path.sum, RecodedSum) and not path.sum.gradual:
        return _begun_in_range(mac, path.sum)
    begins = Datapath(mac, INFERRED, begins=True)
    # Units whose sums begin with a code have the very same parts.
    assert begins.sum.state_bits == path.sum.state_bits
    assert begins.sum.bias == path.sum.bias
    return verilog_text(Begin(begins), "own_begin", "") + (
        f"module begun(input [{path.sum.result_bits - 1}:0] code,\n"
        f"  output [{path.sum.state_bits - 1}:0] state);\n"
        "  own_begin of_code (.code(code), .state(state));\nendmodule\n"
        f"module meant(input [{path.sum.result_bits - 1}:0] code, output y);\n"
        "  assign y = 1'b1;\nendmodule\n"
    )


def _begun_in_range(mac: Mac, kept: RecodedSum) -> str:
    """Of sums that are never subnormal and never too large, whose exponent field is shorter.

    They are 0, or multiples of the last place of the least product, and at most 2^highest.
    """
    format = mac.accumulator.result
    assert isinstance(format, FloatFormat)
    assert isinstance(mac.multiplier, Multiplier)
    bits, bias = format.mantissa_bits, format.bias or 0
    lowest, highest = mac.multiplier.lowest_product_bit, highest_sum_bit(mac, 1)
    exponent_bits = (highest + kept.bias).bit_length()
    rebased = kept.bias - bias
    return f"""
module begun(input [{format.width - 1}:0] code, output [{kept.state_bits - 1}:0] state);
  wire [{format.exponent_bits - 1}:0] field = code[{format.width - 2}:{bits}];
  wire normal = field != 0;
  wire [{exponent_bits - 1}:0] exponent = normal ? field + {rebased} : 0;
  // Above the sign, no flag of infinity or NaN.
  assign state = {{code[{format.width - 1}], exponent, 1'b0, normal, code[{bits - 1}:0], 1'b0}};
endmodule
module meant(input [{format.width - 1}:0] code, output y);
  wire [{format.width - 2}:0] magnitude = code[{format.width - 2}:0];
  wire signed [15:0] above = $signed({{1'b0, code[{format.width - 2}:{bits}]}}) - {lowest + bias};
  // Places below that of the least product.
  wire [{bits - 1}:0] below = ~({{{bits}{{1'b1}}}} << ({bits} - above));
  assign y = magnitude == 0
    | above >= 0 & (above >= {bits} | (magnitude[{bits - 1}:0] & below) == 0)
    & magnitude <= {(highest + bias) << bits};
endmodule
"""


def _rounded(path: Datapath) -> tuple[str, str]:
    bits, states = path.sum.result_bits, path.sum.state_bits
    inputs = f"input [{bits - 1}:0] code, {_operands(path)}"
    body = f"""
  wire [{states - 1}:0] state, following;
  wire [{bits - 1}:0] unit, right, read;
  wire known, again, over;
  begun before (.code(code), .state(state));
  meant of_code (.code(code), .y(known));
  own of_unit (.state(state), .a(a), .b(b), .following(following));
  own_finish of_sum (.state(following), .y(unit));
  meant of_result (.code(unit), .y(again));
  ends of_end (.code(unit), .y(over));
  step of_text (.state(code), .ab({{b, a}}), .following(right));
  finished of_right (.state(right), .y(read));"""
    return (
        top_module(inputs, bits + 1, body, f"known ? {{again | over, unit}} : {bits + 1}'d0"),
        top_module(inputs, bits + 1, body, f"known ? {{1'b1, read}} : {bits + 1}'d0"),
    )


def _settled(path: Datapath) -> tuple[str, str]:
    bits, states = path.sum.result_bits, path.sum.state_bits
    inputs = (
        f"input [{bits - 1}:0] code, {_operands(path)},\n"
        f"  input [{path.a_bits - 1}:0] next_a, input [{path.b_bits - 1}:0] next_b"
    )
    body = f"""
  wire [{states - 1}:0] state, following, begins, empty, settled, wanted;
  wire [{bits - 1}:0] unit;
  wire known, over;
  begun before (.code(code), .state(state));
  meant of_code (.code(code), .y(known));
  own of_unit (.state(state), .a(a), .b(b), .following(following));
  own_finish of_sum (.state(following), .y(unit));
  ends of_end (.code(unit), .y(over));
  begun behind (.code(unit), .state(begins));
  begun of_zero (.code({bits}'d0), .state(empty));
  own next (.state(following), .a(next_a), .b(next_b), .following(settled));
  own right (.state(begins), .a(next_a), .b(next_b), .following(wanted));"""
    zeros = f"{states}'d0"
    return (
        top_module(inputs, 2 * states, body, f"{{empty, known & ~over ? settled : {zeros}}}"),
        top_module(inputs, 2 * states, body, f"{{{zeros}, known & ~over ? wanted : {zeros}}}"),
    )


def _ended(path: Datapath) -> tuple[str, str]:
    bits, states = path.sum.result_bits, path.sum.state_bits
    inputs = f"input [{states - 1}:0] state, {_operands(path)}"
    body = f"""
  wire [{states - 1}:0] following;
  wire [{bits - 1}:0] code, unit, right, read;
  wire over;
  own_finish before (.state(state), .y(code));
  ends of_end (.code(code), .y(over));
  own of_unit (.state(state), .a(a), .b(b), .following(following));
  own_finish of_sum (.state(following), .y(unit));
  step of_text (.state(code), .ab({{b, a}}), .following(right));
  finished of_right (.state(right), .y(read));"""
    return (
        top_module(inputs, bits, body, f"over ? unit : {bits}'d0"),
        top_module(inputs, bits, body, f"over ? read : {bits}'d0"),
    )


def _operands(path: Datapath) -> str:
    return f"input [{path.a_bits - 1}:0] a, input [{path.b_bits - 1}:0] b"


_BODIES: dict[str, Callable[[Datapath], tuple[str, str]]] = {
    ROUNDED: _rounded,
    SETTLED: _settled,
    ENDED: _ended,
}
