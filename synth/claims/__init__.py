"""The paper's claims judged over formats and technologies: ``python -m synth.claims``."""
