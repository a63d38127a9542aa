"""Checks of exported designs in a simulator, against the bit-exact model."""
