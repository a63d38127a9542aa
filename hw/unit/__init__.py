"""Multiply-accumulate units and dot products: a multiplier, an adder and a loop."""
