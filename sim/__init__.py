"""Checks of exported designs in a simulator, against the bit-exact model."""

from lmul_pe.model.extras import require

require("sim", "lmul_pe.sim")
