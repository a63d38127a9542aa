"""Multipliers as components."""
