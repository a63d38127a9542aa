"""Reverse differentiation: operations are recorded as they run, then gradients run back.

Matrix products have an arithmetic of their own forward and another one backward; all else is
float32.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.network.arithmetic import Products
from lmul_pe.model.network.layers import Array, causal, softmax

Labels = NDArray[np.int64]

_EPSILON = np.float32(1e-5)


class Node:
    """An array, and the gradient of the loss after it once that is known.

    Parameters
    ----------
    wanted
        Whether anybody asks for its gradient; data have none.
    """

    def __init__(self, value: Array, *, wanted: bool = True):
        self.value = value
        self.wanted = wanted
        self.gradient: Array | None = None

    def receive(self, gradient: Array) -> None:
        """Add what one use of the array contributes."""
        self.gradient = gradient if self.gradient is None else self.gradient + gradient


class Counted:
    """Matrix products of an arithmetic, and how many multiplications they take.

    Members
    -------
    macs
        Multiply-accumulates so far.
    zeros
        Those of them of which an operand is zero, as the multiplier is given it.
    """

    def __init__(self, arithmetic: Products):
        self._arithmetic = arithmetic
        self.macs = 0
        self.zeros = 0

    def __call__(self, left: Array, right: Array) -> Array:
        """``... x M x K`` times ``... x K x N``."""
        first, second = self._arithmetic.left(left), self._arithmetic.right(right)
        macs = left.size * right.shape[-1]
        by_place = np.count_nonzero(first.values, axis=-2) * np.count_nonzero(second.values, -1)
        self.macs += macs
        self.zeros += macs - int(by_place.sum())
        return self._arithmetic.product(first, second)


class Tape:
    """The operations of one pass.

    Parameters
    ----------
    forward, backward
        Matrix products of values, and of gradients.
    """

    def __init__(self, forward: Counted, backward: Counted):
        self._forward = forward
        self._backward = backward
        self._steps: list[Callable[[], None]] = []

    def _record(self, value: Array, back: Callable[[Array], None]) -> Node:
        result = Node(value)

        def step() -> None:
            if result.gradient is not None:
                back(result.gradient)

        self._steps.append(step)
        return result

    def matmul(self, a: Node, b: Node) -> Node:
        """``... x M x K`` times ``... x K x N``, with the same leading axes."""

        def back(gradient: Array) -> None:
            if a.wanted:
                a.receive(self._backward(gradient, b.value.swapaxes(-1, -2)))
            if b.wanted:
                b.receive(self._backward(a.value.swapaxes(-1, -2), gradient))

        return self._record(self._forward(a.value, b.value), back)

    def add(self, x: Node, y: Node) -> Node:
        """The sum; ``y`` may lack leading axes."""

        def back(gradient: Array) -> None:
            x.receive(gradient)
            missing = tuple(range(gradient.ndim - y.value.ndim))
            y.receive(gradient.sum(axis=missing))

        return self._record(x.value + y.value, back)

    def relu(self, x: Node) -> Node:
        """Negative numbers become zero."""
        value = np.maximum(x.value, 0)
        return self._record(value, lambda gradient: x.receive(gradient * (value > 0)))

    def rms_norm(self, x: Node) -> Node:
        """Rows divided by their root mean square."""
        size = np.sqrt((x.value * x.value).mean(axis=-1, keepdims=True) + _EPSILON)
        value = x.value / size

        def back(gradient: Array) -> None:
            along = (gradient * value).mean(axis=-1, keepdims=True)
            x.receive((gradient - value * along) / size)

        return self._record(value, back)

    def attention_weights(self, scores: Node, factor: float) -> Node:
        """Causal softmax of ``... x T x T`` scores times ``factor``."""
        scale = np.float32(factor)
        value = softmax(causal(scores.value * scale))

        def back(gradient: Array) -> None:
            along = (gradient * value).sum(axis=-1, keepdims=True)
            scores.receive(value * (gradient - along) * scale)

        return self._record(value, back)

    def rows(self, table: Node, indices: Labels) -> Node:
        """The rows of ``table`` at ``indices``, one for each."""

        def back(gradient: Array) -> None:
            found = np.zeros_like(table.value)
            np.add.at(found, indices, gradient)
            table.receive(found)

        return self._record(table.value[indices], back)

    def reshape(self, x: Node, *shape: int) -> Node:
        """The same numbers in another shape."""
        before = x.value.shape
        return self._record(
            x.value.reshape(shape), lambda gradient: x.receive(gradient.reshape(before))
        )

    def swap(self, x: Node, first: int, second: int) -> Node:
        """Two axes exchanged."""
        return self._record(
            x.value.swapaxes(first, second),
            lambda gradient: x.receive(gradient.swapaxes(first, second)),
        )

    def backward(self, logits: Node, labels: Labels, scale: float) -> float:
        """Give every node its gradient of the mean cross entropy, times ``scale``.

        Returns
        -------
        The mean cross entropy itself, in nats.
        """
        loss, probabilities = cross_entropy(logits.value, labels)
        np.put_along_axis(
            probabilities,
            labels[..., None],
            np.take_along_axis(probabilities, labels[..., None], -1) - 1,
            -1,
        )
        logits.receive(probabilities * np.float32(scale / labels.size))
        for step in reversed(self._steps):
            step()
        return loss


def cross_entropy(logits: Array, labels: Labels) -> tuple[float, Array]:
    """The mean over ``labels``, in nats, and the probabilities of all classes."""
    shifted = logits.astype(np.float64)
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    right = np.take_along_axis(logs, labels[..., None], axis=-1)
    return -float(right.mean()), np.exp(logs).astype(np.float32)
