"""What a transformer computes and moves: exact counts, by kind of operation and by layer.

Formulae: per layer, ``q`` tokens that attend to ``P`` visible pairs take ``q d (H + 2 KV) hd``
multiply-accumulates for queries, keys and values, ``q H hd d`` for the output, ``H hd P`` for each
of QK^T and PV, and ``3 q k d ff`` for SwiGLU of ``k`` active experts, after Vaswani et al., arXiv
1706.03762, Shazeer, arXiv 2002.05202, and Ainslie et al., arXiv 2305.13245.  Training: Narayanan et
al., arXiv 2104.04473; LoRA: Hu et al., arXiv 2106.09685.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from lmul_pe.model.choices import SpecificationError, unknown_choice

from .transformer import Transformer


class Kind(Enum):
    """What an operation is."""

    LINEAR = "linear"
    ATTENTION = "attention"
    ELEMENT_WISE = "element-wise"
    SOFTMAX = "softmax"


PHASES = ("prefill", "decode", "training")
_TARGETS = ("query", "key", "value", "output", "gate", "up", "down")


@dataclass(frozen=True)
class Lora:
    """Low-rank adapters: ``rank (in + out)`` weights beside each matrix of ``targets``."""

    rank: int
    targets: tuple[str, ...] = ("query", "value")

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise SpecificationError(f"rank {self.rank} is not possible: expected 1 or more")
        for each in self.targets:
            if each not in _TARGETS:
                raise unknown_choice("target", each, _TARGETS)


EVERYWHERE = _TARGETS
"""Targets of adapters at every matrix."""


@dataclass(frozen=True)
class Run:
    """What is counted: a pass over ``batch`` sequences.

    Parameters
    ----------
    phase
        ``prefill``: ``context`` tokens at once, and the first new one.  ``decode``: one token that
        sees ``context``, itself included, by the cache.  ``training``: forward and backward over
        ``context`` tokens, and the optimiser's step.
    recompute
        Whether training stores only the inputs of layers and computes the layers again.
    lora
        Adapters that are trained instead of the weights.
    """

    phase: str
    batch: int = 1
    context: int = 2048
    recompute: bool = False
    lora: Lora | None = None

    def __post_init__(self) -> None:
        if self.phase not in PHASES:
            raise unknown_choice("phase", self.phase, PHASES)
        for name in ("batch", "context"):
            if getattr(self, name) < 1:
                raise SpecificationError(
                    f"{name} {getattr(self, name)} is not possible: expected 1 or more"
                )
        if self.phase != "training" and (self.recompute or self.lora):
            raise SpecificationError(
                f"phase {self.phase!r} neither recomputes nor adapts: expected 'training'"
            )

    @property
    def queries(self) -> int:
        """Tokens of a sequence that are computed."""
        return 1 if self.phase == "decode" else self.context

    @property
    def tokens(self) -> int:
        """Tokens of the batch that are computed."""
        return self.batch * self.queries

    @property
    def logit_tokens(self) -> int:
        """Tokens of the batch whose successor is computed."""
        return self.tokens if self.phase == "training" else self.batch

    @property
    def pairs(self) -> int:
        """Pairs of a query and a key that it may see, of one sequence."""
        q = self.queries
        return q * self.context - q * (q - 1) // 2


@dataclass(frozen=True)
class Product:
    """A matrix product ``m x k`` times ``k x n``, done ``times``; a causal one is used in part."""

    m: int
    k: int
    n: int
    times: int = 1


@dataclass(frozen=True)
class Operation:
    """One kind of work of a layer, or of the model's ends, in one pass of the batch.

    Parameters
    ----------
    name, layers
        What it is, and how many layers do it; the counts are of all of them.
    multiplications, additions, exponentials
        Beside those of multiply-accumulates; a division and a root count as a multiplication.
    weights
        Parameters that it reads; of experts the expected number that some token chooses.
    cache
        Elements of keys or values that it reads.
    product
        The shape of one of its products, where it has some.
    """

    name: str
    kind: Kind
    layers: int = 1
    macs: int = 0
    multiplications: int = 0
    additions: int = 0
    exponentials: int = 0
    weights: float = 0.0
    cache: int = 0
    product: Product | None = None


@dataclass(frozen=True)
class Counts:
    """The operations of a run, and what they come to."""

    model: Transformer
    run: Run
    operations: tuple[Operation, ...]

    def macs(self, *kinds: Kind) -> int:
        """Multiply-accumulates, of these kinds or of all."""
        return sum(each.macs for each in self.operations if not kinds or each.kind in kinds)

    @property
    def multiplications(self) -> int:
        """Element-wise ones."""
        return sum(each.multiplications for each in self.operations)

    @property
    def additions(self) -> int:
        """Element-wise ones."""
        return sum(each.additions for each in self.operations)

    @property
    def exponentials(self) -> int:
        return sum(each.exponentials for each in self.operations)

    @property
    def weights_read(self) -> float:
        """Parameters that a pass reads, each once."""
        return sum(each.weights for each in self.operations)

    @property
    def cache_read(self) -> int:
        """Elements of the cache that a pass reads, each once."""
        return sum(each.cache for each in self.operations)

    @property
    def element_wise_percent(self) -> float:
        """Element-wise multiplications of all."""
        return 100 * self.multiplications / (self.multiplications + self.macs())


def counts(model: Transformer, run: Run) -> Counts:
    """Of one pass; of training forward, backward, what is computed again, and the optimiser.

    Raises
    ------
    SpecificationError
        A context beyond the learned positions, or adapters at a matrix that is not there.
    """
    if model.positions and run.context > model.positions:
        raise SpecificationError(
            f"context {run.context} is not possible: {model.name} has {model.positions} positions; "
            f"the nearest is {model.positions}"
        )
    layers, ends = tuple(_layers(model, run)), tuple(_ends(model, run))
    if run.phase != "training":
        return Counts(model, run, (*layers, *ends))
    adapters = tuple(_adapters(model, run)) if run.lora else ()
    work = [*layers, *ends, *adapters, *_backward((*layers, *ends), adapters, run)]
    if run.recompute:
        work += (replace(each, name=f"{each.name}, again") for each in (*layers, *adapters))
    work.append(_optimiser(trained_parameters(model, run.lora)))
    return Counts(model, run, tuple(work))


def touched_experts(model: Transformer, tokens: int) -> float:
    """Expected number of experts that some of ``tokens`` chooses, each independently and evenly:
    ``E (1 - (1 - k / E)^B)``."""
    share = model.active / model.experts
    return float(model.experts * (1 - (1 - share) ** tokens))


def _layers(model: Transformer, run: Run) -> Iterator[Operation]:
    """The forward pass of every layer."""
    d, layers, tokens = model.width, model.layers, run.tokens
    all_pairs = layers * run.batch * model.heads * run.pairs
    yield _norm(model, "norms", layers, 2 * tokens, 2)
    for name, (inner, outer) in _matrices(model).items():
        yield _linear(model, run, name, inner, outer)
    if model.rotary:
        turned = layers * tokens * (model.query_width + model.kv_width)
        yield Operation("rotary", Kind.ELEMENT_WISE, layers, 0, 2 * turned, turned)
    group = model.heads // model.kv_heads
    each = layers * run.batch * model.kv_heads
    cache = each * run.context * model.head_width
    rows, seen = run.queries * group, run.context
    macs = all_pairs * model.head_width
    yield Operation(
        "scores",
        Kind.ATTENTION,
        layers,
        macs,
        cache=cache,
        product=Product(rows, model.head_width, seen, each),
    )
    # Scale and normalise; take the largest off, and sum.  A bias by distance where nothing else
    # tells positions apart.
    distance = 0 if model.rotary or model.positions else all_pairs
    yield Operation(
        "softmax", Kind.SOFTMAX, layers, 0, 2 * all_pairs, 2 * all_pairs + distance, all_pairs
    )
    yield Operation(
        "mix",
        Kind.ATTENTION,
        layers,
        macs,
        cache=cache,
        product=Product(rows, seen, model.head_width, each),
    )
    yield Operation("residuals", Kind.ELEMENT_WISE, layers, additions=layers * 2 * d * tokens)
    hidden = layers * model.active * model.hidden * tokens
    # x / (1 + exp(-x)) times the gate; GELU as x / (1 + exp(-x (a + b x^2))).
    times, sums = (2, 1) if model.gated else (4, 2)
    yield Operation(
        "activation", Kind.ELEMENT_WISE, layers, 0, times * hidden, sums * hidden, hidden
    )
    if model.experts > 1:
        chosen = layers * tokens * model.active
        yield Operation(
            "router",
            Kind.LINEAR,
            layers,
            layers * tokens * d * model.experts,
            weights=layers * d * model.experts,
            product=Product(tokens, d, model.experts, layers),
        )
        yield Operation(
            "mixture",
            Kind.ELEMENT_WISE,
            layers,
            0,
            chosen * (d + 1),
            chosen * d - layers * tokens * d,
            chosen,
        )


def _ends(model: Transformer, run: Run) -> Iterator[Operation]:
    """What is done before the first layer and after the last; looking up embeddings is no
    arithmetic."""
    if model.positions:
        rows = run.queries * model.width
        yield Operation("positions", Kind.ELEMENT_WISE, additions=run.batch * rows, weights=rows)
    if model.embedding_norm:
        yield _norm(model, "embedding norm", 1, run.tokens, 1)
    yield _norm(model, "last norm", 1, run.logit_tokens, 1)
    head = model.vocabulary * model.width
    yield Operation(
        "head",
        Kind.LINEAR,
        1,
        run.logit_tokens * head,
        weights=head,
        product=Product(run.logit_tokens, model.width, model.vocabulary),
    )


def _norm(model: Transformer, name: str, layers: int, rows: int, norms: int) -> Operation:
    """Three multiplications of an element: square, normalise, scale.  Of additions the sum of
    squares; a layer norm has the mean's, what takes it off, and the bias besides."""
    elements = layers * rows * model.width
    sums, scales = (4, 2) if model.norm == "layer" else (1, 1)
    return Operation(
        name,
        Kind.ELEMENT_WISE,
        layers,
        0,
        3 * elements,
        sums * elements,
        weights=layers * norms * scales * model.width,
    )


def _matrices(model: Transformer) -> dict[str, tuple[int, int]]:
    """Name to width in and out; those of the network last."""
    d = model.width
    network = ("gate", "up") if model.gated else ("up",)
    return {
        "query": (d, model.query_width),
        "key": (d, model.kv_width),
        "value": (d, model.kv_width),
        "output": (model.query_width, d),
        **dict.fromkeys(network, (d, model.hidden)),
        "down": (model.hidden, d),
    }


_NETWORK = ("gate", "up", "down")


def _linear(model: Transformer, run: Run, name: str, inner: int, outer: int) -> Operation:
    """A matrix of every layer, or of those experts of every layer that are chosen."""
    layers, tokens = model.layers, run.tokens
    chosen, copies = (1.0, 1)
    if name in _NETWORK:
        chosen, copies = touched_experts(model, tokens), model.active
    bias = outer if model.biases else 0
    return Operation(
        name,
        Kind.LINEAR,
        layers,
        layers * copies * tokens * inner * outer,
        additions=layers * copies * tokens * bias,
        weights=layers * chosen * (inner * outer + bias),
        # No fewer experts are chosen than one, and no more than tokens choose.
        product=Product(round(tokens * copies / chosen), inner, outer, layers * round(chosen)),
    )


def _adapters(model: Transformer, run: Run) -> Iterator[Operation]:
    assert run.lora is not None
    known, rank, layers = _matrices(model), run.lora.rank, model.layers
    for name in run.lora.targets:
        if name not in known:
            raise unknown_choice("target", name, known)
        inner, outer = known[name]
        passed, held = (model.active, model.experts) if name in _NETWORK else (1, 1)
        weights = rank * (inner + outer)
        yield Operation(
            f"{name} adapter",
            Kind.LINEAR,
            layers,
            layers * passed * run.tokens * weights,
            additions=layers * passed * run.tokens * outer,
            weights=layers * held * weights,
            product=Product(run.tokens, inner, rank, layers * passed),
        )


def trained_parameters(model: Transformer, lora: Lora | None) -> int:
    """Those that the optimiser changes: all, or the adapters'."""
    if lora is None:
        return model.total_parameters
    one = Run("training", 1, 1, lora=lora)
    return int(sum(each.weights for each in _adapters(model, one)))


def _backward(
    forward: tuple[Operation, ...], adapters: tuple[Operation, ...], run: Run
) -> Iterator[Operation]:
    """Of a product its gradients by both operands; those of frozen weights are not computed.

    Element-wise work is taken for twice that of the forward pass.
    """
    for each in (*forward, *adapters):
        shape = each.product
        if shape is None:
            yield replace(
                each,
                name=f"{each.name}, backward",
                multiplications=2 * each.multiplications,
                additions=2 * each.additions,
                exponentials=0,
            )
            continue
        turned = Product(shape.m, shape.n, shape.k, shape.times)
        yield replace(each, name=f"{each.name}, to inputs", additions=0, product=turned)
        if each.kind is Kind.ATTENTION or each in adapters or run.lora is None:
            turned = Product(shape.k, shape.m, shape.n, shape.times)
            yield replace(
                each, name=f"{each.name}, to weights", weights=0.0, cache=0, product=turned
            )


def _optimiser(trained: int) -> Operation:
    """AdamW (arXiv 1711.05101) of every trained parameter: both moments, root, quotient, step."""
    return Operation("optimiser", Kind.ELEMENT_WISE, 1, 0, 9 * trained, 4 * trained)


_BITS = 8
_GRADIENT_BYTES = 2
_STATE_BYTES = 12
"""Of a trained parameter: both moments and a master copy in fp32, Rajbhandari et al., arXiv
1910.02054."""


@dataclass(frozen=True)
class Footprint:
    """Bytes that a run holds at once."""

    weights: float
    cache: float
    activations: float
    gradients: float
    optimiser: float


def footprint(model: Transformer, run: Run, bits: int = 16) -> Footprint:
    """What a run holds, with weights, cache and activations of ``bits``.

    Activations are those that the backward pass needs: the inputs of norms, matrices, attention and
    activations, the probabilities, and the logits; of layers that are computed again their inputs.
    """
    item = bits / _BITS
    held = model.total_parameters
    training = run.phase == "training"
    trained = trained_parameters(model, run.lora) if training else 0
    cached = 0 if training else 2 * model.layers * model.kv_width * run.context * run.batch
    return Footprint(
        weights=held * item,
        cache=cached * item,
        activations=_stored(model, run) * item if training else 0.0,
        gradients=float(_GRADIENT_BYTES * trained),
        optimiser=float(_STATE_BYTES * trained),
    )


def _stored(model: Transformer, run: Run) -> int:
    """Elements that a forward pass keeps for the backward one."""
    d, tokens = model.width, run.tokens
    ends = tokens * (2 * d + model.vocabulary)
    if run.recompute:
        return ends + model.layers * tokens * d
    network = model.matrices * model.active * model.hidden
    of_token = 4 * d + 2 * model.query_width + 2 * model.kv_width + network
    probabilities = run.batch * model.heads * run.pairs
    return ends + model.layers * (tokens * of_token + probabilities)
