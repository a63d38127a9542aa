"""The frontier of time and energy of a training pipeline, after Perseus."""
