"""The real thing in small: one file of every sort that people hand to the tool."""

NETLISTS = (
    """module top(a, b, y);
  input a, b; output y; wire n1;
  NAND2_X1 u1 (.A1(a), .A2(b), .ZN(n1));
  INV_X1 u2 (.A(n1), .ZN(y));
endmodule
""",
    """`timescale 1ps/1ps
// of another tool
module top(a, clk, y);
  input [3:0] a; input clk; output y; wire n1, n2; wire [1:0] \\r[0] ; supply0 z;
  (* keep *) NAND2_X1 #(1) u1 (.A1(a[0]), .A2(a[1]), .ZN(n1));
  XOR2_X1 u2 (.A(a[2]), .B(1'b1), .Z(n2));
  DFF_X1 \\reg[1] (.D(n1), .CK(clk), .Q(y), .QN());
  assign \\r[0] = {n1, 1'h0};
endmodule
""",
)

VCDS = (
    """$date today $end
$timescale 1ps $end
$scope module tb $end
$scope module dut $end
$var wire 1 ! a $end
$var wire 1 " b $end
$var reg 1 # y $end
$var wire 1 $ n1 $end
$upscope $end
$upscope $end
$enddefinitions $end
#0
$dumpvars
0!
0"
1$
0#
$end
#100
1!
#200
x!
1"
#300
1!
0$
1#
#400
""",
    """$timescale 10 ns $end
$scope module top $end
$var wire 2 ! a [1:0] $end
$var integer 32 " i $end
$var wire 1 # y $end
$var real 64 r r $end
$upscope $end
$enddefinitions $end
#0
b01 !
b0 "
r1.5 r
$dumpoff
xy
$end
#7
b1x !
$dumpon
1#
$end
#9
""",
)

SAIFS = (
    """(SAIFILE (SAIFVERSION "2.0") (DIRECTION "backward") (DIVIDER /) (TIMESCALE 1 ps)
(DURATION 4000)
(INSTANCE tb (INSTANCE dut
 (NET
  (a (T0 2000) (T1 2000) (TX 0) (TC 39) (IG 0))
  (b (T0 2000) (T1 2000) (TX 0) (TC 19) (IG 0))
  (n1 (T0 1000) (T1 3000) (TX 0) (TC 19) (IG 0))
  (y\\[0\\] (T0 3000) (T1 1000) (TX 0) (TC 19) (IG 0)))
 (INSTANCE u1
  (PORT (ZN (T0 1000) (T1 3000) (TX 0)
    (COND A2 (FALL) (IOPATH A1 (TC 10) (IG 0)) (RISE) (IOPATH A1 (TC 9) (IG 0)))
    (TC 19) (IG 0)))))))
""",
)

PROFILE = "stage,instruction,frequency,time,energy\n" + "".join(
    f"{stage},{instruction},{frequency},{work * 1000 / frequency},{work * frequency / 5}\n"
    for stage in (0, 1)
    for instruction, work in (("forward", 0.01), ("backward", 0.021))
    for frequency in (1000, 800, 600)
)

LIBERTY = """library (own) {
  time_unit : "1ps"; voltage_unit : "1V"; capacitive_load_unit (1, ff);
  leakage_power_unit : "1nW"; nom_voltage : 1.0; nom_temperature : 25;
  default_operating_conditions : typical;
  operating_conditions (typical) { voltage : 1.1; temperature : 25; process : 1; }
  lu_table_template (t) {
    variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("1, 100"); index_2 ("1, 10, 40");
  }
  cell (INV_X1) {
    area : 1; leakage_power () { value : 3; when : "!A"; related_pg_pin : VDD; }
    pg_pin (VDD) { pg_type : primary_power; }
    pin (A) { direction : input; rise_capacitance : 1; fall_capacitance : 3; }
    pin (ZN) { direction : output; function : "A'"; max_capacitance : 40;
      timing () { related_pin : "A"; timing_sense : negative_unate;
        cell_rise (t) { values ("5, 15, 45", \\
                                "6, 16, 46"); }
        rise_transition (t) { values ("6, 18, 54", "7.2, 19.2, 55.2"); } }
      internal_power () { related_pin : "A"; when : "A";
        rise_power (scalar) { values ("0.5"); } fall_power (scalar) { values ("0.25"); } }
    }
  }
  cell (NAND2_X1) {
    area : 2; cell_leakage_power : 5;
    pin (A1) { direction : input; capacitance : 2; }
    pin (A2) { direction : input; capacitance : 2; }
    pin (ZN) { direction : output; function : "!(A1 & A2)"; max_capacitance : 20;
      timing () { related_pin : "A1 A2"; cell_rise (scalar) { values ("0.05"); } } }
  }
  cell (DFF_X1) {
    area : 6; ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; clear : "!R"; }
    pin (CK) { direction : input; clock : true; capacitance : 1; }
    pin (D) { direction : input; capacitance : 1;
      timing () { related_pin : "CK"; timing_type : setup_rising;
        rise_constraint (scalar) { values ("10"); } } }
    pin (R) { direction : input; capacitance : 1; }
    pin (Q) { direction : output; function : "IQ";
      timing () { related_pin : "CK"; timing_type : rising_edge;
        cell_rise (scalar) { values ("8"); } } }
  }
}
"""

SPACE = """levels = ["multiplier", "mac", "dot"]
formats = ["e4m3", "bf16"]
kinds = ["lmul", "exact", "table"]
offset = ["paper", "none"]
table_bits = [2, 3]
accumulators = ["fp32", "window"]
lanes = [4, 16]
technologies = ["nangate45"]
clocks_ps = [1000, 2000]

[[exclude]]
levels = ["mac", "dot"]
offset = "none"
"""
