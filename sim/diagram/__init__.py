"""Timing diagrams of streams, from simulations."""
