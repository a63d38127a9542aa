"""AXI-Stream ports and elastic register stages."""
