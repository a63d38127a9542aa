"""Simulators, builds and runs."""
