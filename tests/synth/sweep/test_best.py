"""What `lmul-pe best` prints: limits that are met just so, and what stands beside a point."""

import pytest

from lmul_pe.synth.sweep.best import main as best
from lmul_pe.synth.sweep.measuring import Outcome
from lmul_pe.synth.sweep.store import Store
from lmul_pe.synth.sweep.table import write_table
from tests.synth.sweep.points import point


@pytest.fixture
def said(call, tmp_path):
    """A function from points and options to what is printed, and told as an error."""

    def finished(points, *options):
        write_table(tmp_path / "t.parquet", points)
        done = call(best, "--table", "t.parquet", "--format", "e4m3", *options)
        return " ".join(done.stdout.split()), done.stderr

    return finished


def test_limits_may_be_met_just_so(said):
    unit = point("mac_lmul_e4m3_fp32", level="mac", error=0.05, sum_error=0.0625, delay=100.0)
    for option, met, missed in (
        ("--max-error", "0.05", "0.0499"),
        ("--max-sum-error", "0.0625", "0.0624"),
        ("--min-clock-ghz", "5", "5.01"),
    ):
        assert "MAC, e4m3, nangate45: 1 of 1 points" in said([unit], option, met)[0]
        assert said([unit], option, missed) == (
            "",
            "error: nothing in t.parquet fits: of e4m3 the fastest is mac_lmul_e4m3_fp32 at 5.00 "
            "GHz, the least error 0.0500 of mac_lmul_e4m3_fp32\n",
        )


def test_errors_of_sums_and_targets_stand_where_there_are_some(said):
    plain = said([point(target_ps=150.0)])[0]
    assert " lmul_e4m3 made for 150 ps: energy 10 fJ, area 5 um2, delay 100 ps, " in plain
    assert "error of products 5 %, 6.67 GHz on it for the only one" in plain
    unit = point("mac_lmul_e4m3_fp32", level="mac", sum_error=0.07)
    printed = said([unit])[0]
    assert " mac_lmul_e4m3_fp32: energy" in printed
    assert "error of products 5 %, error of sums 7 %, 5.00 GHz" in printed


def test_the_netlist_of_the_first_is_named_where_it_is_there(said, tmp_path):
    assert "its netlist" not in said([point(key="ab12")])[0]
    Store(tmp_path / "store").keep(Outcome(point(key="ab12"), "module m; endmodule\n"))
    assert "; its netlist is store/ab/ab12.v." in said([point(key="ab12")])[0]


def test_eight_points_of_many_are_printed(said):
    points = [point(f"lmul_e4m3_offset{n}", energy=10.0 + n, area=20.0 - n) for n in range(12)]
    printed = said(points)[0]
    assert "12 of 12 points are beaten by no other" in printed
    assert printed.count(" on it for ") == 8


def test_what_fits_nothing_is_set_against_points_of_the_format_that_meet_their_clock(said):
    points = [
        point("lmul_e4m3", error=0.05),
        point("exact_e4m3", error=0.01, energy_fj=None, target_ps=1.0),
        point("lmul_bf16", format="bf16", error=0.001, delay=1.0),
    ]
    _, error = said(points, "--max-error", "0.02")
    assert "the fastest is lmul_e4m3 at 5.00 GHz, the least error 0.0500 of lmul_e4m3" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "e9"], "'e9'"),
        *(
            ([f"--{name}", "-1"], f"{name} '-1' is not a number from 0 to inf")
            for name in ("max-error", "max-sum-error")
        ),
        *(
            (["--min-clock-ghz", text], f"min-clock-ghz {text!r} is not a number from 0 to 1000")
            for text in ("-1", "1000.5")
        ),
    ],
)
def test_bad_limits_are_one_clear_line(said, options, message):
    printed, error = said([point()], *options)
    assert printed == ""
    assert message in error
    assert error.count("\n") == 1
