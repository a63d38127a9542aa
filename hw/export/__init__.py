"""Designs as RTLIL and as stand-alone Verilog."""
