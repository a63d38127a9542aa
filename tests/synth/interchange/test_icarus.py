"""Event simulation by another program: Icarus Verilog, the same netlists with the same delays.

Final values are the same, and transitions within 2 % for multipliers and 5 % for a unit; 10 % would
do.
"""

import shutil
import subprocess

import numpy as np
import pytest

from lmul_pe.model import multiplier_named, unit_named
from lmul_pe.synth.activity.energy import toggle_energies
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.interchange.own_operands import multiplier_activity
from lmul_pe.synth.interchange.port_replay import replayed
from lmul_pe.synth.interchange.recording import annotate
from lmul_pe.synth.interchange.vcd import read_samples, read_vcd
from lmul_pe.synth.interchange.verilog_reader import read_verilog
from lmul_pe.synth.interchange.verilog_writer import delayed_verilog
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.workload.streams import operands
from tests.sweep import some
from tests.synth.gate_netlists import GateNetlists
from tests.synth.interchange.specify_netlist import STEPS_PER_PS, specify_verilog

pytestmark = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="Icarus Verilog is not installed"
)
TOLERANCE = 0.10


@pytest.fixture(scope="module")
def gates(tmp_path_factory, synthesis):
    return GateNetlists(tmp_path_factory.mktemp("gates"), synthesis)


@pytest.fixture(scope="module")
def nangate45():
    return load_technology("nangate45")


def simulate(folder, *sources, flags=()):
    command = ["iverilog", "-g2012", *flags, "-o", "run.vvp", *sources]
    subprocess.run(command, cwd=folder, check=True, timeout=300)
    subprocess.run(
        ["vvp", "-n", "run.vvp"], cwd=folder, check=True, timeout=600, capture_output=True
    )
    return folder / "waves.vcd"


def multiplier_bench(name, width, out, count, period):
    return f"""`timescale 1ps/1ps
module tb;
  reg [{2 * width - 1}:0] pairs [0:{count - 1}];
  reg [{width - 1}:0] a, b;
  wire [{out - 1}:0] y;
  integer i;
  {name} dut(.a(a), .b(b), .y(y));
  initial begin
    $readmemh("pairs.hex", pairs);
    {{a, b}} = pairs[0];
    #{period};
    $dumpfile("waves.vcd");
    $dumpvars(0, dut);
    for (i = 1; i < {count}; i = i + 1) begin {{a, b}} = pairs[i]; #{period}; end
    $finish;
  end
endmodule
"""


SMALL = [f"{kind}_e4m3" for kind in ("adder", "lmul", "exact")]
LARGE = [f"{kind}_{fmt}" for fmt in ("bf16", "fp16", "fp32") for kind in ("adder", "lmul", "exact")]


@pytest.mark.parametrize(
    "name", [*SMALL, *(pytest.param(name, marks=pytest.mark.long) for name in LARGE)]
)
def test_multipliers(name, gates, nangate45, tmp_path):
    _, named = gates.multiplier(name, nangate45)
    netlist, count = named.netlist, 401
    width, out = len(netlist.inputs["a"]), len(netlist.outputs["y"])
    period = round(1.5 * critical_path(netlist, nangate45).delay_ps) + 100
    format = multiplier_named(f"lmul_{name.split('_')[1]}").format
    a, b = (codes & (2**width - 1) for codes in operands("normal", format, format, count, 5))
    pairs = [f"{int(first) << width | int(second):x}" for first, second in zip(a, b, strict=True)]
    (tmp_path / "pairs.hex").write_text("\n".join(pairs))
    (tmp_path / "gates.v").write_text(delayed_verilog(named, nangate45))
    (tmp_path / "tb.v").write_text(multiplier_bench(name, width, out, count, period))
    vcd = simulate(tmp_path, "gates.v", "tb.v")
    theirs, missing = annotate(read_vcd(vcd), named, "tb.dut")
    assert missing == ()
    ours = multiplier_activity(netlist, nangate45, "normal", count, 5, period)
    assert theirs.duration_ps == ours.duration_ps
    assert sum(theirs.toggles.values()) == pytest.approx(sum(ours.toggles.values()), rel=TOLERANCE)
    # How long a net is 1 differs by the time of its glitches.
    assert sum(theirs.high_ps.values()) == pytest.approx(sum(ours.high_ps.values()), rel=0.01)
    result = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b}).output("y")
    # The values before each operand, and at the end, are those that it settled on.
    inputs = [f"tb.dut.{port}[{bit}]" for port in "ab" for bit in range(width)]
    outputs = [f"tb.dut.y[{bit}]" for bit in range(out)]
    samples = read_samples(vcd, inputs, outputs)

    def codes(paths):
        bits = np.array([list(samples.values[path]) for path in paths]) == "1"
        return (bits.astype(np.uint64) << np.arange(len(paths), dtype=np.uint64)[:, None]).sum(0)

    given = dict(zip(zip(a.tolist(), b.tolist(), strict=True), result.tolist(), strict=True))
    found = zip(codes(inputs[:width]), codes(inputs[width:]), codes(outputs), strict=True)
    for first, second, product in found:
        assert given[int(first), int(second)] == int(product)
    assert len(samples.times_ps) > 0.9 * count


UNIT_BENCH = """`timescale 1ps/1ps
module tb;
  reg clk = 0, rst = 1, valid = 0, last = 0;
  reg [WIDTH:0] data = 0;
  integer i;
  always #PERIOD clk = ~clk;
  NAME dut(.clk(clk), .rst(rst), .s_axis_ab_tvalid(valid), .s_axis_ab_tlast(last),
           .s_axis_ab_tdata(data), .m_axis_c_tready(1'b1));
  initial begin
    $dumpfile("waves.vcd");
    $dumpvars(0, dut);
    repeat (2) @(negedge clk);
    rst = 0;
    valid = 1;
    for (i = 0; i < 150; i = i + 1) begin
      // As if a flip-flop drove them.
      @(posedge clk); #100;
      data = $random;
      last = i % 16 == 15;
    end
    $finish;
  end
endmodule
"""


@pytest.mark.slow
def test_a_unit_by_its_gates_and_by_what_they_were_made_from(gates, nangate45, tmp_path):
    """All nets of the gates recorded; the ports alone, replayed; and those of the Verilog before
    synthesis, replayed."""
    from lmul_pe.hw.verilog import main as export

    name = "mac_lmul_e4m3_aligned"
    unit = unit_named(name)
    _, named = gates.unit(name, nangate45)
    bench = UNIT_BENCH.replace("NAME", name).replace("PERIOD", "10000")
    bench = bench.replace("WIDTH", str(2 * unit.multiplier.format.width - 1))
    recorded = {}
    for what in ("gates", "source"):
        folder = tmp_path / what
        folder.mkdir()
        (folder / "tb.v").write_text(bench)
        if what == "gates":
            (folder / "dut.v").write_text(delayed_verilog(named, nangate45))
        else:
            arguments = ["--unit", "mac", "--kind", "lmul", "--fmt", "e4m3", "--acc", "aligned"]
            export([*arguments, "--out", str(folder)], standalone_mode=False)
            (folder / f"{name}.v").rename(folder / "dut.v")
        recorded[what] = simulate(folder, "dut.v", "tb.v")
    theirs, missing = annotate(read_vcd(recorded["gates"]), named, "tb.dut")
    assert missing == ()
    ours = replayed(named, nangate45, recorded["gates"], "tb.dut")
    assert ours.agreeing == ours.operations > 140
    assert sum(theirs.toggles.values()) == pytest.approx(
        sum(ours.activity.toggles.values()), rel=TOLERANCE
    )
    again = replayed(named, nangate45, recorded["source"], "tb.dut")
    assert (again.agreeing, again.operations) == (ours.operations, ours.operations)
    assert again.activity == ours.activity
    settled = replayed(named, nangate45, recorded["source"], "tb.dut", glitches=False)
    assert sum(settled.activity.toggles.values()) < 0.8 * sum(ours.activity.toggles.values())


@pytest.mark.parametrize("name", some(["mac_lmul_e4m3_e4m3", "mac_exact_e4m3_fp32"], 1))
def test_every_arc_has_the_delays_of_its_edges(name, gates, nangate45, tmp_path):
    """Adders make most glitches, and half of these hang on which of two edges is the faster."""
    _, named = gates.unit(name, nangate45)
    unit = unit_named(name)
    half = round(STEPS_PER_PS * 0.75 * critical_path(named.netlist, nangate45).delay_ps)
    bench = UNIT_BENCH.replace("1ps/1ps", "100fs/100fs").replace("NAME", name)
    bench = bench.replace("WIDTH", str(2 * unit.multiplier.format.width - 1))
    bench = bench.replace("PERIOD", str(half)).replace("#100;", f"#{100 * STEPS_PER_PS};")
    (tmp_path / "tb.v").write_text(bench)
    (tmp_path / "dut.v").write_text(specify_verilog(named, nangate45))
    vcd = simulate(tmp_path, "dut.v", "tb.v", flags=["-gspecify"])
    theirs, missing = annotate(read_vcd(vcd), named, "tb.dut")
    assert missing == ()
    ours = replayed(named, nangate45, vcd, "tb.dut")
    assert ours.agreeing == ours.operations > 140
    weights = toggle_energies(named.netlist, nangate45, 0.0)
    energies = [
        sum(weights.get(net, 0.0) * count for net, count in activity.toggles.items())
        for activity in (theirs, ours.activity)
    ]
    assert energies[1] == pytest.approx(energies[0], rel=0.03)


def test_the_netlist_with_delays_is_itself_read_as_no_netlist(gates, nangate45, tmp_path):
    _, named = gates.multiplier("adder_e4m3", nangate45)
    (tmp_path / "gates.v").write_text(delayed_verilog(named, nangate45))
    with pytest.raises(ValueError, match="is no netlist of cells"):
        read_verilog(tmp_path / "gates.v", nangate45)
