"""Measured figures: what they are, the record that holds them, the store, and comparisons."""
