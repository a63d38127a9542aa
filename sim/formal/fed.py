"""A unit in Verilog between its streams: whoever feeds it keeps an offer until it is taken."""

from collections.abc import Iterable, Mapping

from lmul_pe.model import DotProduct, Mac, Multiplier
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import Port, ports_of

STABLE = {"stable": "an offer stays as it is until it is taken"}
"""The claim of :func:`offers`, by name."""
Streaming = Multiplier | Mac | DotProduct
"""Units that are fed by one stream."""


def fed(
    unit: Specification,
    claims: Iterable[str],
    observed: Mapping[str, int] | None = None,
    begins: str = "",
) -> str:
    """The beginning of module ``watched``: its ports, the unit, and what feeds it.

    Inputs are free: ``offer``, ``data``, ``end_of_sum``, ``m_ready`` and ``rst``.  The unit's
    streams are ``s_valid``, ``s_ready``, ``s_data``, ``s_last`` and the same with ``m``.  Where
    several streams feed it, as an array, the names of each end in its own, as ``offer_w``.

    Parameters
    ----------
    claims
        Outputs of the module.
    observed
        Further outputs of the unit, which are wires of the same names, and their bits.
    begins
        What its registers begin with, as ``" = 0"``; with anything by default.
    """
    *sources, sink = ports_of(unit)
    feeds = [_feed(port, f"_{port.stream}" if sources[1:] else "", begins) for port in sources]
    inputs = ", ".join(own for own, _, _ in feeds)
    feeding = "".join(own for _, own, _ in feeds)
    connections = ", ".join(own for _, _, own in feeds)
    observed = observed or {}
    wires = "".join(f"  wire [{bits - 1}:0] {name};\n" for name, bits in observed.items())
    ports = "".join(f", .{name}({name})" for name in observed)
    return f"""
module watched(input clk, rst, {inputs}, input m_ready, output {", ".join(claims)});
{feeding}  wire m_valid, m_last;
  wire [{sink.width - 1}:0] m_data;
{wires}  {unit.name} unit(.clk(clk), .rst(rst), {connections},
    .{sink.name}_tdata(m_data), .{sink.name}_tvalid(m_valid),
    .{sink.name}_tlast(m_last), .{sink.name}_tready(m_ready){ports});
"""


def _feed(source: Port, of: str, begins: str) -> tuple[str, str, str]:
    """Inputs, what stands in the module, and connections of a stream; names end in ``of``."""
    width = source.width
    inputs = f"input offer{of}, input [{width - 1}:0] data{of}, input end_of_sum{of}"
    feeding = f"""  reg held{of}{begins}, held_last{of}{begins};
  reg [{width - 1}:0] held_data{of}{begins};
  wire s_valid{of} = offer{of} | held{of};
  wire s_last{of} = held{of} ? held_last{of} : end_of_sum{of};
  wire [{width - 1}:0] s_data{of} = held{of} ? held_data{of} : data{of};
  wire s_ready{of};
  always @(posedge clk) begin
    held{of} <= s_valid{of} & ~s_ready{of} & ~rst;
    held_data{of} <= s_data{of};
    held_last{of} <= s_last{of};
  end
"""
    signals = ("data", "valid", "last", "ready")
    connections = ", ".join(f".{source.name}_t{each}(s_{each}{of})" for each in signals)
    return inputs, feeding, connections


def offers(unit: Specification) -> str:
    """What follows :func:`fed` where offers of results are watched.

    ``begun`` is set from the first reset on, ``given`` where a result is taken, and the output
    ``stable`` where an offer changes or is withdrawn.
    """
    sink = ports_of(unit)[-1]
    return f"""
  reg begun = 0;
  always @(posedge clk) begun <= begun | rst;
  wire given = m_valid & m_ready;

  reg waited, waited_last;
  reg [{sink.width - 1}:0] waited_data;
  always @(posedge clk) begin
    waited <= m_valid & ~m_ready & ~rst;
    waited_data <= m_data;
    waited_last <= m_last;
  end
  assign stable = begun & waited & (~m_valid | m_data != waited_data | m_last != waited_last);
"""
