"""Amaranth hardware of the specifications in ``model``, and its export."""

from lmul_pe.model.extras import require

require("hw", "lmul_pe.hw")
