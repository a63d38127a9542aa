"""Netlists of cells: read, put together from blocks, and timed."""
