"""Profiles as others write them, and what is wrong with them in one line."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.profile import Kind, Profile, Run, read_profile

HEADER = "stage,instruction,frequency,time,energy\n"
GOOD = (
    "0,forward,1000,0.010,5\n"
    "0,forward,900,0.011,4.5\n"
    "0,backward,1000,0.020,10\n"
    "0,backward,900,0.022,9\n"
)


def read(tmp_path, text):
    path = tmp_path / "profile.csv"
    path.write_text(text, encoding="utf-8")
    return read_profile(path)


def test_stages_are_counted_from_0(tmp_path):
    more = GOOD.replace("0,f", "1,f").replace("0,b", "1,b")
    assert read(tmp_path, HEADER + GOOD + more).stages == 2


def test_rows_in_any_order(tmp_path):
    lines = GOOD.splitlines()
    shuffled = HEADER + "\n".join([lines[1], lines[3], "", lines[0], lines[2]]) + "\n"
    found = read(tmp_path, shuffled)
    assert found.runs == read(tmp_path, HEADER + GOOD).runs
    assert found.stages == 1
    assert found.fastest(Kind(0, "backward")) == Run(1000, 0.020, 10)


def test_columns_in_any_order_and_a_byte_order_mark(tmp_path):
    text = (
        "\ufeffenergy,time,frequency,instruction,stage\n5,0.01,1000,forward,0\n4,0.02,9,forward,0\n"
    )
    text += "5,0.01,1000,backward,0\n4,0.02,9,backward,0\n"
    assert read(tmp_path, text).runs[Kind(0, "forward")] == (Run(1000, 0.01, 5), Run(9, 0.02, 4))


def test_ranks_of_zeus_are_copies(tmp_path):
    rows = [
        f"{rank},{rank},0,0,0,{instruction},{frequency},{time + rank / 1000},{energy + rank}"
        for instruction in ("forward", "backward")
        for frequency, time, energy in ((1000, 0.010, 5), (900, 0.011, 4))
        for rank in (0, 1)
    ]
    found = read(tmp_path, f"rank,dp_rank,pp_rank,tp_rank,{HEADER}" + "\n".join(rows))
    # The slower copy decides; energy is that of one accelerator.
    assert found.runs[Kind(0, "forward")] == (Run(1000, 0.011, 5.5), Run(900, 0.012, 4.5))


def test_parts_of_a_stage_are_copies_too(tmp_path):
    rows = [
        f"0,{instruction},{frequency},{0.01 + rank / 100},{4 + 2 * rank},{rank}"
        for instruction in ("forward", "backward")
        for frequency in (1000, 900)
        for rank in (0, 1)
    ]
    found = read(tmp_path, HEADER.strip() + ",tp_rank\n" + "\n".join(rows))
    assert found.runs[Kind(0, "forward")][0] == (1000, 0.02, 5)


def test_microbatches_are_repetitions(tmp_path):
    rows = [
        f"0,{instruction},{frequency},{0.01 + microbatch / 100},{4 + 2 * microbatch},{microbatch}"
        for instruction in ("forward", "backward")
        for frequency in (1000, 900)
        for microbatch in (0, 1)
    ]
    found = read(tmp_path, HEADER.strip() + ",microbatch\n" + "\n".join(rows))
    (first, _) = found.runs[Kind(0, "forward")]
    assert first == pytest.approx((1000, 0.015, 5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "row 1: no column 'stage'"),
        (HEADER, "no row below the header"),
        (HEADER.replace("time", "tme") + GOOD, "row 1: column 'tme' is not one of .*'time'"),
        (HEADER.replace(",energy", "") + GOOD, "row 1: no column 'energy'"),
        (HEADER.replace("time", "energy") + GOOD, "row 1: column 'energy' stands twice"),
        (HEADER + GOOD + "0,forward,800,0.012\n", "row 6: 4 values, expected 5"),
        (HEADER + GOOD + "0,forward,800,-0.012,4\n", "row 6: time '-0.012' is not a finite"),
        (HEADER + GOOD + "0,forward,800,0,4\n", "row 6: time '0' is not a finite number above 0"),
        (HEADER + GOOD + "0,forward,800,nan,4\n", "row 6: time 'nan' is not a finite number"),
        (
            HEADER + GOOD + "0,forward,800,0.012,inf\n",
            "energy 'inf' is not a finite number from 0$",
        ),
        (
            HEADER + GOOD + f"{10**9},forward,800,0.012,4\n",
            "not an integer from 0 of up to 9 digits",
        ),
        (HEADER + GOOD + f"{10**9 - 1},forward,800,0.012,4\n", "row 6: stage 999999999 without a"),
        (HEADER + GOOD + "0,forward,800,0.012,x\n", "row 6: energy 'x' is not a finite number"),
        (HEADER + GOOD + "0,forward,-8,0.012,4\n", "row 6: frequency '-8' is not a finite"),
        (HEADER + GOOD + "-1,forward,800,0.012,4\n", "row 6: stage '-1' is not an integer"),
        (f"{HEADER}{'1' * 5000},forward,800,0.012,4\n", "row 2: stage '1{40}' is not"),
        (HEADER + GOOD + "0,foward,800,0.012,4\n", "row 6: instruction 'foward' .*'forward'"),
        (HEADER + GOOD + "0,forward,900,0.012,4\n", "row 6: forward of stage 0 at 900 .* row 3"),
        (
            HEADER + GOOD + GOOD.replace("0,f", "2,f").replace("0,b", "2,b"),
            "row 6: stage 2 without a stage 1: .* the nearest is 1",
        ),
        (
            HEADER + GOOD.replace("0,f", "1,f").replace("0,b", "1,b"),
            "row 2: stages begin with 1: expected 0",
        ),
        (
            HEADER + GOOD + "1,forward,1000,0.01,5\n1,forward,900,0.02,4\n",
            "row 6: stage 1 has forward but no backward",
        ),
        (
            HEADER + GOOD.replace("0,backward,900,0.022,9\n", ""),
            "row 4: backward of stage 0 has one frequency, 1000: expected two",
        ),
        (
            HEADER.strip()
            + ",microbatch\n"
            + GOOD.replace("\n", ",0\n")
            + "1,forward,9,1,1,0\n1,forward,9,1,1,1\n1,backward,9,1,1,0\n1,backward,9,1,1,1\n",
            "row 8: backward of stage 1 has one frequency, 9: expected two",
        ),
        (
            HEADER + "0,forward,9,0.1,0\n0,forward,8,0.2,0.0\n0,backward,9,0.1,0\n",
            "row 2: energy is 0 here and everywhere: expected J, above 0",
        ),
        (
            HEADER.strip() + ",tp_rank\n" + GOOD.replace("\n", ",0\n") + "0,forward,900,1,1,1\n",
            "row 2: forward of stage 0 at 1000 has no row of tp_rank 1",
        ),
        (
            HEADER.strip() + ",microbatch\n" + GOOD.replace("\n", ",0\n") + "0,forward,900,1,1,2\n",
            "row 6: microbatch 2 of forward of stage 0 without a microbatch 1",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_row(tmp_path, text, message):
    with pytest.raises(SpecificationError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "profile.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecificationError, match="not a CSV file in UTF-8"):
        read_profile(path)


def test_recomputation_follows_from_forward_and_backward(tmp_path):
    runs = read(tmp_path, HEADER + GOOD).with_recomputation().runs
    assert runs[Kind(0, "recomputation")] == runs[Kind(0, "forward")]
    assert runs[Kind(0, "forward_backward")] == (
        pytest.approx((1000, 0.030, 15)),
        pytest.approx((900, 0.033, 13.5)),
    )


def test_recomputation_needs_frequencies_of_both():
    forward, backward = Kind(0, "forward"), Kind(0, "backward")
    apart = Profile(
        "x.csv", {forward: (Run(3, 1, 1), Run(2, 2, 1)), backward: (Run(3, 1, 1), Run(1, 3, 1))}
    )
    with pytest.raises(SpecificationError, match="stage 0 have 1 frequencies in common"):
        apart.with_recomputation()
