"""Waveforms counted by hand."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.interchange.recording import Signal
from lmul_pe.synth.interchange.vcd import read_samples, read_vcd

HEAD = """$date today $end
$timescale 10 ps $end
$scope module tb $end
$scope module dut $end
$var wire 4 ! bus [7:4] $end
$var wire 1 " s $end
$var wire 1 # a [3] $end
$var wire 1 $ \\odd.name[2] $end
$var
  wire 2 % up [0:1]
$end
$var real 64 ( r $end
$upscope $end
$var wire 1 " outside $end
$upscope $end
$enddefinitions $end
"""
BODY = """#5
$dumpvars
bx !
0"
x#
z$
b10 %
r1.5 (
$end
$comment 1" is no change $end
#7
b1x0 !
1"
1#
#9
0"
b1 %
b0101 !
#20
0#
"""


def vcd(tmp_path, text):
    path = tmp_path / "waves.vcd"
    path.write_text(text)
    return path


def test_toggles_and_time_at_one(tmp_path):
    found = read_vcd(vcd(tmp_path, HEAD + BODY))
    assert found.duration_ps == 150
    signals = found.signals
    # x, 0 extended in front, 0: known only once; x, 1, 1; x, x, 0; x, 0, 1.
    assert [signals[f"tb.dut.bus[{bit}]"] for bit in (7, 6, 5, 4)] == [
        Signal(0, 0),
        Signal(0, 130),
        Signal(0, 0),
        Signal(1, 110),
    ]
    assert signals["tb.dut.s"] == signals["tb.outside"] == Signal(2, 20)
    assert signals["tb.dut.a[3]"] == Signal(1, 130)
    assert signals["tb.dut.odd.name[2]"] == Signal(0, 0)
    assert (signals["tb.dut.up[0]"], signals["tb.dut.up[1]"]) == (Signal(1, 40), Signal(1, 110))
    assert not any(path.rpartition(".")[2] == "r" for path in signals)


CLOCKED = """$timescale 1ps $end
$scope module t $end
$var wire 1 c clk $end
$var wire 2 d data $end
$var wire 1 q q $end
$upscope $end
$enddefinitions $end
#0
0c
bx d
xq
#10
1c
b01 d
#20
0c
#25
b11 d
#30
1c
0q
b00 d
#40
0c
#50
1c
1q
"""


def test_samples_before_the_edges_of_a_clock(tmp_path):
    path = vcd(tmp_path, CLOCKED)
    found = read_samples(path, ["t.data[1]", "t.data[0]"], ["t.q"], "t.clk")
    # What changes with the edge is not there before it.
    assert found.times_ps == [10, 30, 50]
    assert found.values == {"t.data[1]": "x10", "t.data[0]": "x10", "t.q": "xx0"}


def test_samples_before_inputs_change(tmp_path):
    found = read_samples(vcd(tmp_path, CLOCKED), ["t.data[1]", "t.data[0]"], ["t.q"])
    assert found.times_ps == [25, 30, 50]
    assert found.values == {"t.data[1]": "010", "t.data[0]": "110", "t.q": "xx1"}


def test_ports_that_are_not_there_are_named(tmp_path):
    with pytest.raises(SpecificationError, match=r"has no t\.reset"):
        read_samples(vcd(tmp_path, CLOCKED), ["t.data[1]", "t.reset"], ["t.q"], "t.clk")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no \\$enddefinitions"),
        ("module m; endmodule", "no \\$enddefinitions"),
        (HEAD, "no time passes"),
        (HEAD + "#5\n1!\n", "no time passes"),
        (HEAD + "#5\nhello\n", "'hello' is no change of a value"),
        (HEAD + "#soon\n", "'#soon' is no time"),
        (HEAD.replace("10 ps", "3 ps") + BODY, "no VCD file"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    with pytest.raises(SpecificationError, match=message):
        read_vcd(vcd(tmp_path, text))
