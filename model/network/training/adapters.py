"""A trained network of which a part is trained further: adapters of low rank, or whole matrices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.network.layers import Array

from .networks import Network, Parameters, adapter
from .tape import Node, Tape


@dataclass(frozen=True)
class Adapted:
    """A network whose parameters are adapters alone (arXiv 2106.09685); those it had are frozen.

    Parameters
    ----------
    network
        It multiplies by :func:`~.networks.linear`.
    weights
        Parameters that it had.
    targets
        Names of the matrices that are adapted.
    rank
        Of the adapters: what lies between their two matrices.  None: no adapters, the matrices
        themselves are trained.
    """

    network: Network
    weights: Mapping[str, Array]
    targets: tuple[str, ...]
    rank: int | None

    def initial(self, random: np.random.Generator) -> dict[str, Array]:
        """Adapters that change nothing yet."""
        if self.rank is None:
            return {name: self.weights[name] for name in self.targets}
        found = {}
        for name in self.targets:
            rows, columns = self.weights[name].shape
            down = random.normal(0, math.sqrt(1 / rows), (rows, self.rank))
            found[adapter(name, "down")] = down.astype(np.float32)
            found[adapter(name, "up")] = np.zeros((self.rank, columns), dtype=np.float32)
        return found

    def logits(self, tape: Tape, parameters: Parameters, inputs: NDArray[np.generic]) -> Node:
        frozen = {
            name: Node(value, wanted=False)
            for name, value in self.weights.items()
            if name not in parameters
        }
        return self.network.logits(tape, {**frozen, **parameters}, inputs)

    def merged(self, learnt: Mapping[str, Array]) -> dict[str, Array]:
        """The network's weights with what adapters, or matrices, have learnt."""
        if self.rank is None:
            return {**self.weights, **learnt}
        return {
            **self.weights,
            **{
                name: self.weights[name]
                + learnt[adapter(name, "down")] @ learnt[adapter(name, "up")]
                for name in self.targets
            },
        }
