"""Adders, shifters and bits: what multipliers and accumulators are made of."""
