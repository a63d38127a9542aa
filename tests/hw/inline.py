"""Blocks as plain submodules, so that Amaranth's simulator sees through a whole design."""

from lmul_pe.hw.blocks import Blocks, place


class InlineBlocks(Blocks):
    """Places every block as a submodule; nothing is shared or written apart."""

    def place(self, m, role, create, *, name, key=None, **inputs):
        return place(m, None, role, create, name=name, **inputs)
