"""Accumulators as components."""
