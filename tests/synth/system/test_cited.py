"""What others publish: by name, by size, and what is refused."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.cited import Range, cited, dram, figure, scalar, sram


@pytest.mark.parametrize(
    ("node", "kb", "ends"),
    [
        (45, 8, (3.2, 10)),
        (45, 127, (7.2, 20)),
        (45, 1024, (41.8, 100)),
        (45, 65536, (41.8, 100)),
        (7, 32, (8.5, 8.5)),
        (7, 1024, (14, 14)),
    ],
)
def test_a_buffer_is_made_of_the_largest_memory_that_fits(node, kb, ends):
    found = sram(node, "any", kb)
    assert (found.low, found.high) == ends
    assert found.source


@pytest.mark.parametrize(
    ("name", "ends"), [("hbm2", (250, 450)), ("gddr6", (350, 480)), ("ddr", (1300, 2600))]
)
def test_memories_are_those_of_their_tables(name, ends):
    found = dram(name)
    assert (found.low, found.high) == ends


def test_element_wise_work_is_between_fp16_and_fp32():
    found = scalar(45)
    assert (found.multiply.low, found.multiply.high) == (1.1, 3.7)
    assert (found.add.low, found.add.high) == (0.4, 0.9)
    assert scalar(7).multiply.high == 1.31


def test_a_range_has_two_ends():
    found = Range(1.0, 2.0, "here")
    assert (found.at(False), found.at(True)) == (1.0, 2.0)


def test_every_figure_has_a_source():
    known = cited()
    listed = [*known.sram, *known.dram, known.idle, known.cooling, known.chip, *known.figure]
    assert all(each.source for each in listed)
    assert figure("household").value == 10.791


def test_every_figure_was_looked_up():
    known = cited()
    listed = [*known.sram, *known.dram, known.idle, known.cooling, known.chip, *known.figure]
    assert all(each.seen or each.unseen for each in listed)


def test_what_could_not_be_confirmed_is_said():
    assert cited().idle.range.source.endswith("idles at 28 W (not confirmed: 28 W)")
    assert "not confirmed: the table itself" in dram("hbm2").source
    assert "not confirmed" not in cited().cooling.range.source


@pytest.mark.parametrize(
    ("find", "error"),
    [
        (lambda: sram(130, "sky130hd", 1024), "'sky130hd' is of 130 nm.*45 nm or 7 nm"),
        (lambda: sram(None, "mine", 1024), "'mine' is of no stated nm"),
        (
            lambda: sram(45, "any", 4),
            "buffer 4 KB is smaller.*: expected 8 or more; the nearest is 8$",
        ),
        (lambda: dram("hbm"), "did you mean 'hbm2'"),
    ],
)
def test_what_nobody_publishes_is_named(find, error):
    with pytest.raises(SpecificationError, match=error):
        find()
