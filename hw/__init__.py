"""Amaranth hardware of the specifications in ``model``, and its export."""
