"""Waveforms counted by hand."""

import gzip

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.interchange import vcd as module
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


def test_variables_of_no_bits_and_indices_beyond_all_numbers_are_passed_over(tmp_path):
    far = "9" * 5000
    odd = f"$var wire 0 & none $end\n$var wire 1 ' far[{far}] $end\n$upscope $end\n$var wire 1"
    found = read_vcd(vcd(tmp_path, HEAD.replace("$upscope $end\n$var wire 1", odd) + "1&\n" + BODY))
    plain = read_vcd(vcd(tmp_path, HEAD + BODY)).signals
    assert {name: found.signals[name] for name in plain} == plain


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
    assert not any(path.startswith("tb.dut.r") for path in signals)


SMALL = """$timescale 1ps $end
$scope module t $end
$var wire 1 ! a $end
$upscope $end
$enddefinitions $end
#0
0!
#100
1!
#300
0!
#400
"""


@pytest.mark.parametrize(
    "declared",
    [
        *(
            f"$scope {kind} $end\n$var wire 1 % f $end\n$upscope $end"
            for kind in (
                "begin $ivl_for_loop0",
                "module  ",
                "module $unit",
                "generate g",
                "interface bus",
                "struct s",
                "vhdl_architecture rtl",
                "unknown u",
            )
        ),
        "$attrbegin misc 02 STD_LOGIC 1 $end",
        "$attrend $end",
        "$var wire 1 % $signal $end",
        "$var int 32 % count $end",
        "$var bit 1 % flag $end",
        "$var real 64 % voltage $end",
        "$var string 0 % text $end",
        "$comment of a, $var wire 1 ! b $ end $end",
        "$upscope $end $scope module t $end",
        "$var wire 1 % $end",
    ],
)
def test_declarations_beyond_the_standard_change_nothing(tmp_path, declared):
    text = SMALL.replace("$var", f"{declared}\n$var", 1)
    text = text.replace("#100", "r0.5 %\nsa text %\n#100")
    found = read_vcd(vcd(tmp_path, text))
    assert (found.duration_ps, found.signals["t.a"]) == (400, Signal(2, 200))


@pytest.mark.parametrize(
    "declared", ["$var event 1 % e $end", "$var wire 1 % $end", "$var string 0 % s $end", ""]
)
def test_what_has_no_bits_or_no_name_is_no_signal(tmp_path, declared):
    text = SMALL.replace("$var", f"{declared}\n$var", 1).replace("#100", "1%\n#100")
    assert read_vcd(vcd(tmp_path, text)) == read_vcd(vcd(tmp_path, SMALL))


@pytest.mark.parametrize(
    ("scale", "ps"),
    [
        *(("ns", 1e3), ("10us", 1e7), ("100 ms", 1e11), ("1 s", 1e12), ("1 fs", 1e-3)),
        # One without a number is one unit, and none at all is 1 ps.
        *(("ps", 1.0), ("", 1.0)),
    ],
)
def test_times_are_in_the_files_unit(tmp_path, scale, ps):
    text = SMALL.replace("$timescale 1ps $end", f"$timescale {scale} $end" if scale else "")
    found = read_vcd(vcd(tmp_path, text))
    assert found.duration_ps == pytest.approx(400 * ps)
    assert found.signals["t.a"].high_ps == pytest.approx(200 * ps)
    assert read_samples(vcd(tmp_path, text), ["t.a"], []).times_ps[0] == pytest.approx(100 * ps)


def test_a_variable_has_as_many_bits_as_are_allowed_and_no_more(tmp_path, monkeypatch):
    path = vcd(tmp_path, HEAD + BODY)
    monkeypatch.setattr(module, "_MOST_BITS", 4)
    assert "tb.dut.bus[7]" in read_vcd(path).signals
    monkeypatch.setattr(module, "_MOST_BITS", 3)
    with pytest.raises(SpecificationError, match=r"bus \[7:4\] has '4' bits, expected 3 at most"):
        read_vcd(path)


@pytest.mark.parametrize(
    ("reference", "width", "names"),
    [
        ("a [0:0]", 1, ["a", "a[0]"]),
        ("a[0:0]", 1, ["a", "a[0]"]),
        ("a", 1, ["a", "a[0]"]),
        ("a [3]", 1, ["a[3]"]),
        ("a[8:7]", 2, ["a[8]", "a[7]"]),
        ("a [7:8]", 2, ["a[7]", "a[8]"]),
        ("a [-1:-2]", 2, ["a[-1]", "a[-2]"]),
        ("a[5] [1:0]", 2, ["a[5][1]", "a[5][0]"]),
        ("a[5]", 2, ["a[5][1]", "a[5][0]"]),
    ],
)
def test_names_of_bits(tmp_path, reference, width, names):
    text = SMALL.replace("$var wire 1 ! a", f"$var wire {width} ! {reference}")
    found = read_vcd(vcd(tmp_path, text.replace("1!", "b1 !")))
    assert set(found.signals) == {f"t.{name}" for name in names}
    # The last one is bit 0.
    assert found.signals[f"t.{names[-1]}"].toggles == 2


def test_time_that_is_not_recorded_is_none(tmp_path):
    gap = "$dumpoff\nx!\n$end\n#250\n#700\n$dumpon\n1!\n$end\n#700\n#800\n0!\n#900\n"
    found = read_vcd(vcd(tmp_path, SMALL.replace("#300\n0!\n#400\n", f"#200\n{gap}")))
    assert (found.duration_ps, found.signals["t.a"]) == (400, Signal(2, 200))
    # To switch off what is off changes nothing.
    twice = gap.replace("#250\n", "#250\n$dumpoff\nx!\n$end\n#400\n")
    again = read_vcd(vcd(tmp_path, SMALL.replace("#300\n0!\n#400\n", f"#200\n{twice}")))
    assert again == found
    # What has another value behind the gap changed in it.
    gap = "#350\n$dumpoff\nx!\n$end\n#700\n$dumpon\n1!\n$end\n#750\n0!\n"
    found = read_vcd(vcd(tmp_path, SMALL.replace("#400\n", gap)))
    assert (found.duration_ps, found.signals["t.a"]) == (400, Signal(4, 250))


def test_what_changes_and_changes_back_at_one_time_does_not_change(tmp_path):
    found = read_vcd(vcd(tmp_path, SMALL.replace("#300\n", "#200\n0!\n1!\n#300\n")))
    assert found.signals["t.a"] == Signal(2, 200)
    # A time may stand there again.
    again = SMALL.replace("#300\n", "#200\n0!\n#200\n1!\n#300\n")
    assert read_vcd(vcd(tmp_path, again)).signals["t.a"] == Signal(2, 200)
    samples = read_samples(vcd(tmp_path, SMALL.replace("#300", "#200\n0!\n1!\n#300")), ["t.a"], [])
    assert (samples.times_ps, samples.values) == ([100, 300, 400], {"t.a": "010"})


def test_times_may_be_real_and_values_of_nine_kinds(tmp_path):
    text = SMALL.replace("#100", "#99.5").replace("0!\n#99", "L!\n#99").replace("1!", "h !")
    found = read_vcd(vcd(tmp_path, text))
    assert found.signals["t.a"] == Signal(2, 200.5)


def test_compressed_files_are_read_as_others(tmp_path):
    path = tmp_path / "waves.vcd.gz"
    path.write_bytes(gzip.compress(SMALL.encode()))
    assert read_vcd(path) == read_vcd(vcd(tmp_path, SMALL))
    path.write_bytes(gzip.compress(SMALL.encode())[:-12])
    with pytest.raises(OSError, match=r"waves\.vcd\.gz: cannot be read: "):
        read_vcd(path)


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


def test_samples_before_the_falling_edges_of_a_clock(tmp_path):
    path = vcd(tmp_path, CLOCKED)
    found = read_samples(path, ["t.data[1]", "t.data[0]"], ["t.q"], "t.clk", rising=False)
    assert found.times_ps == [20, 40]
    assert found.values == {"t.data[1]": "00", "t.data[0]": "10", "t.q": "x0"}


def test_a_clock_without_an_edge_gives_no_sample(tmp_path):
    path = vcd(tmp_path, CLOCKED.replace("1c", "0c"))
    found = read_samples(path, ["t.data[1]"], ["t.q"], "t.clk")
    assert (found.times_ps, found.values) == ([], {"t.data[1]": "", "t.q": ""})


def test_samples_before_inputs_change(tmp_path):
    found = read_samples(vcd(tmp_path, CLOCKED), ["t.data[1]", "t.data[0]"], ["t.q"])
    assert found.times_ps == [25, 30, 50]
    assert found.values == {"t.data[1]": "010", "t.data[0]": "110", "t.q": "xx1"}


def test_times_of_samples_count_from_the_beginning(tmp_path):
    path = vcd(tmp_path, CLOCKED.replace("#0\n", "#4\n"))
    found = read_samples(path, ["t.data[1]", "t.data[0]"], ["t.q"])
    assert found.times_ps == [25 - 4, 30 - 4, 50 - 4]


def test_short_values_are_extended_by_x_or_by_0(tmp_path):
    text = SMALL.replace("wire 1 ! a", "wire 4 ! a")
    for place, value in enumerate(("x1", "X", "1x", "01", "11111"), 1):
        text += f"#{400 + 10 * place}\nb{value} !\n"
    found = read_samples(vcd(tmp_path, text), [f"t.a[{bit}]" for bit in (3, 2, 1, 0)], [])
    rows = ["".join(bits) for bits in zip(*found.values.values(), strict=True)]
    # Where all is unknown there is no operand.  Of a value that is too long the end counts.
    assert rows == ["0000", "0001", "0000", "xxx1", "001x", "0001", "1111"]


def test_ports_that_are_not_there_are_named(tmp_path):
    for inputs, clock in ((["t.data[1]", "t.reset"], "t.clk"), (["t.data[1]"], "t.reset")):
        with pytest.raises(SpecificationError) as error:
            read_samples(vcd(tmp_path, CLOCKED), inputs, ["t.q"], clock)
        assert str(error.value).endswith(
            "waves.vcd has no t.reset: expected every port of the netlist"
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no \\$enddefinitions"),
        ("module m; endmodule", "'module' stands before"),
        (HEAD, "no time passes"),
        (HEAD + "#5\n1!\n", "no time passes"),
        (HEAD + "#5\nhello\n", "'hello' is no change of a value"),
        (HEAD + "#soon\n", "'#soon' is no time"),
        (HEAD + "#-5\n", "'#-5' is no time"),
        (HEAD + '#5\n1"\n#7\n0"\n#6\n', "time #6 comes after #7"),
        (HEAD + '#5\n1"\n#7\nb0101', "it breaks off in the middle"),
        (HEAD[:-20], "it has no \\$enddefinitions"),
        (HEAD.replace("$var wire 1 # a [3]", "$var wire one # a [3]"), "a .3. has 'one' bits"),
        (HEAD.replace("wire 4 !", "wire 1048577 !"), "has '1048577' bits, expected 1048576 at"),
        (HEAD.replace("wire 4 !", f"wire {'1' * 5000} !"), "bus .7:4. has '1111"),
        (HEAD.replace("10 ps", "10 parsecs") + BODY, "its time scale is '10parsecs'"),
        ("\0\0\0\0\0\0\1\x49", "it is an FST file, which fst2vcd turns into one"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    with pytest.raises(SpecificationError, match=message):
        read_vcd(vcd(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("m" * 100, "m" * 40),
        (HEAD + f"#5\n{'h' * 100}\n", "h" * 40),
        (HEAD + f"#5\n{'m' * 100}\n", "m" * 40),
        # More than a float holds.
        (HEAD + f"#{'9' * 400}\n", "#" + "9" * 39),
        (HEAD.replace("10 ps", f"10 {'p' * 100}"), "10" + "p" * 38),
        (HEAD.replace("wire 4 !", f"wire {'1' * 100} !"), "1" * 40),
    ],
)
def test_of_a_long_word_the_beginning_is_quoted(tmp_path, text, quoted):
    with pytest.raises(SpecificationError, match=f"'{quoted}'"):
        read_vcd(vcd(tmp_path, text))


def test_of_a_long_name_the_beginning_stands_in_the_message(tmp_path):
    text = HEAD.replace("wire 4 ! bus", f"wire none ! {'n' * 100}")
    with pytest.raises(SpecificationError, match=f"variable {'n' * 40} has 'none' bits"):
        read_vcd(vcd(tmp_path, text))
