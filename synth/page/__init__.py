"""One self-contained HTML page over all formats: ``python -m synth.page``."""
