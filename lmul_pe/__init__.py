"""L-Mul and conventional floating-point processing elements: model, hardware, checks and cost.

The names here are those of :mod:`lmul_pe.model`, which needs NumPy only; ``lmul_pe.hw``,
``lmul_pe.sim`` and ``lmul_pe.synth`` are imported by their names, and need the extras of theirs.
"""

from lmul_pe.model import *  # noqa: F403 - named there
from lmul_pe.model import __all__ as __all__
