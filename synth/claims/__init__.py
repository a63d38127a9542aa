"""The paper's claims judged over formats and technologies: ``python -m lmul_pe.synth.claims``."""
