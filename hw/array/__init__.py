"""Systolic arrays: elements, their control, and what stands at the edges."""
