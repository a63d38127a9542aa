"""What happens in a netlist, bit for bit and with glitches, and the energy of it."""
