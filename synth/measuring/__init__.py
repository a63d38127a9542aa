"""Designs mapped, checked against the model and measured."""
