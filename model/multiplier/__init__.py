"""Multipliers: their specifications, and the products that they give."""
