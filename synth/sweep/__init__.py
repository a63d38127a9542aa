"""Whole spaces of designs measured, on one machine or on a cluster, and the best of them found."""

from lmul_pe.model.extras import require

require("sweep", "lmul_pe.synth.sweep")
