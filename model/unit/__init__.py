"""Units that add up products: multiply-accumulate, dot product, systolic array."""
