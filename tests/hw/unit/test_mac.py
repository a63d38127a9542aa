"""Multiply-accumulate units: streams, exported ports, and the command."""

import json
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from amaranth.sim import Simulator

from lmul_pe.hw.export.verilog import component_of, exported_verilog, verilog_text
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.hw.unit.mac import MacUnit
from lmul_pe.hw.verilog import main
from lmul_pe.model import KINDS, FloatAccumulator, Mac, Multiplier, mac_named
from lmul_pe.model.command.run import run
from tests.sweep import some

ROOT = Path(__file__).parents[3]


def simulated(unit, beats, offered, taken):
    """The sums that come out, each with its cycle, and the cycles in which pairs went in."""
    accepted, delivered = [], []

    async def bench(context):
        waiting = list(beats)
        for cycle, (offer, take) in enumerate(zip(offered, taken, strict=True)):
            context.set(unit.i.valid, bool(waiting) and offer)
            if waiting:
                context.set(unit.i.payload, waiting[0])
            context.set(unit.o.ready, take)
            if waiting and offer and context.get(unit.i.ready):
                accepted.append(cycle)
                waiting.pop(0)
            if take and context.get(unit.o.valid):
                assert context.get(unit.o.payload.last)
                delivered.append((cycle, context.get(unit.o.payload.y)))
            await context.tick()

    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    return accepted, delivered


LENGTHS = [1, 4, 1, 2, 1, 7, 3, 1, 1, 1, 2]


def sums_of(mac):
    """Random sums of :data:`LENGTHS`: their beats, and the model's codes."""
    random = np.random.default_rng(2)
    beats, expected = [], []
    for length in LENGTHS:
        a, b = random.integers(0, 16, size=(2, length), dtype=np.uint8)
        expected.append(int(mac.dot(a, b)))
        beats += [
            {"a": x, "b": y, "last": index == length - 1}
            for index, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))
        ]
    return beats, expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_every_cycle_and_no_pause_between_sums(kind):
    mac = Mac(Multiplier(kind, "e2m1"), FloatAccumulator("e4m3"))
    beats, expected = sums_of(mac)
    always = [True] * (len(beats) + 5)
    accepted, delivered = simulated(MacUnit(mac), beats, always, always)
    assert accepted == list(range(len(beats)))
    ends = [cycle for cycle, beat in enumerate(beats) if beat["last"]]
    assert delivered == [(cycle + 2, code) for cycle, code in zip(ends, expected, strict=True)]


@pytest.mark.parametrize("seed", range(4))
def test_pauses_lose_nothing(seed):
    mac = mac_named("mac_lmul_e2m1_e3m2")
    beats, expected = sums_of(mac)
    random = np.random.default_rng(seed)
    offered, taken = (
        (random.random(400) < share).tolist() for share in random.random(2) * 0.7 + 0.2
    )
    _, delivered = simulated(MacUnit(mac), beats, offered, taken)
    assert [code for _, code in delivered] == expected


def test_a_stopped_unit_holds_a_sum_and_works_on_up_to_the_last_product_of_the_next():
    mac = mac_named("mac_lmul_e2m1_e3m2")
    beats, expected = sums_of(mac)
    taken = [False] * 20 + [True] * 60
    accepted, delivered = simulated(MacUnit(mac), beats, [True] * 80, taken)
    assert [cycle for cycle in accepted if cycle < 20] == [0, 1, 2, 3, 4]
    assert [code for _, code in delivered] == expected


EXPORTED = ["mac_lmul_e4m3_fp32", "mac_exact_bf16_x_e4m3_gradual_fp16_fused", "mac_exact_e2m1_bf16"]


@pytest.mark.parametrize("name", some(EXPORTED, 1))
def test_ports_are_two_streams_with_clock_and_reset(name, tmp_path):
    mac = mac_named(name)
    text = verilog_text(component_of(mac), name, name)
    (tmp_path / "design.v").write_text(text)
    run_yosys(["read_verilog design.v", "proc", "write_json design.json"], tmp_path)
    ((module, content),) = json.loads((tmp_path / "design.json").read_text())["modules"].items()
    ports = {
        port: (each["direction"], len(each["bits"])) for port, each in content["ports"].items()
    }
    expected = {"clk": ("input", 1), "rst": ("input", 1)}
    operands = mac.multiplier.format.width + mac.multiplier.format_b.width
    for stream, width, forward, backward in (
        ("s_axis_ab", operands, "input", "output"),
        ("m_axis_c", mac.accumulator.format.width, "output", "input"),
    ):
        expected[f"{stream}_tdata"] = (forward, width)
        expected[f"{stream}_tvalid"] = (forward, 1)
        expected[f"{stream}_tready"] = (backward, 1)
        expected[f"{stream}_tlast"] = (forward, 1)
    assert (module, ports) == (name, expected)
    assert f"module {name}({', '.join(expected)});" in text
    assert set(re.findall(r"always\s*@\s*\([^)]*\)", text)) == {"always @(posedge clk)"}
    assert re.search(r"\breg \[\d+:0\] core_sum_0;", text), "the design's own names"


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command without the price of a process, run in the test's folder."""

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["hw", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(main)
        captured = capfd.readouterr()
        return ended.value.code, captured.out, captured.err

    return finished


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("--fmt e4m3", "mac_lmul_e4m3_fp32"),
        ("--fmt e2m1 --acc bf16", "mac_lmul_e2m1_bf16"),
        ("--fmt e2m1 --kind exact --acc e2m1 --fused", "mac_exact_e2m1_e2m1_fused"),
        ("--fmt e2m1 --offset 0 --carry equation", "mac_lmul_e2m1_equation_offset0_fp32"),
        ("--fmt e3m2 --fmt-b e2m1 --subnormals gradual", "mac_lmul_e3m2_x_e2m1_gradual_fp32"),
    ],
)
def test_a_file_is_named_after_its_module(options, name, command, tmp_path):
    assert command("--unit", "mac", *options.split(), "--out", "rtl") == (0, f"rtl/{name}.v\n", "")
    text = (tmp_path / "rtl" / f"{name}.v").read_text()
    assert re.findall(r"^module (\w+)\(", text, flags=re.MULTILINE) == [name]
    assert text.startswith(f"// {name}: lmul-pe ")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--acc", "fp32"], "acc 'fp32' does not apply to unit mul"),
        (["--fused"], "fused '1' does not apply to unit mul"),
        (["--unit", "mul", "--acc", "bf16"], "acc 'bf16' does not apply to unit mul"),
        (["--unit", "mac", "--overflow", "saturate"], "overflow 'saturate' does not apply to unit"),
        (["--unit", "mac", "--rounding", "rne"], "rounding 'rne' does not apply to unit mac"),
        (["--unit", "mac", "--latency", "1"], "latency '1' does not apply to unit mac"),
        (["--unit", "mac", "--latency", "0"], "latency '0' does not apply to unit mac"),
        (["--unit", "mac", "--fmt-y", "fp16"], "fmt_y 'fp16' does not apply to unit mac"),
        (["--unit", "mac", "--guard", "raw"], "guard 'raw' is refused inside"),
        (["--unit", "mac", "--acc", "fp23"], "'fp23'"),
        (["--unit", "mac", "--acc", "e99m3"], "'e99m3'"),
        (["--unit", "mac", "--acc", ""], "''"),
        (["--unit", "mac", "--kind", "exact", "--fmt", "e11m52"], "products of 106 bits"),
        (["--unit", "mac", "--kind", "exact", "--offset", "1"], "offset '1' does not apply"),
        (["--unit", "MAC"], "unit 'MAC' is not one of mul, mac"),
        (["--unit", "mac", "--fused", "1"], "1"),
    ],
)
def test_bad_input_is_one_clear_line(options, named, command, tmp_path):
    usual = [] if "--fmt" in options else ["--fmt", "e4m3"]
    code, out, error = command(*usual, *options)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"error: [^\n]+\n", error)
    assert named in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    some(
        [
            "mac_lmul_e4m3_x_e5m2_equation_offset3_gradual_fp16",
            "mac_lmul_e4m3_fp32",
            "mac_exact_bf16_bf16_fused",
            "mac_exact_e4m3b5_gradual_e5m7",
        ],
        1,
    ),
)
def test_the_header_makes_the_same_file_again(name, command, tmp_path):
    mac = mac_named(name)
    text = exported_verilog(mac, "x")
    options = {
        "kind": mac.multiplier.kind,
        "fmt": mac.multiplier.format.name,
        "fmt-b": mac.multiplier.format_b.name,
        "carry": mac.multiplier.carry,
        "offset": mac.multiplier.offset,
        "subnormals": mac.multiplier.subnormals,
        "acc": mac.accumulator.format.name,
    }
    given = [f"--{option}={value}" for option, value in options.items() if value is not None]
    given += ["--fused"] if mac.accumulator.fused else []
    assert command("--unit=mac", *given, "--out", "first")[0] == 0
    first = (tmp_path / "first" / f"{name}.v").read_text()
    assert first.endswith(text[text.index("module ") :])
    (stated,) = re.findall(r"^// make verilog (.*)$", first, flags=re.MULTILINE)
    variables = dict(word.split("=", 1) for word in shlex.split(stated))
    again = ["--fused"] if variables.pop("FUSED", "0") == "1" else []
    again += [f"--{key.lower().replace('_', '-')}={value}" for key, value in variables.items()]
    assert command(*again, "--out", "second")[0] == 0
    assert (tmp_path / "second" / f"{name}.v").read_text() == first
