"""What the results of streams are: the k-th one is what the documentation says of the k-th sum.

The second text is :file:`sum.v`, a sum beat by beat; a module around the unit feeds both, and
compares what comes out.  So nothing is lost, doubled or reordered, and every sum is right.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import (
    AlignedAccumulator,
    DotProduct,
    FixedAccumulator,
    FloatAccumulator,
    FloatFormat,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SpecificationError,
    WindowAccumulator,
)
from lmul_pe.model.unit.ports import ports_of

from .aig import SOLVER
from .fed import Streaming, fed
from .reachability import StreamProof, never_set
from .reference import TEXT, check_kind, format_fields, product_parameters, reference_verilog

BEGIN = "<!-- sums: written by `make prove` -->"
END = "<!-- end of sums -->"
SECONDS = 60

UNITS = (
    *(f"lmul_e2m1_latency{latency}" for latency in range(1, 5)),
    "exact_e2m1_latency3",
    "mac_lmul_e2m1_e3m2",
    "mac_exact_e2m1_e3m2",
    "mac_lmul_e2m1ieee_e3m2ieee",
    "mac_lmul_e2m1_fixed_terms4_to_e3m2",
    "mac_lmul_e2m1_aligned_to_e3m2",
    "mac_lmul_e2m1_window_slots2_terms2_to_e4m3",
    "mac_int4_int8",
    "dot2_lmul_e2m1_fixed_terms2_to_e3m2",
    "dot2_lmul_e2m1_latency1_fixed_terms2_to_e3m2",
    "dot2_lmul_e2m1_window_slots2_terms2_to_e4m3",
    "dot2_lmul_e2m1_latency1_window_slots2_terms2_to_e4m3",
    "dot2_int4_int8",
    "mac_lmul_e4m3_fp32",
    "mac_lmul_bf16_bf16",
)
"""One of every kind of sum in formats so small that a proof can end; then some that are used."""

SUM_TEXT = Path(__file__).with_name("sum.v")
_INSIDE = 4
"""Finished sums that a unit holds at most."""
# When a unit adds a beat that it took before, by a signal that such units have.
_ADDS = {
    "core_products_valid": "core_products_valid & core_step",
    "core_absorbed": "core_absorbed",
    "core_valid": "core_valid",
}
_NEXT = "core_adder_following"


def sum_reference(unit: Streaming) -> str:
    """Modules ``step``, the state of a sum behind one beat, and ``finished``, its result.

    A sum begins from the state 0.  Of a pipeline the state is the result.

    Raises
    ------
    SpecificationError
        A unit whose sums have no second text.
    """
    if isinstance(unit, Multiplier):
        return _pipeline(unit)
    multiplier, accumulator = unit.multiplier, unit.accumulator
    if isinstance(multiplier, IntegerMultiplier):
        return _integers(unit)
    check_kind(multiplier)
    n = unit.products_per_cycle
    fraction = _fraction(multiplier)
    own: dict[str, object] = {"N": n}
    if isinstance(accumulator, FloatAccumulator):
        if n > 1 or accumulator.latency > 1:
            raise SpecificationError(f"{unit.name} has no reference: expected one sum at a time")
        bits = accumulator.format.width
        module, finish = "float_sum", "assign y = state;"
        own |= format_fields(accumulator.format)
        own |= {"FUSED": int(accumulator.fused), "BITS": multiplier.product_bits}
    elif isinstance(accumulator, AlignedAccumulator):
        bits = accumulator.format.width
        module, finish = "aligned_sum", "assign y = state;"
        own |= format_fields(accumulator.format)
        own |= {"GUARD": accumulator.guard_bits, "EXACT": int(multiplier.kind == "exact")}
    elif isinstance(accumulator, FixedAccumulator):
        register = accumulator.register(multiplier)
        bits, module = register.width + 3, "fixed_sum"
        own |= {"WIDTH": register.width, "LSB": register.lsb}
        own["ABOVE"] = max(multiplier.highest_product_bit + 1 - register.lsb - register.width, 0)
        finish = _read_out(register.width, accumulator.result, f"{register.lsb}")
    else:
        assert isinstance(accumulator, WindowAccumulator)
        window = accumulator.window(multiplier)
        bits, module = window.width + 20, "window_sum"
        biases = sum(format.bias or 0 for format in multiplier.operand_formats)
        own |= {"WIDTH": window.width, "SLOTS": window.slots, "BIASES": biases}
        own |= {"EXACT": int(multiplier.kind == "exact")}
        anchor = f"$signed(state[{window.width + 19}:{window.width + 4}])"
        last = f"(({anchor} - 16'sd{window.slots - 1}) <<< 3) - 16'sd{biases}"
        finish = _read_out(window.width, accumulator.result, last)
    own["FRACTION"] = fraction
    a, b = (n * format.width for format in multiplier.operand_formats)
    given = {"N": n, **product_parameters(multiplier), "FRACTION": fraction}
    return (
        TEXT.read_text()
        + SUM_TEXT.read_text()
        + (
            f"\n\nmodule step(input [{bits - 1}:0] state, input [{a + b - 1}:0] ab,\n"
            f"  output [{bits - 1}:0] following, output overflow, inexact);\n"
            f"  wire [{n - 1}:0] sign, zero, infinite, nan;\n"
            f"  wire [{n * (fraction + 2) - 1}:0] significand;\n"
            f"  wire [{16 * n - 1}:0] exponent;\n"
            f"  products #({values_of(given)}) of_beat (ab[{a - 1}:0], ab[{a + b - 1}:{a}],\n"
            "    sign, zero, infinite, nan, significand, exponent);\n"
            f"  {module} #({values_of(own)}) added (state,\n"
            "    sign, zero, infinite, nan, significand, exponent, following, overflow, inexact);\n"
            "endmodule\n"
            f"module finished(input [{bits - 1}:0] state, "
            f"output [{accumulator.result.width - 1}:0] y);\n  {finish}\nendmodule\n"
        )
    )


def _fraction(multiplier: Multiplier) -> int:
    bits = [format.mantissa_bits for format in multiplier.operand_formats]
    return sum(bits) if multiplier.kind == "exact" else max(bits)


def _read_out(width: int, result: FloatFormat, last: str) -> str:
    values = values_of({"WIDTH": width, **format_fields(result)})
    return f"read_out #({values}) of_register (state[{width + 2}:0], {last}, y);"


def _pipeline(multiplier: Multiplier) -> str:
    a, b = (format.width for format in multiplier.operand_formats)
    y = multiplier.format_y.width
    return reference_verilog(multiplier).replace(f"module {multiplier.name}(", "module whole(") + (
        f"module step(input [{y - 1}:0] state, input [{a + b - 1}:0] ab,\n"
        f"  output [{y - 1}:0] following, output overflow, inexact);\n"
        f"  whole of_beat (ab[{a - 1}:0], ab[{a + b - 1}:{a}], following);\n"
        "  assign overflow = 1'b0;\n  assign inexact = 1'b0;\nendmodule\n"
        f"module finished(input [{y - 1}:0] state, output [{y - 1}:0] y);\n"
        "  assign y = state;\nendmodule\n"
    )


def _integers(unit: Mac | DotProduct) -> str:
    n = unit.products_per_cycle
    a, b = (format.width for format in unit.multiplier.operand_formats)
    bits = unit.accumulator.result.width
    wide = max(bits, a + b) + n.bit_length() + 1
    terms = " + ".join(
        f"$signed(ab[{index * a + a - 1}:{index * a}]) * "
        f"$signed(ab[{n * a + index * b + b - 1}:{n * a + index * b}])"
        for index in range(n)
    )
    return (
        f"module step(input [{bits - 1}:0] state, input [{n * (a + b) - 1}:0] ab,\n"
        f"  output [{bits - 1}:0] following, output overflow, inexact);\n"
        f"  wire signed [{wide - 1}:0] beat = {terms};\n"
        f"  wire signed [{wide - 1}:0] total = $signed(state) + beat;\n"
        f"  assign following = total[{bits - 1}:0];\n"
        f"  assign overflow = total != $signed(total[{bits - 1}:0]);\n"
        "  assign inexact = 1'b0;\nendmodule\n"
        f"module finished(input [{bits - 1}:0] state, output [{bits - 1}:0] y);\n"
        "  assign y = state;\nendmodule\n"
    )


def values_of(parameters: Mapping[str, object]) -> str:
    return ", ".join(f".{name}({value})" for name, value in parameters.items())


def prove_sums(
    unit: Streaming, *, verilog: str | None = None, seconds: int = SECONDS
) -> StreamProof:
    """Prove that the k-th result is that of the k-th sum, or of the k-th operands of a pipeline.

    From the values that the text gives its registers and two cycles in which nothing is offered;
    resets come at any time.  Whoever feeds the unit keeps an offer until it is taken.

    Parameters
    ----------
    verilog
        The unit's text; by default what is exported.
    seconds
        What the engine is given, and again for a bound where it does not end.

    Raises
    ------
    SpecificationError
        A unit whose sums have no second text.
    YosysError
        A text that is no circuit of one clock.
    """
    text = exported_verilog(unit, unit.name) if verilog is None else verilog
    with tempfile.TemporaryDirectory() as name:
        return never_set(
            watched(unit, text),
            Path(name),
            seconds,
            preparation=["opt -full"],
            # Registers that the first cycles fill; then signals that are always equal are one.
            engine="cycle -F 2; scorr -C 20000; ",
            bounded=True,
        )


def table(found: Sequence[tuple[Streaming, StreamProof]], command: str) -> str:
    """Markdown: a row for each unit."""
    lines = ["| unit | every result is right | seconds |", "|---|---|--:|"]
    lines += [f"| `{unit.name}` | {proof.word} | {proof.seconds:.0f} |" for unit, proof in found]
    solver = f"with signal correspondence, PDR and BMC of ABC (`{SOLVER}` {version(SOLVER)})."
    return "\n".join([*lines, "", f"By `{command}`,", solver]) + "\n"


def watched(unit: Streaming, verilog: str) -> str:
    """A module around the unit, whose output ``wrong`` is set where a result is not the right one.

    The second text is given each beat when the unit adds it.  What the unit says about that is not
    trusted: beats are added each once, in order, or ``wrong`` is set.  What the unit has in its
    register between sums, which means nothing, is taken over, so that both are then equal.
    """
    source, sink = ports_of(unit)
    reference = sum_reference(unit)
    (state,) = (int(found) + 1 for found in re.findall(r"module step\(input \[(\d+):0", reference))
    is_multiplier = isinstance(unit, Multiplier)
    inside = unit.latency + 2 if is_multiplier else _INSIDE
    flags = [each for each in ("overflow", "inexact") if f" output {each};" in verilog]
    observed = dict.fromkeys(flags, 1)
    rest = ""
    if not is_multiplier:
        (top,) = re.findall(
            rf"^module {unit.name}\(.*?^endmodule", verilog, re.DOTALL | re.MULTILINE
        )
        adds = next(signal for name, signal in _ADDS.items() if f" {name};" in top)
        verilog = _with_output(verilog, unit.name, "adds", adds)
        observed["adds"] = 1
    if "core_adder_fresh" in verilog:
        (bits,) = (int(found) + 1 for found in re.findall(rf"wire \[(\d+):0\] {_NEXT};", verilog))
        verilog = _with_output(verilog, unit.name, "rests", _NEXT, bits)
        observed["rests"] = bits
        rest = f"if (rst | ~now & fresh) state[{bits - 1}:0] <= rests;"
    arrival, arrives, data, last = "", "taken", "s_data", "s_last"
    if not isinstance(unit, Multiplier) and unit.held_cycles:
        # Before a window it always goes on, since none is taken that would have to wait.
        goes_on = "1'b1" if isinstance(unit.accumulator, WindowAccumulator) else "s_ready"
        arrival = _HELD.replace("BITS", str(source.width)).replace("GOES_ON", goes_on)
        arrives, data, last = "arrives", "behind", "behind_last"
    wrong = ["out_of_order", "there & m_data != result"]
    for each in flags:
        wrong += [f"{each} & ~{each}_seen", f"there & {each}_then[at] & ~{each}"]
    return f"""{verilog}{reference}{fed(unit, ["wrong"], observed, " = 0")}
  reg [3:0] pending = 0;

  // A beat that was taken, until it is added; zeros while there is none.
  wire taken = s_valid & s_ready;{arrival}
  reg waits = 0, waiting_last = 0, out_of_order = 0;
  reg [{source.width - 1}:0] waiting = 0;
  wire now = {"taken" if is_multiplier else "adds"};
  always @(posedge clk) begin
    waits <= ~rst & ({arrives} | waits & ~now);
    if ({arrives} | now | ~waits) waiting <= {arrives} ? {data} : 0;
    if ({arrives}) waiting_last <= {last};
    out_of_order <= ~rst & (out_of_order | pending > {inside}
      {"" if is_multiplier else f"| now & ~waits | {arrives} & waits & ~now"});
  end
  wire last = {"1'b1" if is_multiplier else "waiting_last"};

  reg fresh = 1, overflow_seen = 0, inexact_seen = 0;
  reg [{state - 1}:0] state = 0;
  wire [{state - 1}:0] following;
  wire overflows, loses;
  step one(.state(fresh ? {state}'d0 : state), .ab({"s_data" if is_multiplier else "waiting"}),
    .following(following), .overflow(overflows), .inexact(loses));
  reg [{inside * state - 1}:0] done = 0;
  reg [{inside - 1}:0] overflow_then = 0, inexact_then = 0;
  wire ended = now & last;
  always @(posedge clk) begin
    pending <= rst ? 0 : pending + ended - (m_valid & m_ready);
    if (rst) begin
      fresh <= 1;
      overflow_seen <= 0;
      inexact_seen <= 0;
    end else if (now) begin
      state <= following;
      fresh <= last;
      overflow_seen <= overflow_seen | overflows;
      inexact_seen <= inexact_seen | loses;
    end
    {rest}
    if (ended) begin
      done <= {{done, following}};
      overflow_then <= {{overflow_then, overflow_seen | overflows}};
      inexact_then <= {{inexact_then, inexact_seen | loses}};
    end
  end

  wire [{(inside - 1).bit_length() - 1}:0] at = pending - 1;
  wire there = pending != 0 & m_valid;
  wire [{sink.width - 1}:0] result;
  finished of_it(.state(done[at*{state}+:{state}]), .y(result));
  assign wrong = {" | ".join(wrong)};
endmodule
"""


_HELD = """
  // Where products are held, one more beat is before it: that goes on when another may come.
  reg holds = 0, behind_last = 0;
  reg [BITS - 1:0] behind = 0;
  wire goes_on = GOES_ON;
  wire arrives = holds & goes_on;
  always @(posedge clk) begin
    if (rst | goes_on) holds <= ~rst & taken;
    if (goes_on) behind <= s_data;
    if (goes_on) behind_last <= s_last;
  end"""


def _with_output(verilog: str, module: str, name: str, expression: str, bits: int = 1) -> str:
    """The text with one more output of its module, made of signals inside."""
    text, count = re.subn(
        rf"(module {module}\([^)]*)\);",
        rf"\1, {name});\n  output [{bits - 1}:0] {name};\n  assign {name} = {expression};",
        verilog,
        count=1,
    )
    assert count == 1
    return text
