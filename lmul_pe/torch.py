"""L-Mul in PyTorch, which the extra ``torch`` brings."""

from lmul_pe.model.network.torch_operator import *  # noqa: F403 - named there
from lmul_pe.model.network.torch_operator import __all__ as __all__
