"""Counts of operations: printed figures, others' formulae, and a run that counts itself."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.network.language import smollm2
from lmul_pe.synth.system.operations import (
    EVERYWHERE,
    Kind,
    Lora,
    Operation,
    Product,
    Run,
    counts,
    footprint,
    touched_experts,
    trained_parameters,
)
from lmul_pe.synth.system.transformer import Transformer, transformer

LLAMA = transformer("llama-3.1-8b")
MIXTRAL = transformer("mixtral-8x7b")
TINY = Transformer(
    name="tiny", layers=2, width=12, heads=6, kv_heads=2, head_width=4, hidden=20, vocabulary=30
)


@pytest.mark.parametrize(
    ("phase", "context", "macs", "attention", "network", "element_wise"),
    [
        ("prefill", 2048, 1.484e13, 3.7, 77.8, 0.057),
        ("decode", 2048, 8.04e9, 6.7, 70.1, 0.078),
        ("decode", 8192, 9.65e9, 22.3, None, None),
        ("decode", 131072, 4.19e10, 82.1, None, 0.64),
    ],
)
def test_llama_as_others_count_it(phase, context, macs, attention, network, element_wise):
    counted = counts(LLAMA, Run(phase, 1, context))
    assert counted.macs() == pytest.approx(macs, rel=1e-3)
    assert 100 * counted.macs(Kind.ATTENTION) / counted.macs() == pytest.approx(attention, abs=0.06)
    mlp = sum(each.macs for each in counted.operations if each.name in ("gate", "up", "down"))
    if network:
        assert 100 * mlp / counted.macs() == pytest.approx(network, abs=0.05)
    if element_wise:
        assert counted.element_wise_percent == pytest.approx(element_wise, rel=0.01)


def test_bytes_of_a_decoded_token():
    counted = counts(LLAMA, Run("decode", 1, 2048))
    read = 2 * (counted.weights_read + counted.cache_read)
    assert read == pytest.approx(15.28e9, rel=1e-3)
    # Keys and values of a token, in 16 bits: 2 x 32 layers x 8 heads x 128 x 2 bytes.
    assert footprint(LLAMA, Run("decode", 3, 2048)).cache == 3 * 2048 * 131072


@pytest.mark.parametrize(
    ("name", "read"),
    [
        # A table that is looked up alone is not read; tied, it is the last matrix.
        ("llama-3.1-8b", 8_030_261_248 - 128256 * 4096),
        ("smollm2-135m", 134_515_008),
        ("bloom-176b", 176_247_271_424),
    ],
)
def test_a_pass_reads_every_parameter_that_it_multiplies_by(name, read):
    for phase in ("prefill", "decode"):
        assert counts(transformer(name), Run(phase, 1, 100)).weights_read == read


@pytest.mark.parametrize(
    ("name", "additions"), [("llama-3.1-8b", 2), ("gpt-3-175b", 2), ("bloom-176b", 3)]
)
def test_softmax_adds_a_bias_by_distance_where_nothing_else_tells_positions(name, additions):
    model = transformer(name)
    counted = counts(model, Run("decode", 3, 50))
    softmax = next(each for each in counted.operations if each.name == "softmax")
    pairs = 3 * 50 * model.layers * model.heads
    assert softmax.multiplications == 2 * pairs
    assert softmax.additions == additions * pairs
    assert softmax.exponentials == pairs


@pytest.mark.parametrize("phase", ["prefill", "decode", "training"])
@pytest.mark.parametrize("name", ["mixtral-8x7b", "bloom-176b", "gpt-3-175b"])
def test_only_matrices_and_attention_multiply_and_accumulate(name, phase):
    counted = counts(transformer(name), Run(phase, 2, 20))
    assert counted.macs() == counted.macs(Kind.LINEAR, Kind.ATTENTION)


MIXTURE = Transformer(
    layers=3,
    width=10,
    heads=4,
    kv_heads=2,
    head_width=5,
    hidden=7,
    vocabulary=11,
    experts=5,
    active=2,
)
PLAIN = replace(
    MIXTURE,
    heads=2,
    experts=1,
    active=1,
    gated=False,
    norm="layer",
    biases=True,
    rotary=False,
    positions=16,
    embedding_norm=True,
)
CHOSEN = 5 * (1 - (3 / 5) ** 8)
"""Of five experts, by eight tokens that choose two each."""


def element_wise(name, layers, times, plus, powers=0, weights=0.0):
    return Operation(name, Kind.ELEMENT_WISE, layers, 0, times, plus, powers, weights)


def matrix(name, macs, plus, weights, shape, layers=3):
    return Operation(
        name, Kind.LINEAR, layers, macs, 0, plus, weights=weights, product=Product(*shape)
    )


def attention(name, macs, cache, shape):
    return Operation(name, Kind.ATTENTION, 3, macs, cache=cache, product=Product(*shape))


def is_same(found, expected):
    return replace(found, weights=0.0) == replace(expected, weights=0.0) and (
        found.weights == pytest.approx(expected.weights)
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # Two sequences of four tokens, of which each sees itself and those before, ten pairs.
        (
            MIXTURE,
            [
                # Three layers, two norms of 8 x 10 in each: square, normalise, scale.
                element_wise("norms", 3, 3 * 480, 480, weights=60),
                matrix("query", 3 * 8 * 200, 0, 600, (8, 10, 20, 3)),
                matrix("key", 3 * 8 * 100, 0, 300, (8, 10, 10, 3)),
                matrix("value", 3 * 8 * 100, 0, 300, (8, 10, 10, 3)),
                matrix("output", 3 * 8 * 200, 0, 600, (8, 20, 10, 3)),
                # 16 choices of 4.9 experts, a little more than three each.
                matrix("gate", 3 * 16 * 70, 0, 3 * CHOSEN * 70, (3, 10, 7, 15)),
                matrix("up", 3 * 16 * 70, 0, 3 * CHOSEN * 70, (3, 10, 7, 15)),
                matrix("down", 3 * 16 * 70, 0, 3 * CHOSEN * 70, (3, 7, 10, 15)),
                # Of 20 numbers of queries and 10 of keys each is turned by two products.
                element_wise("rotary", 3, 2 * 720, 720),
                # Two queries share keys: in each of 12 groups 8 rows by four keys.
                attention("scores", 3 * 2 * 4 * 10 * 5, 12 * 4 * 5, (8, 5, 4, 12)),
                Operation("softmax", Kind.SOFTMAX, 3, 0, 2 * 240, 2 * 240, 240),
                attention("mix", 3 * 2 * 4 * 10 * 5, 12 * 4 * 5, (8, 4, 5, 12)),
                element_wise("residuals", 3, 0, 3 * 2 * 80),
                element_wise("activation", 3, 2 * 336, 336, 336),
                matrix("router", 3 * 8 * 50, 0, 150, (8, 10, 5, 3)),
                # 48 choices: ten numbers of each weighed, the weight normalised; two summed.
                element_wise("mixture", 3, 48 * 10 + 48, 24 * 10, 48),
                # Of the last tokens of both sequences.
                element_wise("last norm", 1, 3 * 20, 20, weights=10),
                matrix("head", 2 * 110, 0, 110, (2, 10, 11, 1), 1),
            ],
        ),
        (
            PLAIN,
            [
                # A mean, what takes it off, and a bias besides.
                element_wise("norms", 3, 3 * 480, 4 * 480, weights=120),
                matrix("query", 3 * 8 * 100, 3 * 80, 330, (8, 10, 10, 3)),
                matrix("key", 3 * 8 * 100, 3 * 80, 330, (8, 10, 10, 3)),
                matrix("value", 3 * 8 * 100, 3 * 80, 330, (8, 10, 10, 3)),
                matrix("output", 3 * 8 * 100, 3 * 80, 330, (8, 10, 10, 3)),
                matrix("up", 3 * 8 * 70, 3 * 56, 231, (8, 10, 7, 3)),
                matrix("down", 3 * 8 * 70, 3 * 80, 240, (8, 7, 10, 3)),
                attention("scores", 3 * 2 * 2 * 10 * 5, 12 * 4 * 5, (4, 5, 4, 12)),
                Operation("softmax", Kind.SOFTMAX, 3, 0, 2 * 120, 2 * 120, 120),
                attention("mix", 3 * 2 * 2 * 10 * 5, 12 * 4 * 5, (4, 4, 5, 12)),
                element_wise("residuals", 3, 0, 3 * 2 * 80),
                # x / (1 + exp(-x (a + b x^2))): four products, a quotient among them, two sums.
                element_wise("activation", 3, 4 * 168, 2 * 168, 168),
                # Four rows are read, and added to both sequences.
                element_wise("positions", 1, 0, 80, weights=40),
                element_wise("embedding norm", 1, 3 * 80, 4 * 80, weights=20),
                element_wise("last norm", 1, 3 * 20, 4 * 20, weights=20),
                matrix("head", 2 * 110, 0, 110, (2, 10, 11, 1), 1),
            ],
        ),
    ],
)
def test_every_operation_of_a_small_model_by_hand(model, expected):
    found = counts(model, Run("prefill", 2, 4)).operations
    assert [each.name for each in found] == [each.name for each in expected]
    for own, other in zip(found, expected, strict=True):
        assert is_same(own, other)


def test_a_token_that_is_decoded_reads_the_experts_that_it_chooses():
    operations = counts(MIXTURE, Run("decode", 1, 4)).operations
    (gate,) = (each for each in operations if each.name == "gate")
    assert is_same(gate, matrix("gate", 3 * 2 * 70, 0, 3 * 2 * 70, (1, 10, 7, 6)))


def test_two_experts_are_chosen_from():
    names = [each.name for each in counts(replace(MIXTURE, experts=2), Run("decode")).operations]
    assert {"router", "mixture"} < set(names)


def test_adapters_of_a_mixture_by_hand():
    run = Run("training", 2, 4, lora=Lora(3, ("query", "gate")))
    operations = {each.name: each for each in counts(MIXTURE, run).operations}
    # Of rank 3 beside 10 x 20; beside 10 x 7 for every expert, of which a token passes two.
    query = matrix("query adapter", 3 * 8 * 90, 3 * 8 * 20, 3 * 90, (8, 10, 3, 3))
    gate = matrix("gate adapter", 3 * 16 * 51, 3 * 16 * 7, 3 * 5 * 51, (8, 10, 3, 6))
    assert operations["query adapter"] == query
    assert operations["gate adapter"] == gate
    assert operations["optimiser"].layers == 1
    assert trained_parameters(MIXTURE, run.lora) == 3 * 90 + 3 * 5 * 51


@pytest.mark.parametrize("lora", [None, Lora(3)])
def test_the_backward_pass_is_that_of_each_operation(lora):
    operations = counts(MIXTURE, Run("training", 2, 4, lora=lora)).operations
    known = {each.name: each for each in operations}
    forward = [
        each
        for each in operations
        if not each.name.endswith((", backward", ", to inputs", ", to weights", "optimiser"))
    ]
    seen = len(forward) + 1
    for each in forward:
        if each.product is None:
            assert known[f"{each.name}, backward"] == replace(
                each,
                name=f"{each.name}, backward",
                multiplications=2 * each.multiplications,
                additions=2 * each.additions,
                exponentials=0,
            )
            seen += 1
            continue
        m, k, n, times = vars(each.product).values()
        # Of y = x w: m x n by w turned, n x k; and x turned, k x m, by m x n.
        assert known[f"{each.name}, to inputs"] == replace(
            each, name=f"{each.name}, to inputs", additions=0, product=Product(m, n, k, times)
        )
        seen += 1
        frozen = lora and each.kind is Kind.LINEAR and "adapter" not in each.name
        assert (f"{each.name}, to weights" in known) == (not frozen)
        if not frozen:
            found = known[f"{each.name}, to weights"]
            assert found.product == Product(k, m, n, times)
            assert found.macs == each.macs
            # It is neither weights nor cache that it reads.
            assert (found.weights, found.cache) == (0, 0)
            seen += 1
    assert seen == len(operations)


def test_what_is_held_by_hand():
    # By layer 10 x (20 + 20) and 20 x 10, five networks of 3 x 70, a router of 50, two norms.
    total = 3 * (400 + 200 + 5 * 210 + 50 + 20) + 10 + 2 * 110
    for bits, item in ((16, 2), (8, 1)):
        used = footprint(MIXTURE, Run("prefill", 2, 4), bits)
        assert vars(used) == {
            "weights": total * item,
            "cache": 2 * 3 * 10 * 8 * item,
            "activations": 0,
            "gradients": 0,
            "optimiser": 0,
        }
        # Of a token four times the width, queries and what is mixed, keys and values, three
        # times the hidden width of both experts; ten probabilities for each of 4 heads and each
        # of both sequences; before and behind all layers two widths, and the logits.
        kept = 3 * (8 * (40 + 40 + 20 + 42) + 80) + 8 * (20 + 11)
        trained = footprint(MIXTURE, Run("training", 2, 4), bits)
        assert vars(trained) == {
            "weights": total * item,
            "cache": 0,
            "activations": kept * item,
            "gradients": 2 * total,
            "optimiser": 12 * total,
        }


def test_limits_can_be_reached():
    assert Lora(1).rank == 1
    assert counts(PLAIN, Run("decode", 1, 16)).run.context == 16


def test_an_optimiser_changes_every_parameter():
    counted = counts(LLAMA, Run("training"))
    (step,) = (each for each in counted.operations if each.name == "optimiser")
    # The mean has two multiplications and that of squares three; then root, quotient, rate, decay.
    assert step.multiplications == (2 + 3 + 4) * 8_030_261_248
    # Both means, what keeps the quotient finite, and the step.
    assert step.additions == 4 * 8_030_261_248
    assert step.macs == step.exponentials == step.weights == 0


class Counting:
    """A decoder in NumPy that counts its own multiplications; nothing is shared with the source."""

    def __init__(self, model, seed=1):
        self.model = model
        self.random = np.random.default_rng(seed)
        self.products = 0
        self.element_wise = 0

    def matrix(self, x, outer):
        self.products += x.shape[0] * x.shape[1] * outer
        return x @ (self.random.normal(size=(x.shape[1], outer)) / x.shape[1])

    def times(self, x, y):
        out = x * y
        self.element_wise += out.size
        return out

    def norm(self, x):
        squares = self.times(x, x)
        x = self.times(x, 1 / np.sqrt(squares.mean(axis=1, keepdims=True)))
        return self.times(x, np.ones(x.shape[1]))

    def rotate(self, x):
        return self.times(x, 0.6) + self.times(np.roll(x, 1, axis=-1), 0.8)

    def attend(self, q, keys, values, first):
        out = np.zeros(q.shape)
        for row, query in enumerate(q):
            seen = keys[: first + row + 1]
            scores = self.times(seen @ query, 0.5)
            powers = np.exp(scores - scores.max())
            weights = self.times(powers, 1 / powers.sum())
            out[row] = weights @ values[: first + row + 1]
            self.products += 2 * seen.size
        return out

    def run(self, new, past):
        model, hd = self.model, self.model.head_width
        group = model.heads // model.kv_heads
        x = self.random.normal(size=(new, model.width))
        for _ in range(model.layers):
            h = self.norm(x)
            q, k, v = (
                self.matrix(h, heads * hd).reshape(new, heads, hd)
                for heads in (model.heads, model.kv_heads, model.kv_heads)
            )
            q, k = self.rotate(q), self.rotate(k)
            old = self.random.normal(size=(past, model.kv_heads, hd))
            k, v = np.concatenate([old, k]), np.concatenate([old, v])
            mixed = [
                self.attend(q[:, head], k[:, head // group], v[:, head // group], past)
                for head in range(model.heads)
            ]
            x = x + self.matrix(np.concatenate(mixed, axis=1), model.width)
            h = self.norm(x)
            gate, up = self.matrix(h, model.hidden), self.matrix(h, model.hidden)
            gate = self.times(gate, 1 / (1 + np.exp(-gate)))
            x = x + self.matrix(self.times(gate, up), model.width)
        return self.matrix(self.norm(x[-1:]), model.vocabulary)


@pytest.mark.parametrize(("phase", "new", "past"), [("prefill", 7, 0), ("decode", 1, 9)])
def test_a_run_counts_the_same(phase, new, past):
    run = Counting(TINY)
    run.run(new, past)
    counted = counts(TINY, Run(phase, 1, new + past))
    assert (counted.macs(), counted.multiplications) == (run.products, run.element_wise)


class Shapes:
    """An arithmetic of all products that multiplies nothing, and counts what would be."""

    where = "all"

    def __init__(self):
        self.macs = 0

    def left(self, values):
        return values

    right = left

    def product(self, left, right):
        heads = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        found = np.zeros((*heads, left.shape[-2], right.shape[-1]), np.float32)
        self.macs += found.size * left.shape[-1]
        return found


def test_smollm2_itself_multiplies_as_much():
    try:
        network = smollm2()
    except MissingExtraError as error:
        pytest.skip(str(error))
    model, tokens, shapes = transformer("smollm2-135m"), 5, Shapes()
    assert sum(each.size for each in network.tensors.values()) == model.total_parameters
    network.logits(np.arange(tokens), shapes)
    counted = counts(model, Run("prefill", 1, tokens))
    head = model.vocabulary * model.width
    # It computes scores that are masked then, and what follows every token.
    hidden = counted.macs(Kind.ATTENTION) * (2 * tokens / (tokens + 1) - 1)
    assert shapes.macs == counted.macs() + hidden + (tokens - 1) * head


def test_a_batch_is_so_many_runs_but_reads_weights_once():
    one, many = (counts(TINY, Run("decode", batch, 9)) for batch in (1, 5))
    assert many.macs() == 5 * one.macs()
    assert many.cache_read == 5 * one.cache_read
    assert many.weights_read == one.weights_read


@pytest.mark.parametrize(
    ("batch", "share"), [(1, 0.276), (2, 0.457), (4, 0.694), (8, 0.903), (16, 0.990)]
)
def test_a_batch_reads_more_experts(batch, share):
    read = counts(MIXTRAL, Run("decode", batch, 2048)).weights_read
    held = read + MIXTRAL.embedding_parameters
    assert held / MIXTRAL.total_parameters == pytest.approx(share, abs=6e-4)


def test_chosen_experts_are_those_of_a_draw():
    random = np.random.default_rng(3)
    draws = [
        len({int(each) for _ in range(4) for each in random.choice(8, 2, replace=False)})
        for _ in range(4000)
    ]
    assert touched_experts(MIXTRAL, 4) == pytest.approx(np.mean(draws), rel=0.01)


@pytest.mark.parametrize("recompute", [False, True])
def test_training_is_that_of_megatron(recompute):
    # Narayanan et al., arXiv 2104.04473, Eq. 2: 96 B s l h^2 (1 + s / 6h + V / 16lh) FLOP with
    # recomputation, of which the first quarter is the second forward pass; scores of all pairs.
    model = transformer("gpt-3-175b")
    batch, s, layers, h, vocabulary = 2, 512, 96, 12288, 50257
    times = 4 if recompute else 3
    linear = 24 * batch * s * layers * h**2 * times
    scores = 4 * batch * s**2 * layers * h * times
    head = 6 * batch * s * h * vocabulary
    if recompute:
        printed = (
            96 * batch * s * layers * h**2 * (1 + s / (6 * h) + vocabulary / (16 * layers * h))
        )
        assert linear + scores + head == pytest.approx(printed, rel=1e-12)
    counted = counts(model, Run("training", batch, s, recompute))
    assert 2 * counted.macs(Kind.LINEAR) == linear + head
    # A token sees itself and what is before it.
    assert 2 * counted.macs(Kind.ATTENTION) == scores * (s + 1) / (2 * s)


@pytest.mark.parametrize(
    ("lora", "trained", "share"),
    [(Lora(8), 3_407_872, 0.667), (Lora(128, EVERYWHERE), 335_544_320, 0.711)],
)
def test_adapters_save_a_third_and_no_more(lora, trained, share):
    full, adapted = (counts(LLAMA, Run("training", lora=each)) for each in (None, lora))
    assert trained_parameters(LLAMA, lora) == trained
    saved = adapted.macs(Kind.LINEAR) / full.macs(Kind.LINEAR)
    assert saved == pytest.approx(share, abs=5e-4)


def test_what_is_held_in_training():
    full, adapted = (footprint(LLAMA, Run("training", lora=each)) for each in (None, Lora(8)))
    assert full.gradients + full.optimiser == pytest.approx(112e9, rel=5e-3)
    assert adapted.gradients + adapted.optimiser == pytest.approx(0.05e9, rel=0.05)
    assert full.activations == adapted.activations
    again = footprint(LLAMA, Run("training", recompute=True))
    # A layer keeps its input: 4096 of 16 bits; the ends keep two of those and the logits.
    assert again.activations == 2 * 2048 * (32 * 4096 + 2 * 4096 + 128256)


def test_recomputing_a_model_of_one_layer_leaves_its_ends():
    model = replace(TINY, layers=1)
    once, again = (counts(model, Run("training", 1, 8, each)) for each in (False, True))
    forward = counts(model, Run("prefill", 1, 8))
    head = next(each.macs for each in forward.operations if each.name == "head")
    assert again.macs() - once.macs() == forward.macs() - head


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Run("prefil"), "did you mean 'prefill'"),
        (lambda: Run("decode", 0), "batch 0 is not possible"),
        (lambda: Run("decode", recompute=True), "neither recomputes nor adapts"),
        (lambda: Lora(0), "rank 0"),
        (lambda: Lora(8, ("values",)), "did you mean 'value'"),
        (
            lambda: counts(transformer("gpt-3-175b"), Run("decode", 1, 4096)),
            "context 4096 is not possible.*nearest is 2048",
        ),
        (
            lambda: counts(transformer("bloom-176b"), Run("training", lora=Lora(8, ("gate",)))),
            "target 'gate' is not one of",
        ),
    ],
)
def test_what_cannot_be_is_named(make, error):
    with pytest.raises(SpecificationError, match=error):
        make()
