"""What the cocotb tests are made of: drivers, expected results, and cases."""
