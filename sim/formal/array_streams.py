"""What the streams of an array never do: a module around it that watches."""

from lmul_pe.model import SystolicArray

from .fed import STABLE, fed, offers

PAIRED, WEIGHTED = "paired", "weighted"
WATCHED = {
    **STABLE,
    PAIRED: "beats of two streams that belong together are taken together",
    "counted": "as many rows as are due: none early, none more, the next within a tile's latency",
    "ordered": "`tlast` comes with the last row of its tile, and with no other",
    WEIGHTED: "no beat is taken before its weights, and no third set of weights",
    "protocol": "`protocol_error` is set by the first breach, until a reset, and by nothing else",
}
"""Claims by name."""


def watched_claims(array: SystolicArray) -> list[str]:
    """Those of :data:`WATCHED` that apply."""
    left_out = WEIGHTED if array.dataflow == "os" else None if array.partial else PAIRED
    return [claim for claim in WATCHED if claim != left_out]


def latest(array: SystolicArray) -> int:
    """Cycles after which a row that is due is on offer, if all that come before it are taken.

    They follow from those of a tile (docs/arrays.md).
    """
    latency = array.accumulator.latency
    if array.dataflow == "os":
        return array.rows + array.cols + latency + array.finish_latency - 1
    return array.rows * latency + array.cols + array.finish_latency


def watched_array(array: SystolicArray) -> str:
    """A module around the array, with an output for each claim that is set where it is broken."""
    output_stationary = array.dataflow == "os"
    partner = "b" if output_stationary else "p" if array.partial else None
    longest = latest(array)
    most = longest + 2 * array.rows
    counts = {"rows": array.rows, "longest": longest, "most": most, "top": most.bit_length()}
    parts = ["  wire taken = s_valid_a & s_ready_a;\n"]
    breaches = []
    if partner:
        parts.append(
            f"  assign {PAIRED} = begun & taken != (s_valid_{partner} & s_ready_{partner});\n"
        )
        breaches.append(f"taken & s_last_a != s_last_{partner}")
    if output_stationary:
        last = _LAST_ROWS
        due = f"(taken & s_last_a ? {array.rows} : 0)"
    else:
        last = _WEIGHTS
        breaches.append(f"loaded & s_last_w != (beats == {array.rows - 1})")
        due = "taken"
    parts += [_COUNTS.format(due=due, **counts), last.format(**counts)]
    parts.append(f"  wire breach = {' | '.join(breaches)};\n")
    begin = fed(array, watched_claims(array), {"protocol_error": 1}) + offers(array)
    return begin + "".join(parts) + _BREACHES + "endmodule\n"


_COUNTS = """
  // Rows that are still to come, and cycles in which none does.
  reg [{top}:0] owed, quiet;
  always @(posedge clk) begin
    owed <= rst ? 0 : owed + {due} - given;
    quiet <= rst | m_valid | owed == 0 ? 0 : quiet + 1;
  end
  assign counted = begun & (m_valid & owed == 0 | owed > {most} | quiet == {longest});
"""

_LAST_ROWS = """
  reg [{top}:0] row;
  always @(posedge clk) row <= rst ? 0 : ~given ? row : row == {rows} - 1 ? 0 : row + 1;
  assign ordered = begun & m_valid & m_last != (row == {rows} - 1);
"""

_WEIGHTS = """
  // What went in and has not come out, the latest lowest.
  reg [{most}:0] lasts;
  always @(posedge clk) if (taken) lasts <= {{lasts, s_last_a}};
  assign ordered = begun & m_valid & owed != 0 & m_last != lasts[owed - 1];

  wire loaded = s_valid_w & s_ready_w;
  reg [{top}:0] beats;
  reg [2:0] sets;
  always @(posedge clk) begin
    // One that is too long is one beat too long.
    beats <= rst | loaded & s_last_w ? 0 : loaded & beats != {rows} ? beats + 1 : beats;
    sets <= rst ? 0 : sets + (loaded & s_last_w) - (taken & s_last_a);
  end
  assign weighted = begun & (taken & sets == 0 | sets > 2);
"""

_BREACHES = """
  reg breached;
  always @(posedge clk) breached <= ~rst & (breached | breach);
  assign protocol = begun & protocol_error != breached;
"""
