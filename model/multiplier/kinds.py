"""The kinds of multiplier, and what each makes of two operands."""

from typing import Protocol

from lmul_pe.model.format.codec import Codes

from .exact import Exact
from .lmul import LMul
from .policies import Policies
from .product import Product
from .table import Table


class Kind(Protocol):
    """A way to multiply."""

    def compute(self, multiplier: Policies, a: Codes, b: Codes) -> Codes:
        """Product codes of ``a`` and ``b``, element by element."""

    def product(self, multiplier: Policies, a: Codes, b: Codes) -> Product:
        """The product before it is squeezed into a format."""

    def lowest_product_bit(self, multiplier: Policies) -> int:
        """Weight, as a power of two, of the lowest bit that is set in any product."""


KINDS: dict[str, Kind] = {"lmul": LMul(), "exact": Exact(), "table": Table()}
"""Every kind by its name, those of :data:`~.policies.KIND_NAMES`."""

COMPARED = ("lmul", "exact")
"""The kinds that are compared with each other where none is named."""
