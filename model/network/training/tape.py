"""Reverse differentiation: operations are recorded as they run, then gradients run back.

Matrix products have an arithmetic of their own forward and another one backward; all else is
float32.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.network.arithmetic import Products
from lmul_pe.model.network.layers import Array, causal, rotated, silu, softmax

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
        """Add what one use of the array contributes, where anybody asks for it."""
        if not self.wanted:
            return
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
        self._scale = np.float32(1)

    def _record(self, value: Array, back: Callable[[Array], None], *sources: Node) -> Node:
        """A result of ``sources``; nothing goes back where none of them wants a gradient."""
        result = Node(value, wanted=any(each.wanted for each in sources))
        if not result.wanted:
            return result

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

        return self._record(self._forward(a.value, b.value), back, a, b)

    def add(self, x: Node, y: Node) -> Node:
        """The sum; ``y`` may lack leading axes."""

        def back(gradient: Array) -> None:
            x.receive(gradient)
            missing = tuple(range(gradient.ndim - y.value.ndim))
            y.receive(gradient.sum(axis=missing))

        return self._record(x.value + y.value, back, x, y)

    def multiply(self, x: Node, y: Node) -> Node:
        """The product element by element; ``y`` may lack leading axes, or have one number a row."""

        def back(gradient: Array) -> None:
            x.receive(gradient * y.value)
            if y.wanted:
                found = gradient * x.value
                found = found.sum(axis=tuple(range(found.ndim - y.value.ndim)))
                whole = found.shape == y.value.shape
                y.receive(found if whole else found.sum(axis=-1, keepdims=True))

        return self._record(x.value * y.value, back, x, y)

    def relu(self, x: Node) -> Node:
        """Negative numbers become zero."""
        value = np.maximum(x.value, 0)
        return self._record(value, lambda gradient: x.receive(gradient * (value > 0)), x)

    def silu(self, x: Node) -> Node:
        """Each number times its logistic function."""
        value = silu(x.value)
        with np.errstate(over="ignore"):
            share = 1 / (1 + np.exp(-x.value))
        slope = share + value * (1 - share)
        return self._record(value, lambda gradient: x.receive(np.asarray(gradient * slope)), x)

    def rotate(self, x: Node, turn: tuple[Array, Array]) -> Node:
        """Rotary position embedding, as of :func:`~.layers.rotated`."""
        cosine, sine = turn
        return self._record(
            rotated(x.value, turn),
            lambda gradient: x.receive(rotated(gradient, (cosine, -sine))),
            x,
        )

    def rms_norm(self, x: Node) -> Node:
        """Rows divided by their root mean square."""
        size = np.sqrt((x.value * x.value).mean(axis=-1, keepdims=True) + _EPSILON)
        value = x.value / size

        def back(gradient: Array) -> None:
            along = (gradient * value).mean(axis=-1, keepdims=True)
            x.receive((gradient - value * along) / size)

        return self._record(value, back, x)

    def attention_weights(self, scores: Node, factor: float) -> Node:
        """Causal softmax of ``... x T x T`` scores times ``factor``."""
        scale = np.float32(factor)
        return self._shares(scores, softmax(causal(scores.value * scale)), scale)

    def softmax(self, scores: Node) -> Node:
        """Rows of probabilities."""
        return self._shares(scores, softmax(scores.value), np.float32(1))

    def _shares(self, scores: Node, value: Array, scale: np.float32) -> Node:
        """Probabilities ``value``, the softmax of ``scores`` times ``scale``."""

        def back(gradient: Array) -> None:
            along = (gradient * value).sum(axis=-1, keepdims=True)
            scores.receive(value * (gradient - along) * scale)

        return self._record(value, back, scores)

    def penalised(self, x: Node, slope: Array) -> Node:
        """``x``, where the loss has a further term whose gradient by ``x`` is ``slope``."""
        return self._record(x.value, lambda gradient: x.receive(gradient + slope * self._scale), x)

    def pick(self, x: Node, columns: Labels) -> Node:
        """One number of each row, ``rows x 1``."""
        places = columns[:, None]

        def back(gradient: Array) -> None:
            found = np.zeros_like(x.value)
            np.put_along_axis(found, places, gradient, -1)
            x.receive(found)

        return self._record(np.take_along_axis(x.value, places, -1), back, x)

    def rows(self, table: Node, indices: Labels) -> Node:
        """The rows of ``table`` at ``indices``, one for each."""

        def back(gradient: Array) -> None:
            found = np.zeros_like(table.value)
            np.add.at(found, indices, gradient)
            table.receive(found)

        return self._record(table.value[indices], back, table)

    def among(self, x: Node, places: Labels, count: int) -> Node:
        """``count`` rows, of which those at ``places``, all different, are those of ``x``."""
        value = np.zeros((count, *x.value.shape[1:]), dtype=x.value.dtype)
        value[places] = x.value
        return self._record(value, lambda gradient: x.receive(gradient[places]), x)

    def reshape(self, x: Node, *shape: int) -> Node:
        """The same numbers in another shape."""
        before = x.value.shape
        return self._record(
            x.value.reshape(shape), lambda gradient: x.receive(gradient.reshape(before)), x
        )

    def swap(self, x: Node, first: int, second: int) -> Node:
        """Two axes exchanged."""
        return self._record(
            x.value.swapaxes(first, second),
            lambda gradient: x.receive(gradient.swapaxes(first, second)),
            x,
        )

    def backward(self, logits: Node, labels: Labels, scale: float) -> float:
        """Give every node its gradient of the mean cross entropy, times ``scale``, once.

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
        self._scale = np.float32(scale)
        logits.receive(probabilities * np.float32(scale / labels.size))
        # Each step goes once it is done, and the arrays that it held with it: they are large, and
        # what a tape holds refers to the tape.
        while self._steps:
            self._steps.pop()()
        return loss


def cross_entropy(logits: Array, labels: Labels) -> tuple[float, Array]:
    """The mean over ``labels``, in nats, and the probabilities of all classes."""
    shifted = logits.astype(np.float64)
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    right = np.take_along_axis(logs, labels[..., None], axis=-1)
    return -float(right.mean()), np.exp(logs).astype(np.float32)
