"""A linear layer whose matrix product is L-Mul's."""

from typing import Any

import torch

from lmul_pe.model.format.floating import FloatFormat

from .product import Arithmetic, product


def linear(
    inputs: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    arithmetic: Arithmetic | None,
) -> torch.Tensor:
    """``inputs @ weight.T + bias`` as :func:`torch.nn.functional.linear`; the bias is added as is.

    Raises
    ------
    SpecificationError
        As of :func:`.product.matmul`.
    """
    result = product(inputs, weight.T, arithmetic)
    return result if bias is None else result + bias


class Linear(torch.nn.Linear):
    """A :class:`torch.nn.Linear` with L-Mul products.

    Parameters
    ----------
    in_features, out_features, bias
        As of :class:`torch.nn.Linear`.
    format, backward, options
        As of :func:`.product.matmul`.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        format: FloatFormat | str,
        backward: str = "exact",
        **options: Any,
    ) -> None:
        super().__init__(in_features, out_features, bias)
        self.arithmetic = Arithmetic(format, backward, options)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The layer's outputs, ``... x out_features``."""
        return linear(input, self.weight, self.bias, self.arithmetic)
