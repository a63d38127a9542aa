"""A unit in Verilog between two streams: whoever feeds it keeps an offer until it is taken."""

from collections.abc import Iterable, Mapping

from lmul_pe.model import DotProduct, Mac, Multiplier
from lmul_pe.model.unit.ports import ports_of

Streaming = Multiplier | Mac | DotProduct


def fed(
    unit: Streaming,
    claims: Iterable[str],
    observed: Mapping[str, int] | None = None,
    begins: str = "",
) -> str:
    """The beginning of module ``watched``: its ports, the unit, and what feeds it.

    Inputs are free: ``offer``, ``data``, ``end_of_sum``, ``m_ready`` and ``rst``.  The unit's
    streams are ``s_valid``, ``s_ready``, ``s_data``, ``s_last`` and the same with ``m``.

    Parameters
    ----------
    claims
        Outputs of the module.
    observed
        Further outputs of the unit, which are wires of the same names, and their bits.
    begins
        What its registers begin with, as ``" = 0"``; with anything by default.
    """
    source, sink = ports_of(unit)
    observed = observed or {}
    wires = "".join(f"  wire [{bits - 1}:0] {name};\n" for name, bits in observed.items())
    ports = "".join(f", .{name}({name})" for name in observed)
    return f"""
module watched(input clk, rst, offer, input [{source.width - 1}:0] data, input end_of_sum,
               input m_ready, output {", ".join(claims)});
  reg held{begins}, held_last{begins};
  reg [{source.width - 1}:0] held_data{begins};
  wire s_valid = offer | held;
  wire s_last = held ? held_last : end_of_sum;
  wire [{source.width - 1}:0] s_data = held ? held_data : data;
  wire s_ready, m_valid, m_last;
  wire [{sink.width - 1}:0] m_data;
{wires}  {unit.name} unit(.clk(clk), .rst(rst),
    .{source.name}_tdata(s_data), .{source.name}_tvalid(s_valid), .{source.name}_tlast(s_last),
    .{source.name}_tready(s_ready), .{sink.name}_tdata(m_data), .{sink.name}_tvalid(m_valid),
    .{sink.name}_tlast(m_last), .{sink.name}_tready(m_ready){ports});
  always @(posedge clk) begin
    held <= s_valid & ~s_ready & ~rst;
    held_data <= s_data;
    held_last <= s_last;
  end
"""
