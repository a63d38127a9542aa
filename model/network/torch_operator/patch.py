"""A drop-in: attention or linear layers of a module by L-Mul, until it is undone."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from lmul_pe.model.choices import SpecificationError, WrongTypeError, unknown_choice
from lmul_pe.model.format.floating import FloatFormat

from .attention import attention, multihead
from .linear import Linear, linear
from .product import Arithmetic

PLACES = ("attention", "linear", "all")


class _Attention(TorchFunctionMode):
    """While it lasts, scaled dot-product attention is L-Mul's."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        super().__init__()
        self._arithmetic = arithmetic

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        if func is torch.nn.functional.scaled_dot_product_attention:
            return attention(*args, **given, arithmetic=self._arithmetic)[0]
        return func(*args, **given)


class _Inside:
    """A module's forward, in which scaled dot-product attention is L-Mul's."""

    def __init__(self, forward: Callable[..., Any], arithmetic: Arithmetic) -> None:
        # Of two patches the later one holds.
        self._own: Callable[..., Any] = forward._own if isinstance(forward, _Inside) else forward
        self._arithmetic = arithmetic

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with _Attention(self._arithmetic):
            return self._own(*args, **kwargs)


class Patch:
    """What :func:`patch` has changed; as a context manager it is undone at the end.

    Of several patches of one module the last is undone first.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def undo(self) -> None:
        """Give the module its own products back; a second time changes nothing."""
        while self._undo:
            self._undo.pop()()

    def __enter__(self) -> "Patch":
        return self

    def __exit__(self, *error: object) -> None:
        self.undo()

    def replace(self, module: torch.nn.Module, forward: Callable[..., Any]) -> None:
        """Let ``module`` compute by ``forward``."""
        own = vars(module).get("forward")
        module.forward = forward
        # A module with a hook keeps out of PyTorch's fused paths, which never call its forward.
        hook = module.register_forward_hook(lambda *_: None)

        def back() -> None:
            hook.remove()
            if own is None:
                del module.forward
            else:
                module.forward = own

        self._undo.append(back)


def patch(
    module: torch.nn.Module,
    format: FloatFormat | str,
    where: str = "attention",
    *,
    backward: str = "exact",
    **options: Any,
) -> Patch:
    """Replace matrix products of a module and of the modules in it.

    Parameters
    ----------
    where
        ``"attention"`` (default): calls of ``torch.nn.functional.scaled_dot_product_attention``
        and the two products of every :class:`torch.nn.MultiheadAttention`; ``"linear"``: every
        :class:`torch.nn.Linear`, and the projections of every ``MultiheadAttention``; ``"all"``:
        both.
    format, backward, options
        As of :func:`.product.matmul`.

    Returns
    -------
    What takes it back: ``.undo()``, or the end of a ``with`` block.

    Raises
    ------
    SpecificationError
        As of :func:`.product.matmul`, another place, nothing to replace, or a
        ``MultiheadAttention`` with ``add_bias_kv`` or ``add_zero_attn``.
    """
    if where not in PLACES:
        raise unknown_choice("where", where, PLACES)
    if not isinstance(module, torch.nn.Module):
        raise WrongTypeError(f"{type(module).__name__} is no module: pass a torch.nn.Module")
    arithmetic = Arithmetic(format, backward, options)
    products = arithmetic if where != "linear" else None
    projections = arithmetic if where != "attention" else None
    heads = [each for each in module.modules() if isinstance(each, torch.nn.MultiheadAttention)]
    layers = [
        each
        for each in module.modules()
        if isinstance(each, torch.nn.Linear) and not isinstance(each, Linear)
    ]
    for head in heads:
        if head.bias_k is not None or head.add_zero_attn:
            raise SpecificationError(
                "a MultiheadAttention with add_bias_kv or add_zero_attn cannot be patched: "
                "expected one without"
            )
    if where == "linear" and not (heads or layers):
        raise SpecificationError(
            f"{type(module).__name__} has no linear layers: expected some, or where='attention'"
        )
    done = Patch()
    for head in heads:
        done.replace(head, partial(multihead, head, products, projections))
    if projections is not None:
        for layer in layers:
            done.replace(layer, partial(_linear, layer, projections))
    if products is not None and module not in heads:
        done.replace(module, _Inside(module.forward, arithmetic))
    return done


def _linear(layer: torch.nn.Linear, arithmetic: Arithmetic, input: torch.Tensor) -> torch.Tensor:
    return linear(input, layer.weight, layer.bias, arithmetic)
