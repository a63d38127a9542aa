"""The design of a board as a Verilog file: what a simulator of somebody else makes of it."""

import os
import re
import shutil
import subprocess

import numpy as np
import pytest

from lmul_pe.hw.board.export import board_verilog, divisor_of
from lmul_pe.hw.board.protocol import Frame, Payloads
from lmul_pe.model import SpecificationError, array_named
from lmul_pe.sim.run.simulators import verilator

ARRAY = "array_os_2x2_int8_int32"
DIVISOR = 4
# Yosys writes the choices of a state machine as cases that come one before the other.
LINT = ("-Wall", "-Wno-WIDTH", "-Wno-DECLFILENAME", "-Wno-UNUSEDSIGNAL", "-Wno-CASEOVERLAP")

# Sends the bytes of a file, and prints those that come back.
BENCH = """
module bench;
  reg clk = 0, rx = 1;
  wire tx;
  reg [7:0] octets [0:COUNT - 1];
  reg [9:0] word;
  reg [7:0] back;
  integer index, place;
  board dut(.clk(clk), .rst(1'b0), .rx(rx), .tx(tx));
  always #1 clk = !clk;
  initial begin
    $readmemh("octets.hex", octets);
    repeat (8) @(negedge clk);
    for (index = 0; index < COUNT; index = index + 1) begin
      word = {1'b1, octets[index], 1'b0};
      repeat (10) begin
        rx = word[0];
        word = word >> 1;
        repeat (4) @(negedge clk);
      end
      // Each question has its answer before the next one.
      if (index == 7) repeat (40 * 40) @(negedge clk);
    end
    repeat (40 * 60) @(negedge clk);
    $finish;
  end
  always begin
    @(negedge tx);
    repeat (6) @(negedge clk);
    for (place = 0; place < 8; place = place + 1) begin
      back[place] = tx;
      repeat (4) @(negedge clk);
    end
    $display("%h", back);
  end
endmodule
"""


@pytest.fixture(scope="module")
def verilog():
    name, text = board_verilog(Payloads(array_named(ARRAY)), DIVISOR, "a board")
    assert name == f"board_{ARRAY}"
    return text


def test_its_ports_are_a_clock_a_reset_and_a_line(verilog):
    assert verilog.startswith("// a board\n")
    assert f"\nmodule board_{ARRAY}(clk, rst, rx, tx);\n" in verilog
    # No name has to be escaped.
    assert "\\" not in verilog


def test_verilator_has_nothing_to_say(verilog, tmp_path):
    simulator = verilator()
    environment = {**os.environ, **simulator.environment}
    environment["PATH"] = f"{simulator.environment.get('PATH', '')}:{os.environ['PATH']}"
    (tmp_path / "board.v").write_text(verilog)
    done = subprocess.run(
        ["verilator", "--lint-only", *LINT, "--top-module", f"board_{ARRAY}", "board.v"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
def test_icarus_verilog_computes_a_product_with_it(verilog, tmp_path):
    a, b = np.array([[1, -2, 3], [40, 50, -60]]), np.array([[7, 8], [-9, 10], [11, 127]])
    beats = b"".join(np.int8([*a[:, k], *b[k]]).tobytes() for k in range(3))
    octets = Frame(1, 0).octets() + Frame(2, 2, beats).octets()
    (tmp_path / "octets.hex").write_text(" ".join(f"{octet:02x}" for octet in octets))
    bench = BENCH.replace("COUNT", str(len(octets))).replace("board dut", f"board_{ARRAY} dut")
    (tmp_path / "bench.v").write_text(verilog + bench)
    subprocess.run(["iverilog", "-o", "bench", "bench.v"], cwd=tmp_path, check=True)
    done = subprocess.run(
        ["vvp", "bench"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    back = bytes(int(each, 16) for each in re.findall(r"^[0-9a-f]{2}$", done.stdout, re.MULTILINE))
    product = (a @ b).astype("<i4").tobytes()
    assert back == Frame(1, 0, b"\x01" + ARRAY.encode()).octets() + Frame(2, 0, product).octets()


@pytest.mark.parametrize(
    ("clock", "baud", "cycles"),
    [(25_000_000, 1_000_000, 25), (12_000_000, 115_200, 104), (12_000_000, 3_000_000, 4)],
)
def test_a_bit_is_a_whole_number_of_cycles(clock, baud, cycles):
    assert divisor_of(clock, baud) == cycles


@pytest.mark.parametrize(("baud", "nearest"), [(4_000_000, 3_000_000), (1_400_000, 1_333_333)])
def test_a_line_that_is_too_fast_for_the_clock_is_refused(baud, nearest):
    with pytest.raises(SpecificationError, match=f"baud {baud} is not .* nearest is {nearest}"):
        divisor_of(12_000_000, baud)
