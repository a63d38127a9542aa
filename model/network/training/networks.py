"""Small networks that can be trained in seconds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.network.layers import Array

from .tape import Node, Tape

Parameters = Mapping[str, Node]


class Network(Protocol):
    """What a training loop asks a network for."""

    def initial(self, random: np.random.Generator) -> dict[str, Array]:
        """Parameters to begin with, by name."""

    def logits(self, tape: Tape, parameters: Parameters, inputs: NDArray[np.generic]) -> Node:
        """Scores of every class, on the last axis."""


def linear(tape: Tape, x: Node, parameters: Parameters, name: str) -> Node:
    """``x`` times the matrix of a name, and through its adapter where it has one."""
    found = tape.matmul(x, parameters[name])
    down = parameters.get(adapter(name, "down"))
    if down is None:
        return found
    return tape.add(found, tape.matmul(tape.matmul(x, down), parameters[adapter(name, "up")]))


def adapter(name: str, which: str) -> str:
    """The name of one of the two matrices, ``down`` or ``up``, beside the matrix of a name."""
    return f"{which} of {name}"


def _matrix(random: np.random.Generator, rows: int, columns: int, gain: float = 1) -> Array:
    """Normal numbers that keep the variance of what they multiply, times ``gain``."""
    return random.normal(0, math.sqrt(gain / rows), (rows, columns)).astype(np.float32)


@dataclass(frozen=True)
class Perceptron:
    """Fully connected layers with rectifiers between them.

    Parameters
    ----------
    widths
        Of the input, of each hidden layer, and classes.
    """

    widths: tuple[int, ...]

    def initial(self, random: np.random.Generator) -> dict[str, Array]:
        found = {}
        for layer, (rows, columns) in enumerate(zip(self.widths, self.widths[1:], strict=False)):
            # arXiv 1502.01852: rectifiers halve the variance.
            found[f"weight {layer}"] = _matrix(random, rows, columns, 2)
            found[f"bias {layer}"] = np.zeros(columns, dtype=np.float32)
        return found

    def logits(self, tape: Tape, parameters: Parameters, inputs: NDArray[np.generic]) -> Node:
        x = Node(inputs.astype(np.float32), wanted=False)
        last = len(self.widths) - 2
        for layer in range(last + 1):
            x = tape.matmul(x, parameters[f"weight {layer}"])
            x = tape.add(x, parameters[f"bias {layer}"])
            if layer < last:
                x = tape.relu(x)
        return x


@dataclass(frozen=True)
class Mixture:
    """Experts, each a layer with rectifiers and one behind it, of which a router chooses one.

    The expert of the greatest score computes; its result is multiplied by its probability, so that
    the router learns, too.  A loss for balance is added (arXiv 2101.03961, Eq. 4), without which
    one expert takes all.

    Parameters
    ----------
    inputs, hidden, classes
        Widths of each expert.
    experts
        How many there are.
    balance
        Factor of that loss; the paper's 0.01 is too small for networks as small as those here.
    """

    inputs: int
    hidden: int
    classes: int
    experts: int
    balance: float

    @property
    def expert(self) -> Perceptron:
        """One of them alone."""
        return Perceptron((self.inputs, self.hidden, self.classes))

    def initial(self, random: np.random.Generator) -> dict[str, Array]:
        found = {"weight router": _matrix(random, self.inputs, self.experts)}
        for expert in range(self.experts):
            own = self.expert.initial(random)
            found |= {f"{name} of {expert}": value for name, value in own.items()}
        return found

    def chosen(
        self, tape: Tape, parameters: Parameters, inputs: NDArray[np.generic]
    ) -> tuple[NDArray[np.int64], Node]:
        """The expert of each input, and the probabilities of all."""
        x = Node(inputs.astype(np.float32), wanted=False)
        probabilities = tape.softmax(tape.matmul(x, parameters["weight router"]))
        return probabilities.value.argmax(axis=-1), probabilities

    def logits(self, tape: Tape, parameters: Parameters, inputs: NDArray[np.generic]) -> Node:
        chosen, probabilities = self.chosen(tape, parameters, inputs)
        shares = np.bincount(chosen, minlength=self.experts) / len(chosen)
        slope = self.balance * self.experts * shares / len(chosen)
        probabilities = tape.penalised(probabilities, slope.astype(np.float32))
        gate = tape.pick(probabilities, chosen)
        parts = []
        # An expert that nobody chooses computes nothing.
        for expert in np.unique(chosen):
            (places,) = np.nonzero(chosen == expert)
            ending = f" of {expert}"
            own = {
                name.removesuffix(ending): node
                for name, node in parameters.items()
                if name.endswith(ending)
            }
            result = self.expert.logits(tape, own, inputs[places])
            result = tape.multiply(result, tape.rows(gate, places))
            parts.append(tape.among(result, places, len(chosen)))
        whole = parts[0]
        for part in parts[1:]:
            whole = tape.add(whole, part)
        return whole


@dataclass(frozen=True)
class Transformer:
    """A decoder: causal attention and a rectified layer in each block, normalised before each.

    Parameters
    ----------
    tokens, positions
        How many there are of each.
    width, heads, blocks
        Features of a position, attention heads, and blocks.
    """

    tokens: int
    positions: int
    width: int
    heads: int
    blocks: int

    def initial(self, random: np.random.Generator) -> dict[str, Array]:
        width = self.width
        found = {
            "token": random.normal(0, 1, (self.tokens, width)).astype(np.float32),
            "position": random.normal(0, 0.1, (self.positions, width)).astype(np.float32),
        }
        for block in range(self.blocks):
            for name in ("query", "key", "value", "output"):
                found[f"weight {name} {block}"] = _matrix(random, width, width)
            found[f"weight up {block}"] = _matrix(random, width, 4 * width, 2)
            found[f"weight down {block}"] = _matrix(random, 4 * width, width)
        found["weight tokens"] = _matrix(random, width, self.tokens)
        return found

    def logits(self, tape: Tape, parameters: Parameters, inputs: NDArray[np.generic]) -> Node:
        indices = inputs.astype(np.int64)
        texts, length = indices.shape
        heads, width = self.heads, self.width

        def split(x: Node, name: str) -> Node:
            made = linear(tape, x, parameters, f"weight {name}")
            return tape.swap(tape.reshape(made, texts, length, heads, width // heads), 1, 2)

        x = tape.add(tape.rows(parameters["token"], indices), parameters["position"])
        x = tape.reshape(x, texts * length, width)
        for block in range(self.blocks):
            normal = tape.rms_norm(x)
            query, key, value = (
                split(normal, f"{name} {block}") for name in ("query", "key", "value")
            )
            scores = tape.matmul(query, tape.swap(key, -1, -2))
            weights = tape.attention_weights(scores, 1 / math.sqrt(width // heads))
            mixed = tape.swap(tape.matmul(weights, value), 1, 2)
            mixed = tape.reshape(mixed, texts * length, width)
            x = tape.add(x, linear(tape, mixed, parameters, f"weight output {block}"))
            up = tape.relu(linear(tape, tape.rms_norm(x), parameters, f"weight up {block}"))
            x = tape.add(x, linear(tape, up, parameters, f"weight down {block}"))
        logits = linear(tape, tape.rms_norm(x), parameters, "weight tokens")
        return tape.reshape(logits, texts, length, self.tokens)
