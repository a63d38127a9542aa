"""Test benches: what they expect is what NumPy says, and they are the same every time."""

import re

import numpy as np
import pytest

from lmul_pe.hw.wrapper.testbench import bench_text
from lmul_pe.model import unit_named


def beats(text, stream):
    found = re.findall(rf"^    {stream}\[\d+\] = \d+'h([0-9a-f]+);$", text, re.MULTILINE)
    return [int(each, 16) for each in found]


def int8(word, count):
    return np.frombuffer((word & (1 << 8 * count) - 1).to_bytes(count, "little"), dtype=np.int8)


def test_sums_of_products_are_those_of_numpy():
    text = bench_text(unit_named("dot2_int8_int32"), "dot")
    total, expected = 0, []
    for word in beats(text, "s_axis_ab"):
        octets = int8(word, 4).astype(np.int64)
        total += int(octets[:2] @ octets[2:])
        if word >> 32:
            expected.append(1 << 32 | total % 2**32)
            total = 0
    assert total == 0
    assert len(expected) > 5
    assert beats(text, "m_axis_c") == expected


@pytest.mark.parametrize("dataflow", ["os", "ws"])
def test_tiles_are_those_of_numpy(dataflow):
    text = bench_text(unit_named(f"array_{dataflow}_2x3_int8_int32"), "array")
    second = "s_axis_b" if dataflow == "os" else "s_axis_w"
    sides = {"s_axis_a": 2, second: 3}
    tiles = {name: [[]] for name in sides}
    for name, count in sides.items():
        for word in beats(text, name):
            tiles[name][-1].append(int8(word, count).astype(np.int64))
            if word >> 8 * count:
                tiles[name].append([])
        assert tiles[name].pop() == []
    expected = []
    for a, b in zip(tiles["s_axis_a"], tiles[second], strict=True):
        product = (np.array(a).T if dataflow == "os" else np.array(a)) @ np.array(b)
        for row, values in enumerate(product.tolist()):
            word = sum(value % 2**32 << 32 * column for column, value in enumerate(values))
            expected.append(word | (row == len(product) - 1) << 96)
    assert len(expected) > 5
    assert beats(text, "m_axis_c") == expected


def test_the_same_bytes_every_time():
    unit = unit_named("mac_lmul_e4m3_fp32")
    assert bench_text(unit, "x") == bench_text(unit, "x")
