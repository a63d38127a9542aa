"""A record of known figures, in a terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from lmul_pe.synth.fpga.record import RECORD, Array, Clock, Design, Record, Use
from lmul_pe.synth.fpga.report import print_tables, verdict

CLOCK = Clock((91.4, 90.2, 95.0))


def made(clock=CLOCK):
    def design(level, kind, dsp, luts, dsps=0):
        return Design(f"{level}_{kind}", level, kind, dsp, Use(luts, 26, 3, dsps), clock)

    return Record(
        format="bf16",
        part="ice40-up5k",
        device="iCE40UP5K-SG48",
        holds=Use(5280, 5280, 5280, 8, 30),
        fill=0.9,
        tools={"pyosys": "0.70"},
        command="lmul-pe fpga --fmt bf16 --part ice40-up5k",
        designs=(
            design("multiplier", "lmul", False, 69),
            design("multiplier", "exact", True, 79, 1),
            design("multiplier", "exact", False, 282),
            design("multiplier", "adder", False, 15),
            design("multiplier", "int8", True, 0, 1),
            design("multiplier", "int8", False, 177),
            design("mac", "lmul", False, 12345),
            design("mac", "exact", False, 12399),
            design("dot", "lmul", False, 12345),
            design("dot", "exact", False, 12399),
        ),
        arrays=(
            Array("array_os_2x2_lmul", "lmul", False, 2, Use(3700, 500, 400), "luts"),
            Array("array_os_2x2_exact", "exact", True, 2, Use(3800, 510, 400, 4), "luts"),
            Array("", "exact", False, 0, Use(), "luts"),
        ),
    )


def test_the_verdict_is_eight_lines_that_fit_a_terminal():
    lines = verdict(made(), "build/fpga/bf16_ice40-up5k.json")
    assert lines == [
        "bf16 on ice40-up5k: LUTs, carry cells, DSPs, MHz: median of 3 seeds",
        "  L-Mul                    69 LUT   26 carry  0 DSP  91 MHz",
        "  conventional, DSP        79 LUT   26 carry  1 DSP  91 MHz",
        "  conventional            282 LUT   26 carry  0 DSP  91 MHz",
        "  beside: bare adder 15 LUT 91 MHz; int8 177 LUT 91 MHz",
        "  MAC, dot of 4: L-Mul 12345, 12345 LUT; conventional 12399, 12399 LUT",
        "  largest array: L-Mul 2 x 2; conventional, DSP 2 x 2; conventional 0 x 0",
        "build/fpga/bf16_ice40-up5k.json",
    ]
    assert max(map(len, lines)) <= 80


def test_without_place_and_route_it_says_so():
    first, second, *_ = verdict(made(None), "file")
    assert first == "bf16 on ice40-up5k: LUTs, carry cells, DSPs, counted and not placed"
    assert second == "  L-Mul                    69 LUT   26 carry  0 DSP"


@pytest.mark.parametrize(
    ("mhz", "words"), [((91.4,), "MHz of one seed"), ((91.4, 90.0), "MHz: median of 2 seeds")]
)
def test_a_clock_of_one_seed_is_no_median(mhz, words):
    first = verdict(made(Clock(mhz)), "file")[0]
    assert first == f"bf16 on ice40-up5k: LUTs, carry cells, DSPs, {words}"


@pytest.mark.parametrize(
    ("kept", "lines"),
    [
        (lambda each: False, []),
        (
            lambda each: (each.level, each.kind) == ("multiplier", "adder"),
            ["  beside: bare adder 15 LUT 91 MHz"],
        ),
        # Of one kind alone there is nothing to compare.
        (lambda each: (each.level, each.kind) == ("mac", "exact"), []),
        (
            lambda each: each.level == "dot",
            ["  dot of 4: L-Mul 12345 LUT; conventional 12399 LUT"],
        ),
    ],
)
def test_nothing_is_said_of_what_was_not_measured(kept, lines):
    record = made()
    chosen = replace(record, designs=tuple(filter(kept, record.designs)), arrays=())
    _, *said, path = verdict(chosen, "file")
    assert said == lines
    assert path == "file"


def test_the_seeds_are_those_of_what_was_placed():
    record = made()
    first, *others = record.designs
    chosen = replace(record, designs=(replace(first, clock=None), *others))
    assert verdict(chosen, "file")[0].endswith("MHz: median of 3 seeds")
    assert verdict(replace(record, designs=()), "file")[0].endswith("DSPs, counted and not placed")


def test_figures_end_below_each_other_under_their_headings():
    output = Console(file=io.StringIO(), width=200)
    record = made(None)
    # Of three figures each, and of two.
    placed = replace(record.designs[0], clock=Clock((123.0, 99.0, 45.0)))
    slower = replace(record.designs[1], clock=Clock((12.0, 99.0, 145.0)))
    print_tables(replace(record, designs=(placed, slower, *record.designs[2:])), output)
    lines = output.file.getvalue().splitlines()
    assert lines[0] == "bf16 on iCE40UP5K-SG48: cells by synthesis, clock between registers"
    headings, *rows = lines[1:12]
    for heading in ("LUT", "carry", "FF", "DSP", "BRAM"):
        end = headings.index(heading) + len(heading)
        assert all(row[end - 1].isdigit() and row[end : end + 1] in ("", " ") for row in rows)
    assert headings.split()[-4:] == ["MHz,", "median", "least", "most"]
    for heading, figures in (("median", "99 99"), ("least", "45 12"), ("most", "123 145")):
        end = headings.index(heading) + len(heading)
        for row, figure in zip(rows, figures.split(), strict=False):
            assert row[:end].endswith(f" {figure}")
        assert all(row[end : end + 1] in ("", " ") for row in rows[:2])
    # The others were not placed.
    assert [row.split()[-1] for row in rows[2:]] == ["0"] * 8
    assert "By the cells of arrays of 1 to 3 rows; at most 90% of the part" in lines
    none = next(line for line in lines if line.startswith("none"))
    top = next(line for line in lines if line.startswith("largest array"))
    end = top.index("LUT") + len("LUT")
    assert none[end - 1 : end + 1] == "0 "
    assert "What others print of FPGAs" in lines


def test_there_is_no_table_of_arrays_without_one():
    output = Console(file=io.StringIO(), width=80)
    print_tables(replace(made(), arrays=()), output)
    assert "largest array" not in output.file.getvalue()


def test_tables_hold_every_design_and_what_others_print():
    output = Console(file=io.StringIO(), width=80)
    print_tables(made(), output)
    text = output.file.getvalue()
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "multiplier_lmul 69 26 3 0 0 91 90 95" in rows
    assert "multiplier_exact DSPs 79 26 3 1 0 91 90 95" in rows
    assert "array_os_2x2_lmul 3700 500 400 0 0 LUTs" in rows
    assert "none LUTs 0 0 0 0 0 LUTs" in rows
    assert "VUB" in text
    assert "22 against 69" in text
    assert "1.34 against 2.32" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_record_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "record.json"
    path.write_bytes(RECORD.text(made()))
    assert RECORD.read(path, "make fpga") == made()
