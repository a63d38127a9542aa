"""Exact sums of any length, part by part: each product in its place, all added, and read out.

A register of fixed point holds a sum to its last bit, so that what is to be proved of one beat, for
every state and all operands, is proved of all:

- :data:`PLACED`: the bits that a lane makes of two operands add up to their product, and its flags
  say what is no number;
- :data:`TREE`: the bits of all lanes are added with their weights, modulo a power of two that is
  larger than all of them together can be;
- :data:`ADDED`: the next state is the sum of the last one and of the beat, and ``overflow`` says
  that it is not;
- :data:`READ`: the result is the register's number, rounded once.

That a unit adds every beat once and in order is proved of streams, and of small sums.
"""

from collections.abc import Sequence

from amaranth.lib import wiring

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.export.verilog import verilog_text
from lmul_pe.hw.unit import datapath
from lmul_pe.hw.unit.datapath import Datapath, Finish
from lmul_pe.hw.unit.exact_dot import (
    Accumulate,
    AddLanes,
    ExactPath,
    Multiply,
    PlaceHeld,
    PlaceProduct,
)
from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    FloatFormat,
    IntegerAccumulator,
    Mac,
    SpecificationError,
    unit_named,
)

from .equivalence import Proof
from .page import claims_table
from .representation import flags_of, lane_number, state_of
from .statements import Statement, top_module
from .sums import sum_reference
from .trees import prove_lanes

BEGIN = "<!-- exact sums: written by `make prove` -->"
END = "<!-- end of exact sums -->"
SECONDS = 600

PLACED, TREE, ADDED, READ = "placed", "tree", "added", "read"
CLAIMS = (PLACED, TREE, ADDED, READ)

UNITS = (
    "dot16_lmul_e4m3_fixed",
    "dot16_exact_e4m3_fixed",
    "dot16_lmul_e4m3_gradual_fixed",
    "dot16_exact_e4m3_gradual_fixed",
    "dot16_lmul_e4m3_latency1_fixed",
    "dot16_exact_e4m3_latency1_fixed",
    "dot16_lmul_e5m2_fixed",
    "dot16_exact_e5m2_fixed",
    "dot16_lmul_fp16_fixed",
    "dot16_exact_fp16_fixed",
    "dot64_lmul_e2m1_fixed",
    "dot64_exact_e2m3_fixed",
    "dot16_int8_int32",
    "mac_lmul_e4m3_fixed",
    "mac_exact_e4m3_fixed",
    "mac_lmul_fp16_fixed",
    "mac_int8_int32",
)


def check_unit(unit: object) -> DotProduct | Mac:
    """The unit, if its sums are exact.

    Raises
    ------
    SpecificationError
        They are not.
    """
    if isinstance(unit, DotProduct) and unit.is_exact:
        return unit
    if isinstance(unit, Mac) and isinstance(
        unit.accumulator, FixedAccumulator | IntegerAccumulator
    ):
        return unit
    raise SpecificationError(
        f"{getattr(unit, 'name', unit)} has no exact sums: expected a MAC or a dot product with "
        "accumulator fixed, or one of integers"
    )


def statements(units: Sequence[DotProduct | Mac]) -> list[Statement]:
    """What is to be proved of ``units``; a MAC has neither lanes nor a tree."""
    return [
        Statement(claim, unit.name)
        for unit in units
        for claim in CLAIMS
        if isinstance(unit, DotProduct) or claim in (ADDED, READ)
    ]


def texts_of(statement: Statement) -> tuple[str, str]:
    """Two texts, each with a :func:`top_module`, that are equal if the statement holds.

    Raises
    ------
    SpecificationError
        One about a tree, or about a unit that is not exact.
    """
    unit = check_unit(unit_named(statement.subject))
    if statement.claim == READ:
        return _read(unit)
    if isinstance(unit, Mac):
        return _added_at_once(unit)
    if statement.claim == PLACED:
        return _placed(unit)
    if statement.claim == ADDED:
        return _added(unit)
    raise SpecificationError(
        f"no texts about {statement.claim}: expected {PLACED}, {ADDED}, {READ}"
    )


def read_cycles(unit: DotProduct | Mac) -> int:
    """Cycles that :data:`READ` takes: as many registers are between a sum and its result."""
    return unit.accumulator.finish_latency


def prove_tree(unit: DotProduct, text: str | None = None) -> Proof:
    """That the lanes of a dot product are added with the weights of their bits, and fit.

    Parameters
    ----------
    text
        Of the tree, module ``tree``; by default what is exported.
    """
    exact = ExactPath(unit, INFERRED)
    return prove_lanes(exact, text or verilog_text(AddLanes(exact), "tree", ""))


def table(found: Sequence[tuple[Statement, Proof]], command: str) -> str:
    """Markdown: a row for each unit."""
    return claims_table(found, CLAIMS, command, rest="; trees by linear forms")


def _text_bits(unit: DotProduct | Mac) -> int:
    """Bits of a state of the second text: three flags above the register's, or none."""
    accumulator = unit.accumulator
    if isinstance(accumulator, FixedAccumulator):
        return accumulator.register(unit.multiplier).width + 3
    return accumulator.result.width


def _placed(unit: DotProduct) -> tuple[str, str]:
    exact = ExactPath(unit, INFERRED)
    lane, path = exact.lane, exact.path
    inputs = f"input [{path.a_bits - 1}:0] a, input [{path.b_bits - 1}:0] b"
    flagged = ", .flags(flags)" if exact.flags else ""
    width, flags = exact.width + 2, max(exact.flags, 1)
    columns = len(lane.weights)
    parts: dict[str, wiring.Component]
    if exact.held:
        parts = {"multiply": Multiply(exact), "place": PlaceHeld(exact)}
        held = {"sign": 1, "digits": lane.digits, "label": lane.label_bits, "present": 1}
        wires = "\n".join(f"  wire [{bits - 1}:0] {name};" for name, bits in held.items())
        ports = ", ".join(f".{name}({name})" for name in held)
        made = (
            f"{wires}\n  own_multiply of_pair (.a(a), .b(b), {ports}{flagged});\n"
            f"  own_place of_product ({ports}, .placed(placed));"
        )
    else:
        parts = {"place": PlaceProduct(exact)}
        inputs += ", input taken"
        made = f"  own_place of_pair (.a(a), .b(b), .taken(taken), .placed(placed){flagged});"
    text = "".join(verilog_text(part, f"own_{name}", "") for name, part in parts.items())
    first = f"""
  wire [{columns - 1}:0] placed;
  wire [{flags - 1}:0] flags;
{"" if exact.flags else "  assign flags = 1'b0;"}
{made}
{lane_number(lane, width)}"""
    bits = _text_bits(unit)
    taken = "1'b1" if exact.held else "taken"
    second = f"""
  wire [{bits - 1}:0] product;
  step of_text (.state({bits}'d0), .ab({{b, a}}), .following(product));
  wire signed [{width - 1}:0] number = {taken} ? $signed(product[{exact.width - 1}:0]) : 0;
  wire [{flags - 1}:0] flags = {taken} ? {flags_of(exact.flags, exact.width, "product")} : 0;"""
    total = width + flags + 1
    return (
        text + top_module(inputs, total, first, "{fits, flags, number}"),
        sum_reference(unit.mac) + top_module(inputs, total, second, "{1'b1, flags, number}"),
    )


def _added(unit: DotProduct) -> tuple[str, str]:
    exact = ExactPath(unit, INFERRED)
    width, beat = exact.width, exact.beat_bits
    inputs = f"input [{width - 1}:0] state, input fresh, input [{beat - 1}:0] beat"
    first = f"""
  wire [{width - 1}:0] following;
  wire overflow;
  own of_unit (.state(state), .fresh(fresh), .beat(beat),
    .following(following), .overflow(overflow));"""
    wide = max(width, beat) + 2
    second = f"""
  wire signed [{wide - 1}:0] before = fresh ? 0 : $signed(state);
  wire signed [{wide - 1}:0] total = before + $signed({{1'b0, beat}}) - {wide}'sd{exact.offset};
  wire [{width - 1}:0] following = total[{width - 1}:0];
  wire overflow = total != $signed(following);"""
    result = "{overflow, following}"
    return (
        verilog_text(Accumulate(exact), "own", "") + top_module(inputs, width + 1, first, result),
        top_module(inputs, width + 1, second, result),
    )


def _path(unit: DotProduct | Mac) -> tuple[Datapath, int, int]:
    """What finishes sums, bits of the register, and flags above them."""
    mac = unit.mac if isinstance(unit, DotProduct) else unit
    path = Datapath(mac, INFERRED)
    accumulator = mac.accumulator
    if isinstance(accumulator, FixedAccumulator):
        width = accumulator.register(mac.multiplier).width
        return path, width, path.sum.state_bits - width
    return path, path.sum.state_bits, 0


def _added_at_once(mac: Mac) -> tuple[str, str]:
    path, width, flags = _path(mac)
    states, bits = path.sum.state_bits, _text_bits(mac)
    fixed = isinstance(mac.accumulator, FixedAccumulator)
    inputs = (
        f"input [{states - 1}:0] state, input [{path.a_bits - 1}:0] a, "
        f"input [{path.b_bits - 1}:0] b"
    )
    parts = {"multiply": datapath.Multiply(path), "add": datapath.Add(path)}
    text = "".join(verilog_text(part, f"own_{name}", "") for name, part in parts.items())
    overflows = path.accumulator.overflows
    first = f"""
  wire [{path.product_word.width - 1}:0] product;
  wire [{states - 1}:0] following;
  wire overflow{"" if overflows else " = 1'b0"};
  own_multiply of_pair (.a(a), .b(b), .product(product));
  own_add of_unit (.state(state), .product_0(product), .following(following)
    {", .overflow(overflow)" if overflows else ""});"""
    before = state_of(flags, width, "state") if fixed else "state"
    seen = f"{flags_of(flags, width, 'right')}, " if flags else ""
    second = f"""
  wire [{bits - 1}:0] right;
  wire overflow;
  step of_text (.state({before}), .ab({{b, a}}), .following(right), .overflow(overflow));
  wire [{states - 1}:0] following = {{{seen}right[{width - 1}:0]}};"""
    result = "{overflow, following}"
    return (
        text + top_module(inputs, states + 1, first, result),
        sum_reference(mac) + top_module(inputs, states + 1, second, result),
    )


def _read(unit: DotProduct | Mac) -> tuple[str, str]:
    path, width, flags = _path(unit)
    mac = unit.mac if isinstance(unit, DotProduct) else unit
    states, result = path.sum.state_bits, path.sum.result_bits
    if not read_cycles(unit):
        inputs, before, ports = f"input [{states - 1}:0] state", "  wire", "assign seen = state;"
        clock = ""
    else:
        assert read_cycles(unit) == 1
        inputs, before = f"input clk, input [{states - 1}:0] state", "  reg"
        ports = "always @(posedge clk) seen <= state;"
        clock = ".clk(clk), .rst(1'b0), .enable(1'b1), "
    fixed = isinstance(mac.accumulator, FixedAccumulator)
    assert isinstance(mac.accumulator.result, FloatFormat) == fixed
    first = f"""
  wire [{result - 1}:0] code;
  own of_unit ({clock}.state(state), .y(code));"""
    second = f"""
{before} [{states - 1}:0] seen;
  {ports}
  wire [{result - 1}:0] code;
  finished of_text (.state({state_of(flags, width, "seen") if fixed else "seen"}), .y(code));"""
    return (
        verilog_text(Finish(path, read_cycles(unit)), "own", "")
        + top_module(inputs, result, first, "code"),
        sum_reference(mac) + top_module(inputs, result, second, "code"),
    )
