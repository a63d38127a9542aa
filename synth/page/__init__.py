"""One self-contained HTML page over all formats: ``python -m lmul_pe.synth.page``."""
