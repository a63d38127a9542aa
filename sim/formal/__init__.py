"""Proofs about designs: what no operand and no sequence of inputs can break."""
