"""SAIF as others write it, by hand; and our own read back."""

import gzip

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.activity.energy import Activity
from lmul_pe.synth.interchange.recording import Signal, annotate
from lmul_pe.synth.interchange.saif import read_saif, saif_text
from lmul_pe.synth.interchange.verilog_reader import NamedNetlist
from lmul_pe.synth.netlists.netlist import Instance, Netlist

FOREIGN = r"""
// a comment
(SAIFILE
(SAIFVERSION "2.0") (DIRECTION "backward") (DESIGN) (DATE "1 (one)")
(DIVIDER / ) (TIMESCALE 10 ns) (DURATION 100)
(INSTANCE "testbench" tb
  (NET (clk (T0 50) (T1 50) (TX 0) (TC 20)))
  (INSTANCE dut
    (PORT (a\[1\] (T0 90) (T1 10) (TZ 0) (TX 0) (TB 0) (TC 3) (IG 1)))
    (NET (odd\.name (T0 100) (T1 0) (TC 0)) (n1 (TC 7)))
    (INSTANCE cell (PORT (ZN (T0 60) (T1 40) (TC 9)))))))
"""


def read(tmp_path, text):
    path = tmp_path / "file.saif"
    path.write_text(text)
    return read_saif(path)


def test_what_another_program_wrote(tmp_path):
    found = read(tmp_path, FOREIGN)
    assert found.duration_ps == 1e6
    assert found.signals == {
        "tb.clk": Signal(20, 5e5),
        "tb.dut.a[1]": Signal(3, 1e5),
        "tb.dut.odd.name": Signal(0, 0),
        "tb.dut.n1": Signal(7, 0),
        "tb.dut.cell.ZN": Signal(9, 4e5),
    }


SMALL = """(SAIFILE (TIMESCALE 1 ps) (DURATION 4000)
(INSTANCE top (NET (a (T0 1000) (T1 3000) (TX 0) (TC 19) (IG 0)))))"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(SAIFILE", "/* written by\na simulator */ (SAIFILE"),
        ("(NET", "/* window ( 0 to 4000 */ (NET"),
        ("(T0 1000) (T1 3000)", "(T0 1000.0) (T1 3e3)"),
        (
            "(TC 19) (IG 0)",
            "(COND A2 (FALL) (IOPATH A1 (TC 10) (IG 0)) (RISE) (IOPATH A1 (TC 9))) (TC 19)",
        ),
        ("(TC 19)", '(COND "A & (B | C)" (TC 10)) (COND_DEFAULT (T1 5) (TC 9))'),
        ("(INSTANCE top", '(INSTANCE "" (NET)) (INSTANCE top'),
        ("(INSTANCE top", "(INSTANCE (INSTANCE top"),
        ("(TC 19)", "(tc 19)"),
    ],
)
def test_other_ways_to_say_the_same(tmp_path, old, new):
    text = SMALL.replace(old, new)
    found = read(
        tmp_path, text + ")" * (text.count("(") - text.count(")") if "/*" not in new else 0)
    )
    assert (found.duration_ps, found.signals) == (4000, {"top.a": Signal(19, 3000)})


INNER = {"left": 1, "right": 2}


def test_instances_side_by_side_have_their_own_names(tmp_path):
    inner = "".join(
        f"(INSTANCE {name} (NET (x (TC {toggles}))))" for name, toggles in INNER.items()
    )
    found = read(
        tmp_path, f"(SAIFILE (DURATION 9) (INSTANCE top {inner} (NET (y (TC 3)))) (NET (z (TC 4))))"
    )
    toggles = {path: signal.toggles for path, signal in found.signals.items()}
    assert toggles == {"top.left.x": 1, "top.right.x": 2, "top.y": 3, "z": 4}


@pytest.mark.parametrize(
    ("scale", "ps"), [("ns", 1e3), ("10 us", 1e7), ("0.5 ms", 5e8), ("1s", 1e12), ("100 fs", 0.1)]
)
def test_times_are_in_the_files_unit(tmp_path, scale, ps):
    found = read(tmp_path, SMALL.replace("1 ps", scale))
    assert found.duration_ps == pytest.approx(4000 * ps)
    assert found.signals["top.a"].high_ps == pytest.approx(3000 * ps)


def test_a_toggle_a_picosecond_and_times_rounded_to_one_more_each_are_possible(tmp_path):
    assert read(tmp_path, SMALL.replace("TC 19", "TC 4000")).signals["top.a"].toggles == 4000
    assert read(tmp_path, SMALL.replace("T1 3000", "T1 3002")).signals["top.a"].high_ps == 3002
    with pytest.raises(SpecificationError, match=r"top\.a is 0 for 1000 and 1 for 3003 of 4000"):
        read(tmp_path, SMALL.replace("T1 3000", "T1 3003"))


def test_compressed_files_are_read_as_others(tmp_path):
    path = tmp_path / "file.saif.gz"
    path.write_bytes(gzip.compress(SMALL.encode()))
    assert read_saif(path) == read(tmp_path, SMALL)


def test_a_coarse_time_scale_allows_more_than_a_toggle_in_its_unit(tmp_path):
    text = SMALL.replace("1 ps", "1 ns").replace("TC 19", "TC 5000")
    assert read(tmp_path, text).signals["top.a"].toggles == 5000


@pytest.fixture
def named():
    """y[0] = NOT a, and y[1] = a[1]."""
    netlist = Netlist(
        "small",
        {"a": (2, 3)},
        {"y": (4, 3)},
        (Instance("odd.name[0]", "INV", {"A": 2}, {"Y": 4}),),
    )
    names = {"a[0]": 2, "a[1]": 3, "y[0]": 4, "y[1]": 3, "_4_": 4, "_4_[0]": 4}
    return NamedNetlist(netlist, names)


def test_ours_is_read_back(tmp_path, named):
    activity = Activity(1000.0, {2: 5, 3: 1, 4: 8}, {2: 250.0, 3: 1000.0, 4: 750.0})
    text = saif_text(named, activity, '"so" in #1')
    assert "(VERSION \"'so' in #1\")" in text
    assert r"(_4_ (T0 250) (T1 750) (TX 0) (TC 8) (IG 0))" in text
    assert r"(INSTANCE odd\.name\[0\]" in text
    assert "_4_\\[0\\]" not in text
    found = read(tmp_path, text)
    assert found.signals["small.odd.name[0].A"] == Signal(5, 250)
    assert annotate(found, named, "small") == (activity, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with"),
        ("$date", "begins with"),
        ("(SAIFILE (DURATION 3) (INSTANCE a (NET (x (TC 1", "breaks off"),
        ("(SAIFILE (DURATION 3) (INSTANCE a (NET (x (T1 1)))))", "x has no toggle count"),
        ("(SAIFILE (DURATION 3) (INSTANCE a (NET (x (TC 1 2)))))", "more than a number"),
        ("(SAIFILE (DURATION 3) (INSTANCE a (NET (x (TC many)))))", "x has 'many' for TC"),
        ("(SAIFILE (DURATION 3) (INSTANCE a (NET (x (TC -1)))))", "x has '-1' for TC"),
        ("(SAIFILE (DURATION 3) (INSTANCE a (NET (x (T1 -1) (TC 1)))))", "x has '-1' for T1"),
        ("(SAIFILE (DURATION -3))", "it has '-3' for DURATION"),
        (SMALL.replace("TC 19", "TC 4001"), r"top\.a changes 4001 times in 4000"),
        (SMALL.replace("T1 3000", "T1 3500"), r"top\.a is 0 for 1000 and 1 for 3500 of 4000"),
        ("(SAIFILE (INSTANCE a (NET (x (TC 1)))))", "no duration"),
        ("(SAIFILE (TIMESCALE 1 day) (DURATION 3))", "'day'"),
        ("(SAIFILE (TIMESCALE soon))", "'soon'"),
        ("(SAIFILE (TIMESCALE))", "time scale is ''"),
        ('(SAIFILE (DATE "', "line 1 is not to be understood"),
        ('\n(SAIFILE\n(DATE "', "line 3 is not to be understood"),
        ('(SAIFILE (DURATION 3) (INSTANCE a (NET (x (TC "1")))))', "x has '\"1' for TC"),
        ("module m ( a )", "it begins with 'module m'"),
        ("m" * 100, f"it begins with '{'m' * 40}'"),
        (f"(SAIFILE (DURATION {'m' * 100}))", f"it has '{'m' * 40}' for DURATION"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    with pytest.raises(SpecificationError, match=message) as error:
        read(tmp_path, text)
    assert "\n" not in str(error.value)
