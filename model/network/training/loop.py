"""The training loop: Adam on float32 weights, matrix products in an arithmetic of choice."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.network.arithmetic import FLOAT32, Arithmetic
from lmul_pe.model.network.layers import Array

from .data import Data, Examples
from .networks import Network
from .tape import Counted, Node, Tape, cross_entropy

_DECAYS = (0.9, 0.999)
_LEAST = np.float32(1e-8)


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    forward, backward
        Arithmetic of matrix products of values, and of gradients; None is float32.
    epochs, batch
        Passes over the examples at most (0: the first weights are judged), and examples in a step.
    rate
        Of Adam (arXiv 1412.6980).
    loss_scale
        Factor of gradients on their way, taken back before they are used (arXiv 1710.03740).
    patience
        Epochs without a better validation loss after which training stops, with the best weights;
        None never stops.
    pruning
        Which weights become zero for good after half of the epochs: a share, the smallest of each
        matrix, or ``"2:4"``, the two smallest of each four neighbours along a sum; None: none.

    Raises
    ------
    SpecificationError
        A pruning that is impossible.
    """

    forward: Arithmetic | None
    backward: Arithmetic | None
    epochs: int
    batch: int
    rate: float
    loss_scale: float = 1
    patience: int | None = None
    pruning: float | str | None = None

    def __post_init__(self) -> None:
        share = isinstance(self.pruning, float) and 0 < self.pruning < 1
        if self.pruning is not None and self.pruning != "2:4" and not share:
            raise SpecificationError(
                f"pruning {self.pruning!r} is not possible: expected a share between 0 and 1, "
                "or '2:4'"
            )


@dataclass(frozen=True)
class Run:
    """What came of one training.

    Parameters
    ----------
    losses, validation
        Mean loss by epoch, in nats: while learning, and on the validation examples after it.
    test_loss, accuracy
        On the test examples, by the forward arithmetic; no loss where it is infinite.
    macs, zeros
        Multiply-accumulates of training, evaluation left out, and the share of them with an operand
        of zero.
    pruned
        Share of the weights of matrices that pruning made zero.
    diverged
        Whether a loss became infinite, or no number; the epoch it happened in is not counted.
    """

    losses: tuple[float, ...]
    validation: tuple[float, ...]
    test_loss: float | None
    accuracy: float
    macs: int
    zeros: float
    pruned: float
    diverged: bool


def train(network: Network, data: Data, recipe: Recipe, random: np.random.Generator) -> Run:
    """Train ``network`` on ``data``; ``random`` gives its first weights and the order."""
    return learned(network, data, recipe, random)[0]


def learned(
    network: Network, data: Data, recipe: Recipe, random: np.random.Generator
) -> tuple[Run, dict[str, Array]]:
    """What :func:`train` gives, and the parameters that were learnt."""
    training = _Training(network, data, recipe, random)
    # What overflows ends the training, which says so.
    with np.errstate(all="ignore"):
        return training.run(), training.weights


@dataclass
class _Training:
    network: Network
    data: Data
    recipe: Recipe
    random: np.random.Generator
    weights: dict[str, Array] = field(init=False)
    masks: dict[str, NDArray[np.bool_]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        recipe = self.recipe
        self.forward = Counted(recipe.forward or FLOAT32)
        self.backward = Counted(recipe.backward or FLOAT32)
        self.weights = self.network.initial(self.random)
        self.adam = _Adam(recipe.rate, self.weights)

    def run(self) -> Run:
        recipe, data = self.recipe, self.data
        losses: list[float] = []
        validation: list[float] = []
        best = kept = dict(self.weights)
        diverged = False
        for epoch in range(recipe.epochs):
            if epoch == recipe.epochs // 2:
                self._prune()
            loss = self._epoch()
            judged, _ = self._judged(data.validation)
            diverged = not np.isfinite([loss, judged]).all()
            if diverged:
                break
            kept = dict(self.weights)
            if not validation or judged < min(validation):
                best = kept
            losses.append(loss)
            validation.append(judged)
            waited = epoch - int(np.argmin(validation))
            if recipe.patience is not None and waited >= recipe.patience:
                break
        self.weights = kept if recipe.patience is None else best
        test_loss, accuracy = self._judged(data.test)
        macs = self.forward.macs + self.backward.macs
        return Run(
            tuple(losses),
            tuple(validation),
            test_loss if np.isfinite(test_loss) else None,
            accuracy,
            macs,
            (self.forward.zeros + self.backward.zeros) / max(macs, 1),
            self._pruned_share(),
            diverged,
        )

    def _epoch(self) -> float:
        """The mean loss of one pass over all examples, in an order of its own."""
        recipe, training = self.recipe, self.data.training
        order = self.random.permutation(len(training))
        losses = []
        for start in range(0, len(order), recipe.batch):
            batch = training[order[start : start + recipe.batch]]
            nodes = {name: Node(value) for name, value in self.weights.items()}
            tape = Tape(self.forward, self.backward)
            logits = self.network.logits(tape, nodes, batch.inputs)
            loss = tape.backward(logits, batch.labels, recipe.loss_scale)
            losses.append(loss)
            if not np.isfinite(loss):
                break
            gradients = {
                name: node.gradient / np.float32(recipe.loss_scale)
                for name, node in nodes.items()
                if node.gradient is not None
            }
            self.weights = self.adam.step(self.weights, gradients)
            for name, mask in self.masks.items():
                self.weights[name] = self.weights[name] * mask
        return float(np.mean(losses))

    def _judged(self, examples: Examples) -> tuple[float, float]:
        """Mean loss, and share of labels that are the likeliest class."""
        nodes = {name: Node(value, wanted=False) for name, value in self.weights.items()}
        # Counts are of training.
        forward = Counted(self.recipe.forward or FLOAT32)
        logits = self.network.logits(Tape(forward, forward), nodes, examples.inputs).value
        loss, probabilities = cross_entropy(logits, examples.labels)
        return loss, float((probabilities.argmax(axis=-1) == examples.labels).mean())

    def _prune(self) -> None:
        pruning = self.recipe.pruning
        if pruning is None:
            return
        for name, value in self.weights.items():
            if name.startswith("weight"):
                mask = two_of_four(value) if isinstance(pruning, str) else largest(value, pruning)
                self.masks[name] = mask
                self.weights[name] = value * mask

    def _pruned_share(self) -> float:
        masks = list(self.masks.values())
        return 1 - sum(mask.sum() for mask in masks) / sum(map(np.size, masks)) if masks else 0.0


def largest(weights: Array, share: float) -> NDArray[np.bool_]:
    """Which weights stay when the smallest ``share`` of them goes."""
    order = np.argsort(np.abs(weights), axis=None)
    mask = np.ones(weights.size, dtype=np.bool_)
    mask[order[: round(share * weights.size)]] = False
    return mask.reshape(weights.shape)


def two_of_four(weights: Array) -> NDArray[np.bool_]:
    """Which stay when of each four neighbours along a column the two smallest go.

    Rows beyond the last whole four all stay.
    """
    rows, columns = weights.shape
    whole = rows - rows % 4
    groups = np.abs(weights[:whole]).reshape(whole // 4, 4, columns)
    rank = groups.argsort(axis=1).argsort(axis=1)
    mask = np.ones(weights.shape, dtype=np.bool_)
    mask[:whole] = (rank >= 2).reshape(whole, columns)
    return mask


class _Adam:
    """Steps by gradients over the root of their mean square."""

    def __init__(self, rate: float, weights: dict[str, Array]):
        self._rate = rate
        self._count = 0
        self._mean = {name: np.zeros_like(value) for name, value in weights.items()}
        self._square = {name: np.zeros_like(value) for name, value in weights.items()}

    def step(self, weights: dict[str, Array], gradients: dict[str, Array]) -> dict[str, Array]:
        self._count += 1
        first, second = np.float32(_DECAYS[0]), np.float32(_DECAYS[1])
        rate = np.float32(
            self._rate * np.sqrt(1 - _DECAYS[1] ** self._count) / (1 - _DECAYS[0] ** self._count)
        )
        found = dict(weights)
        for name, gradient in gradients.items():
            mean = first * self._mean[name] + (1 - first) * gradient
            square = second * self._square[name] + (1 - second) * gradient * gradient
            self._mean[name], self._square[name] = mean, square
            step = rate * mean / (np.sqrt(square) + _LEAST)
            found[name] = np.asarray(weights[name] - step, dtype=np.float32)
        return found
