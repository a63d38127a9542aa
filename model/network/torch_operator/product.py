"""Matrix products of tensors, and what goes back through them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from lmul_pe.model import operations
from lmul_pe.model.choices import SpecificationError, WrongTypeError, unknown_choice
from lmul_pe.model.emulation.gradient import piecewise_gradients
from lmul_pe.model.emulation.numbers import numbers_of
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.unit.stack import Stack

BACKWARDS = ("exact", "lmul", "straight_through", "piecewise")
"""Ways back; see :func:`matmul`."""
_TYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Arithmetic:
    """What :func:`matmul` is told beside its operands.

    Raises
    ------
    SpecificationError
        Another way back, or one that does not apply.
    """

    format: FloatFormat | str
    backward: str = "exact"
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.backward not in BACKWARDS:
            raise unknown_choice("backward", self.backward, BACKWARDS)
        if self.backward == "piecewise" and self.multiplier.kind != "lmul":
            raise SpecificationError(
                f"backward 'piecewise' does not apply to {self.multiplier.name}: expected exact, "
                "or kind 'lmul'"
            )

    @property
    def multiplier(self) -> Multiplier:
        """The multiplier of its products."""
        policies = dict(self.options)
        for other in ("accumulate", "order", "threads"):
            policies.pop(other, None)
        return Multiplier(policies.pop("kind", "lmul"), self.format, **policies)

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """The product, without a gradient."""
        result = operations.matmul(_array(a), _array(b), self.format, **self.options)
        return torch.from_numpy(np.asarray(result)).to(a.dtype)

    def rounded(self, values: torch.Tensor, operand: int) -> torch.Tensor:
        """What the multiplier is given for ``values``."""
        multiplier = self.multiplier
        format = multiplier.operand_formats[operand]
        rounded = numbers_of(_array(values), format, multiplier.subnormals == "flush")
        return torch.from_numpy(rounded).to(values.dtype)


def _forward(ctx: Any, a: Any, b: Any, arithmetic: Arithmetic) -> Any:
    ctx.arithmetic = arithmetic
    ctx.save_for_backward(a, b)
    return arithmetic.forward(a, b)


def _backward(ctx: Any, gradient: Any) -> Any:
    arithmetic = ctx.arithmetic
    a, b = ctx.saved_tensors
    if arithmetic.backward == "piecewise":
        of_a, of_b = _piecewise(arithmetic, a, b, gradient)
    elif arithmetic.backward == "lmul":
        of_a = arithmetic.forward(gradient, b.transpose(-1, -2))
        of_b = arithmetic.forward(a.transpose(-1, -2), gradient)
    else:
        if arithmetic.backward == "exact":
            a, b = arithmetic.rounded(a, 0), arithmetic.rounded(b, 1)
        of_a = gradient @ b.transpose(-1, -2)
        of_b = a.transpose(-1, -2) @ gradient
    # An operand that was repeated has the sum of the gradients of all of its copies.
    return of_a.sum_to_size(a.shape), of_b.sum_to_size(b.shape), None


class _Product(torch.autograd.Function):
    forward = staticmethod(_forward)
    backward = staticmethod(torch.autograd.function.once_differentiable(_backward))


def _piecewise(
    arithmetic: Arithmetic, a: torch.Tensor, b: torch.Tensor, gradient: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    first, second = (
        _array(arithmetic.rounded(each, index)).astype(np.float64)
        for index, each in enumerate((a, b))
    )
    leading = gradient.shape[:-2]
    lefts = np.broadcast_to(first, (*leading, *first.shape[-2:]))
    rights = np.broadcast_to(second, (*leading, *second.shape[-2:]))
    arriving = _array(gradient).astype(np.float64)
    of_a, of_b = np.empty(lefts.shape), np.empty(rights.shape)
    for index in np.ndindex(leading):
        of_a[index], of_b[index] = piecewise_gradients(
            arithmetic.multiplier, lefts[index], rights[index], arriving[index]
        )
    return torch.from_numpy(of_a).to(a.dtype), torch.from_numpy(of_b).to(b.dtype)


def _array(values: torch.Tensor) -> Any:
    plain = values.detach()
    return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()


def matmul(
    a: torch.Tensor,
    b: torch.Tensor,
    format: FloatFormat | str,
    *,
    backward: str = "exact",
    **options: Any,
) -> torch.Tensor:
    """Matrix products of shapes as :func:`torch.matmul`.

    Parameters
    ----------
    a, b
        Tensors of one floating-point type, ``... x M x K`` and ``... x K x N``.
    format, options
        As of :func:`lmul_pe.matmul`.
    backward
        ``"exact"`` (default): the gradient of the exact product of the rounded operands;
        ``"lmul"``: that with its own matrix products computed as the forward one, operands and the
        gradient rounded; ``"straight_through"``: that of the product of the operands before they
        were rounded; ``"piecewise"``: the true one of L-Mul, which is piecewise constant
        (:mod:`lmul_pe.model.emulation.gradient`).  All of them take rounding into the format for
        no change.

    Raises
    ------
    SpecificationError
        As of :func:`lmul_pe.matmul`; operands that are no tensors of the processor or not of one
        floating-point type, each a :class:`TypeError`, too.
    """
    return product(a, b, Arithmetic(format, backward, options))


def product(a: torch.Tensor, b: torch.Tensor, arithmetic: Arithmetic | None) -> torch.Tensor:
    """:func:`matmul` with everything else in one; None means PyTorch's own."""
    if arithmetic is None:
        return torch.matmul(a, b)
    for which, each in (("first", a), ("second", b)):
        _refuse(each, which)
    if a.dtype != b.dtype:
        raise WrongTypeError(
            f"operands have types {a.dtype} and {b.dtype}: expected one type; .to() makes it"
        )
    # Shapes are refused before vectors become matrices.
    shape = Stack.of(*(np.broadcast_to(np.int8(0), each.shape) for each in (a, b))).shape
    left = a[None] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    return _Product.apply(left, right, arithmetic).reshape(shape)


def _refuse(values: Any, which: str) -> None:
    if not isinstance(values, torch.Tensor):
        raise WrongTypeError(
            f"the {which} operand has type {type(values).__name__}: pass a torch.Tensor"
        )
    if values.device.type != "cpu":
        raise WrongTypeError(
            f"the {which} operand is on {values.device}: expected the processor; .cpu() moves it"
        )
    if values.dtype not in _TYPES:
        raise WrongTypeError(
            f"the {which} operand has type {values.dtype}: expected float32, float64, float16 or "
            "bfloat16; .float() makes it"
        )
