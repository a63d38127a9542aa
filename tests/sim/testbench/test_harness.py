import numpy as np

from lmul_pe.model import Multiplier, mac_named, unit_named
from lmul_pe.sim.testbench.harness import Harness, codes_of_bits
from lmul_pe.sim.testbench.operand_pairs import bench_pairs


def test_operands_of_every_unit_stand_where_its_instance_reads_them():
    narrow = Multiplier("lmul", "e2m1")
    wide = Multiplier("exact", "bf16")
    harness = Harness([narrow, wide])
    words = harness.operand_words(40_000, seed=3)
    a, b = bench_pairs(wide, 40_000, seed=3)
    assert len(words) == len(a)
    assert [word >> 8 & 0xFFFF for word in words] == a.tolist()
    assert [word >> 24 for word in words] == b.tolist()
    assert {word & 0xFF for word in words[:256]} == set(range(256))
    assert len({word & 0xFF for word in words[255:]}) == 1


def test_units_of_equal_pairs_share_their_operands():
    harness = Harness([Multiplier("lmul", "e4m3"), Multiplier("exact", "e5m2")])
    assert (harness.operand_bits, harness.product_bits) == (16, 16)
    assert harness.product_columns(harness.combinational[1]) == slice(8, 16)


def test_an_instance_has_just_the_bits_of_its_operands_and_its_result():
    wide = Multiplier("lmul", "e5m2", "e3m4ieee", "fp16")
    text = Harness([Multiplier("lmul", "e2m1"), wide]).verilog("top")
    assert ".a(operands[3:0])" in text
    assert ".b(operands[7:4])" in text
    assert ".y(products[3:0])" in text
    assert ".a(operands[15:8])" in text
    assert ".b(operands[23:16])" in text
    assert ".y(products[19:4])" in text


def test_codes_are_read_lowest_bit_first():
    bits = np.array([[1, 0, 0], [0, 1, 1]], dtype=np.uint8)
    assert codes_of_bits(bits).tolist() == [1, 6]


def test_streams_have_ports_of_their_own():
    text = Harness([Multiplier("lmul", "e4m3", latency=2)]).verilog("top")
    assert "input wire [15:0] lmul_e4m3_latency2_s_axis_ab_tdata" in text
    assert ".m_axis_y_tready(lmul_e4m3_latency2_m_axis_y_tready)" in text
    for name in ("clk", "rst"):
        assert f"input wire [0:0] {name} " in text
    assert "operands" not in text


def test_results_of_a_multiply_accumulate_have_their_own_width_and_name():
    mac = mac_named("mac_lmul_e4m3_x_fp16_fp32")
    harness = Harness([mac, Multiplier("lmul", "e4m3", latency=1), Multiplier("lmul", "e4m3")])
    assert (len(harness.combinational), len(harness.streaming), harness.macs) == (1, 2, [mac])
    text = harness.verilog("top")
    assert f"input wire [23:0] {mac.name}_s_axis_ab_tdata" in text
    assert f"output wire [31:0] {mac.name}_m_axis_c_tdata" in text
    assert "output wire [7:0] lmul_e4m3_latency1_m_axis_y_tdata" in text


def test_windows_have_a_bench_of_their_own():
    window, other = unit_named("mac_lmul_bf16_window"), unit_named("mac_lmul_e4m3_fixed")
    harness = Harness([window, other])
    assert (harness.macs, harness.windows) == ([window, other], [window])
    benches = "combinational", "streams", "long_sums", "windows", "tiles"
    counts = [harness.benched.get(f"lmul_pe.sim.bench.{each}") for each in benches]
    assert counts == [None, 2, 2, 1, None]


def test_a_bench_looks_at_every_handshake_and_flag_at_once():
    array = unit_named("array_os_2x3_int8_int32")
    harness = Harness([array, Multiplier("lmul", "e4m3", latency=1)])
    assert (harness.arrays, harness.macs) == ([array], [])
    assert harness.levels[:4] == [
        "rst",
        *(f"{array.name}_s_axis_a_t{it}" for it in ("valid", "last", "ready")),
    ]
    assert f"{array.name}_overflow" in harness.levels
    text = harness.verilog("top")
    assert f"assign levels = {{{', '.join(harness.levels)}}};" in text
    assert f"output wire [0:0] {array.name}_protocol_error" in text


def test_every_module_of_tests_knows_how_many_units_it_benches():
    names = ("lmul_e4m3", "lmul_e4m3_latency1", "mac_int8_int32", "array_os_1x1_int8_int32")
    assert Harness(list(map(unit_named, names))).benched == {
        "lmul_pe.sim.bench.combinational": 1,
        "lmul_pe.sim.bench.streams": 2,
        "lmul_pe.sim.bench.long_sums": 1,
        "lmul_pe.sim.bench.tiles": 1,
    }
