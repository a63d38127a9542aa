"""Synthesis: designs mapped to netlists, by several recipes."""
