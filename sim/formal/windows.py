"""Sums in an anchored window, part by part: what one beat does to any state is right.

A state is the register and the slot of its anchor.  Five claims make a sum of any number of
products what docs/numerics.md says, in dot products of any width:

- :data:`PLACED`: a product has the slot that it should have; below any anchor that is no lower, the
  bits that its lane makes add up to what of it is in the window, ``lost`` is set when that is not
  all, and its flags say what is no number;
- :data:`ANCHOR`: the next anchor is the highest slot of the last one and of the products, and the
  sum moves by as many slots as it rises;
- :data:`TREE`: the bits of all lanes and the sum that has moved are added with their weights, and
  fit;
- :data:`ADDED`: the sum moves down by that, floored, ``lost`` is set when it was not whole slots
  that moved, and ``overflow`` when the register has no room for what was added;
- :data:`READ`: the result is the register's number below its anchor, rounded once.

That a unit adds every beat once and in order, and that its flags stay set, is proved of streams,
and of small sums.
"""

from collections.abc import Sequence

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.export.verilog import verilog_text
from lmul_pe.hw.unit.datapath import Finish
from lmul_pe.hw.unit.exact_dot import AddLanes
from lmul_pe.hw.unit.window_dot import (
    AddBeat,
    FindAnchor,
    LabelProduct,
    PlaceLabelled,
    WindowPath,
)
from lmul_pe.model import DotProduct, Mac, SpecificationError, WindowAccumulator, unit_named

from .equivalence import Proof
from .linear import Form
from .page import claims_table
from .representation import flags_of, lane_number, state_of
from .statements import Statement, top_module
from .sums import sum_reference
from .trees import lane_weights, most_of, prove_form, prove_lanes

BEGIN = "<!-- windows: written by `make prove` -->"
END = "<!-- end of windows -->"
SECONDS = 600

PLACED, ANCHOR, TREE, ADDED, READ = "placed", "anchor", "tree", "added", "read"
CLAIMS = (PLACED, ANCHOR, TREE, ADDED, READ)

UNITS = (
    "dot16_lmul_bf16_window",
    "dot16_exact_bf16_window",
    "dot16_lmul_bf16_latency1_window",
    "dot16_lmul_tf32_window",
    "dot16_exact_tf32_window",
    "dot16_lmul_fp32_window",
    "dot16_exact_fp32_window",
    "dot16_lmul_fp16_gradual_window",
    "mac_lmul_bf16_window",
    "mac_exact_bf16_window",
)

_ANCHOR_BITS = 16
"""Of a state of the second text, above the register, three flags, and whether it has a product."""


def check_unit(unit: object) -> DotProduct | Mac:
    """The unit, if its sums are in a window.

    Raises
    ------
    SpecificationError
        They are not.
    """
    if isinstance(unit, DotProduct | Mac) and isinstance(unit.accumulator, WindowAccumulator):
        return unit
    raise SpecificationError(
        f"{getattr(unit, 'name', unit)} has no window: expected a MAC or a dot product with "
        "accumulator window"
    )


def statements(units: Sequence[DotProduct | Mac]) -> list[Statement]:
    """What is to be proved of ``units``."""
    return [Statement(claim, unit.name) for unit in units for claim in CLAIMS]


def texts_of(statement: Statement) -> tuple[str, str]:
    """Two texts, each with a :func:`top_module`, that are equal if the statement holds.

    Raises
    ------
    SpecificationError
        One about a tree, or about a unit without a window.
    """
    unit = check_unit(unit_named(statement.subject))
    makers = {PLACED: _placed, ANCHOR: _anchor, ADDED: _added, READ: _read}
    if statement.claim not in makers:
        raise SpecificationError(f"no texts about {statement.claim}: expected {', '.join(makers)}")
    return makers[statement.claim](unit)


def read_cycles(unit: DotProduct | Mac) -> int:
    """Cycles that :data:`READ` takes: as many registers are between a sum and its result."""
    return unit.accumulator.finish_latency


def prove_tree(unit: DotProduct | Mac, adder: str | None = None, tree: str | None = None) -> Proof:
    """That the lanes and the sum that has moved are added with the weights of their bits, and fit.

    Parameters
    ----------
    adder
        Module ``adder``; by default what is exported.
    tree
        Of a unit with a register between its products and the sum, module ``tree``.
    """
    window = WindowPath(unit, INFERRED)
    adder = adder or verilog_text(AddBeat(window), "adder", "")
    most, width = most_of(window), window.width
    moved = _moved(window)
    weights = {(moved, index): 1 << index for index in range(width - 1)}
    weights[moved, width - 1] = -1 << (width - 1)
    if window.held:
        weights |= {("beat", index): 1 << index for index in range(window.beat_bits)}
        added = -window.offset
        before = prove_lanes(window, tree or verilog_text(AddLanes(window), "tree", ""))
    else:
        weights |= lane_weights(window)
        added = window.terms * window.lane.constant
        before = None
    half = 1 << (width - 1)
    proof = prove_form(
        adder, "adder", "total", Form(weights, added), -half - most, half - 1 + most, [moved]
    )
    if before is None or not before.proved:
        return before or proof
    return Proof(proof.proved, proof.method, before.seconds + proof.seconds, None)


def table(found: Sequence[tuple[Statement, Proof]], command: str) -> str:
    """Markdown: a row for each unit."""
    return claims_table(found, CLAIMS, command, rest="; trees by linear forms")


def _moved(window: WindowPath) -> str:
    """The wire of a sum that has moved down."""
    return f"moved_{window.move_bits - 1}"


def _anchor_of_text(window: WindowPath, slot: str) -> str:
    """The second text's anchor, which counts from the exponent 0 on."""
    lowest = window.lane.lowest_slot
    return f"({_ANCHOR_BITS}'sd0 + {slot} {'-' if lowest < 0 else '+'} {abs(lowest)})"


def _placed(unit: DotProduct | Mac) -> tuple[str, str]:
    mac = unit.mac if isinstance(unit, DotProduct) else unit
    window = WindowPath(unit, INFERRED)
    lane, bits = window.lane, window.width
    a_bits, b_bits = window.operand_bits
    slots, flags = lane.slot_bits, max(lane.flags, 1)
    inputs = (
        f"input [{a_bits - 1}:0] a, input [{b_bits - 1}:0] b, input taken, "
        f"input [{slots - 1}:0] anchor"
    )
    label, placing = LabelProduct(window), PlaceLabelled(window)
    labels = [name for name in label.signature.members if name not in ("a", "b", "taken", "flags")]
    wires = "\n".join(f"  wire [{len(getattr(label, name)) - 1}:0] {name};" for name in labels)
    ports = ", ".join(f".{name}({name})" for name in labels)
    near = slots - window.preceding_bits
    columns, width = len(lane.weights), bits + 2
    first = f"""
{wires}
  wire [{columns - 1}:0] placed;
  wire [{flags - 1}:0] flags;
  wire lost;
{"" if lane.flags else "  assign flags = 1'b0;"}
  own_label of_pair (.a(a), .b(b), .taken(taken), {ports}
    {", .flags(flags)" if lane.flags else ""});
  wire [{window.preceding_bits - 1}:0] preceding = anchor[{slots - 1}:{near}] - 1;
  own_place of_product ({ports}, .anchor(anchor), .preceding(preceding),
    .placed(placed), .lost(lost));
{lane_number(lane, width)}
  wire known = !present || slot <= anchor;"""
    state = bits + 4 + _ANCHOR_BITS
    second = f"""
  wire signed [{_ANCHOR_BITS - 1}:0] below = {_anchor_of_text(window, "$signed({1'b0, anchor})")};
  wire [{state - 1}:0] alone, there;
  wire loses;
  step first (.state({state}'d0), .ab({{b, a}}), .following(alone));
  step next (.state({{below, 1'b1, {bits + 3}'d0}}), .ab({{b, a}}),
    .following(there), .inexact(loses));
  wire present = taken && alone[{bits + 3}];
  wire signed [{_ANCHOR_BITS - 1}:0] own = $signed(alone[{state - 1}:{bits + 4}]);
  wire signed [{_ANCHOR_BITS - 1}:0] counted = own - ({lane.lowest_slot});
  wire [{slots - 1}:0] slot = counted[{slots - 1}:0];
  wire known = !present || own <= below;
  wire fits = 1'b1, lost = taken && loses;
  wire signed [{width - 1}:0] number = taken ? $signed(there[{bits - 1}:0]) : 0;
  wire [{flags - 1}:0] flags = taken ? {flags_of(lane.flags, bits, "alone")} : 0;"""
    total = 1 + slots + flags + 2 + width + 1
    result = (
        f"{{present, present ? slot : {slots}'d0, flags, known, "
        f"known ? {{fits, lost, number}} : {width + 2}'d0}}"
    )
    text = verilog_text(label, "own_label", "") + verilog_text(placing, "own_place", "")
    return (
        text + top_module(inputs, total, first, result),
        sum_reference(mac) + top_module(inputs, total, second, result),
    )


def _anchor(unit: DotProduct | Mac) -> tuple[str, str]:
    window = WindowPath(unit, INFERRED)
    slots, moves, terms = window.lane.slot_bits, window.move_bits, range(window.terms)
    products = [f"slot_{index}" for index in terms], [f"present_{index}" for index in terms]
    inputs = f"input [{slots - 1}:0] old, input begins, " + ", ".join(
        f"input [{slots - 1}:0] {slot}, input {present}"
        for slot, present in zip(*products, strict=True)
    )
    names = ("old", "begins", *products[0], *products[1])
    ports = ", ".join(f".{name}({name})" for name in names)
    first = f"""
  wire [{slots - 1}:0] anchor;
  wire [{moves - 1}:0] move;
  own of_unit ({ports}, .anchor(anchor), .move(move));"""
    higher = "\n".join(
        f"    if ({present} && {slot} > anchor) anchor = {slot};"
        for slot, present in zip(*products, strict=True)
    )
    # What moves further leaves the register, however far.
    most = (1 << moves) - 1
    second = f"""
  reg [{slots - 1}:0] anchor;
  always @* begin
    anchor = begins ? 0 : old;
{higher}
  end
  wire [{slots - 1}:0] rise = begins ? 0 : anchor - old;
  wire [{moves - 1}:0] move = rise > {most} ? {most} : rise;"""
    result = "{anchor, move}"
    return (
        verilog_text(FindAnchor(window), "own", "")
        + top_module(inputs, slots + moves, first, result),
        top_module(inputs, slots + moves, second, result),
    )


def _added(unit: DotProduct | Mac) -> tuple[str, str]:
    window = WindowPath(unit, INFERRED)
    width, moves = window.width, window.move_bits
    total = max(width, window.beat_bits) + 1
    added = (
        {"beat": window.beat_bits}
        if window.held
        else {f"lane_{index}": len(window.lane.weights) for index in range(window.terms)}
    )
    sizes = {"state": width, "fresh": 1, "move": moves, **added}
    inputs = ", ".join(f"input [{bits - 1}:0] {name}" for name, bits in sizes.items())
    ports = ", ".join(f".{name}({name})" for name in sizes)
    # Two outputs more: what has moved, and what all adds up to, by TREE.
    moved = _moved(window)
    own = verilog_text(AddBeat(window), "own", "")
    head, rest = own.split(");\n", 1)
    own = (
        f"{head}, {moved}, total);\n  output [{width - 1}:0] {moved};\n"
        f"  output [{total - 1}:0] total;\n{rest}"
    )
    wires = f"""
  wire [{width - 1}:0] moved;
  wire [{total - 1}:0] total;"""
    first = f"""{wires}
  wire [{width - 1}:0] following;
  wire overflow, lost;
  own of_unit ({ports}, .{moved}(moved), .total(total),
    .following(following), .overflow(overflow), .lost(lost));"""
    # Moved by the most, nothing but the sign is left.
    most = (1 << moves) - 1
    assert 8 * most >= width - 1
    second = f"""
  wire [{total - 1}:0] total;
  own of_unit ({ports}, .total(total));
  wire signed [{width - 1}:0] before = fresh ? 0 : $signed(state);
  wire [9:0] places = 8 * move;
  wire signed [{width - 1}:0] moved = before >>> places;
  wire lost = $signed(moved <<< places) != before;
  wire [{width - 1}:0] following = total[{width - 1}:0];
  wire overflow = $signed(total) != $signed(following);"""
    result = "{overflow, lost, moved, following}"
    return (
        own + top_module(inputs, 2 * width + 2, first, result),
        own + top_module(inputs, 2 * width + 2, second, result),
    )


def _read(unit: DotProduct | Mac) -> tuple[str, str]:
    mac = unit.mac if isinstance(unit, DotProduct) else unit
    window = WindowPath(unit, INFERRED)
    bits, flags, slots = window.width, window.lane.flags, window.lane.slot_bits
    states, result = window.sum.state_bits, window.sum.result_bits
    cycles = read_cycles(unit)
    assert cycles == 1
    inputs = f"input clk, input [{states - 1}:0] state"
    first = f"""
  wire [{result - 1}:0] code;
  own of_unit (.clk(clk), .rst(1'b0), .enable(1'b1), .state(state), .y(code));"""
    anchor = _anchor_of_text(window, f"$signed({{1'b0, seen[{states - 1}:{states - slots}]}})")
    second = f"""
  reg [{states - 1}:0] seen;
  always @(posedge clk) seen <= state;
  wire signed [{_ANCHOR_BITS - 1}:0] anchor = {anchor};
  wire [{result - 1}:0] code;
  finished of_text (.state({{anchor, 1'b1, {state_of(flags, bits, "seen")}}}), .y(code));"""
    return (
        verilog_text(Finish(window, cycles), "own", "") + top_module(inputs, result, first, "code"),
        sum_reference(mac) + top_module(inputs, result, second, "code"),
    )
