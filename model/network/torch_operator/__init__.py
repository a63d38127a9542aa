"""L-Mul in PyTorch: matrix products with gradients, layers, and a drop-in for modules.

Tensors are of the processor; operands are rounded into the format, products and sums are those of
:func:`lmul_pe.matmul`, and results have the type of the operands.
"""

from lmul_pe.model.extras import require

require("torch", "lmul_pe.torch")

from .attention import scaled_dot_product_attention  # noqa: E402 - asked for first
from .linear import Linear  # noqa: E402
from .patch import Patch, patch  # noqa: E402
from .product import BACKWARDS, Arithmetic, matmul  # noqa: E402

__all__ = [
    "BACKWARDS",
    "Arithmetic",
    "Linear",
    "Patch",
    "matmul",
    "patch",
    "scaled_dot_product_attention",
]
