"""Accumulators: how sums of products are kept, and when they are rounded."""
