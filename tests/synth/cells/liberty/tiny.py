"""A Liberty file of three cells and of round figures, and a reader of texts."""

from lmul_pe.synth.cells.liberty.reader import read_liberty

# Times in ns, loads in pF, leakage in uW: scales of 1000, 1000 and 1000. Over the load in fF and
# the slew in ps, the inverter's delay rises as 10 + 2 load + 0.1 slew ps and falls 4 ps later.
TINY = """
/* a comment */ library ("tiny")
{
  time_unit : "1ns" ; capacitive_load_unit (1, pf);
  leakage_power_unit : 1uW
  voltage_unit : "1V";
  nom_voltage : 1.20; nom_temperature : 25;
  default_operating_conditions : slow;
  operating_conditions (slow) { voltage : 0.9; temperature : 125; process : 1; }
  default_max_capacitance : 0.05;
  lu_table_template (swapped) {
    variable_1 : total_output_net_capacitance; variable_2 : input_net_transition;
    index_1 ("0, 0.01"); index_2 ("0, 0.1");
  }
  cell (INV)
  {
    area : 1.5;
    leakage_power () { value : 1; when : "A"; }
    leakage_power () { value : 3; when : "!A"; }
    pin (A) { direction : input; rise_capacitance : 0.001; fall_capacitance : 0.003; }
    pin (Y) {
      direction : "output"; function : "A'";
      internal_power () {
        related_pin : "A";
        rise_power (scalar) { values ("0.002"); }
        fall_power (scalar) { values ("0.004"); }
      }
      timing () {
        related_pin : "A";
        cell_rise (swapped) { values ("0.010, 0.020", \\
                                      "0.030, 0.040"); }
        cell_fall (swapped) { values ("0.014, 0.024", "0.034, 0.044"); }
        rise_transition (scalar) { values ("0.02"); }
        fall_transition (scalar) { values ("0.04"); }
      }
    }
  }
  cell (NAND2) {
    area : 2; cell_leakage_power : 5;
    pin (A) { direction : input; capacitance : 0.002; }
    pin (B) { direction : input; capacitance : 0.002; }
    pin (Y) {
      direction : output; function : "(A B)'"; max_capacitance : 0.02;
      timing () { related_pin : "A B"; cell_rise (scalar) { values ("0.05"); } }
    }
  }
  cell (FILL) { area : 1; }
  cell (TIE) { area : 1; pin (Y) { direction : output; function : "1"; } }
  cell (AND2_OLD) {
    area : 2; dont_use : true;
    pin (A) { direction : input; }
    pin (Y) { direction : output; function : "nonsense ("; }
  }
  cell (LATCH) {
    area : 2; latch (IQ, IQN) { enable : "G"; data_in : "D"; }
    pin (D) { direction : input; } pin (G) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; }
  }
  cell (TRISTATE) {
    area : 2; pin (A) { direction : input; }
    pin (Y) { direction : output; function : "A"; three_state : "A"; }
  }
  cell (GATE) {
    area : 2; clock_gating_integrated_cell : latch_posedge; pin (A) { direction : input; }
    pin (Y) { direction : output; function : "A"; }
  }
  cell (SCAN) {
    area : 2; test_cell () { } pin (A) { direction : input; }
    pin (Y) { direction : output; function : "A"; }
  }
  cell (DFFN) {
    area : 9;
    ff (IQ, IQN) { clocked_on : "!CN"; next_state : "D"; clear : "!R"; }
    pin (D) {
      direction : input; capacitance : 0.001;
      timing () { related_pin : CN; timing_type : setup_falling;
        rise_constraint (scalar) { values ("0.03"); }
        fall_constraint (scalar) { values ("0.05"); } }
      timing () { related_pin : CN; timing_type : hold_falling;
        rise_constraint (scalar) { values ("0.5"); } }
    }
    pin (CN) {
      direction : input; capacitance : 0.001;
      internal_power () { rise_power (scalar) { values ("0.001"); }
                          fall_power (scalar) { values ("0.003"); } }
    }
    pin (R) { direction : input; capacitance : 0.001; }
    pin (Q) {
      direction : output; function : "IQ";
      timing () { related_pin : "CN"; timing_type : falling_edge;
        cell_rise (scalar) { values ("0.07"); } cell_fall (scalar) { values ("0.09"); } }
    }
  }
}
"""


def read(tmp_path, text, **reference):
    """What ``read_liberty`` makes of ``text`` in a file called ``tiny.lib``."""
    path = tmp_path / "tiny.lib"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_liberty(path, **reference)
