"""Matrix products of float arrays by compiled loops, bit for bit those of the model."""
