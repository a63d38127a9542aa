"""A design for FPGA boards: an array behind a serial port, and the host's side of it."""
