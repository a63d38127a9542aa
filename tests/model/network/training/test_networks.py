"""Networks against what they are made of, and adapters against the matrices that they stand for."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model.network.arithmetic import FLOAT32
from lmul_pe.model.network.training.adapters import Adapted
from lmul_pe.model.network.training.blocks import LastBlocks
from lmul_pe.model.network.training.networks import Mixture, Perceptron, Transformer
from lmul_pe.model.network.training.tape import Counted, Node, Tape, cross_entropy


def used(network, weights, inputs):
    counted = Counted(FLOAT32)
    nodes = {name: Node(value) for name, value in weights.items()}
    return network.logits(Tape(counted, counted), nodes, inputs).value, counted.macs


def test_each_input_meets_the_expert_of_its_greater_score_alone():
    network, random = Mixture(4, 3, 2, 2, 0.5), np.random.default_rng(5)
    weights, inputs = network.initial(random), random.normal(size=(6, 4)).astype(np.float32)
    got, macs = used(network, weights, inputs)
    scores = inputs @ weights["weight router"]
    chosen = scores.argmax(axis=1)
    assert set(chosen) == {0, 1}
    for row, expert in enumerate(chosen):
        hidden = np.maximum(inputs[row] @ weights[f"weight 0 of {expert}"], 0)
        share = np.exp(scores[row, expert]) / np.exp(scores[row]).sum()
        assert np.allclose(got[row], share * (hidden @ weights[f"weight 1 of {expert}"]), atol=1e-6)
    # The router, and one expert for each input.
    assert macs == 6 * (4 * 2 + 4 * 3 + 3 * 2)


def test_the_loss_for_balance_pulls_at_the_router_alone():
    random = np.random.default_rng(5)
    inputs, labels = random.normal(size=(6, 4)).astype(np.float32), random.integers(0, 2, 6)
    weights = Mixture(4, 3, 2, 2, 0.5).initial(random)

    def gradients(balance, scale):
        counted = Counted(FLOAT32)
        tape, nodes = Tape(counted, counted), {name: Node(each) for name, each in weights.items()}
        tape.backward(Mixture(4, 3, 2, 2, balance).logits(tape, nodes, inputs), labels, scale)
        return {name: node.gradient / scale for name, node in nodes.items()}

    balanced, free, scaled = gradients(0.5, 1), gradients(0, 1), gradients(0.5, 8)
    scores = inputs @ weights["weight router"]
    shares = np.bincount(scores.argmax(axis=1), minlength=2) / 6
    # Between equal shares the loss is flat.
    assert shares[0] != shares[1]

    def penalty(router):
        powers = np.exp(inputs @ router)
        # Switch Transformer, Eq. 4: experts times the shares of inputs, times mean probabilities.
        return 0.5 * 2 * shares @ (powers / powers.sum(axis=1, keepdims=True)).mean(axis=0)

    for place in np.ndindex(4, 2):
        step = np.zeros((4, 2))
        step[place] = 1e-4
        router = weights["weight router"].astype(np.float64)
        slope = (penalty(router + step) - penalty(router - step)) / 2e-4
        pulled = balanced["weight router"][place] - free["weight router"][place]
        assert pulled == pytest.approx(slope, rel=1e-3, abs=1e-6)
    for name, each in balanced.items():
        assert np.allclose(each, scaled[name], atol=1e-6)
        assert name == "weight router" or np.array_equal(each, free[name])


def defined(network, weights, tokens):
    """A decoder whose normalisations have no weights, in float64, head by head."""
    weights = {name: each.astype(np.float64) for name, each in weights.items()}
    positions, width = np.arange(len(tokens)), network.width // network.heads

    def normalised(x):
        return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-5)

    def attended(q, k, v):
        powers = np.exp(q @ k.T / math.sqrt(width))
        powers[positions[:, None] < positions] = 0
        return powers / powers.sum(axis=1, keepdims=True) @ v

    x = weights["token"][tokens] + weights["position"]
    for block in range(network.blocks):
        inner = normalised(x)
        heads = [
            np.split(inner @ weights[f"weight {name} {block}"], network.heads, axis=1)
            for name in ("query", "key", "value")
        ]
        mixed = [attended(*head) for head in zip(*heads, strict=True)]
        x = x + np.concatenate(mixed, axis=1) @ weights[f"weight output {block}"]
        up = np.maximum(normalised(x) @ weights[f"weight up {block}"], 0)
        x = x + up @ weights[f"weight down {block}"]
    return normalised(x) @ weights["weight tokens"]


def test_scores_of_a_decoder_are_as_it_is_defined():
    network, random = Transformer(6, 4, 12, 2, 2), np.random.default_rng(7)
    weights = {name: 2 * each for name, each in network.initial(random).items()}
    inputs = random.integers(0, 6, (3, 4))
    found, _ = used(network, weights, inputs)
    assert found.shape == (3, 4, 6)
    for text, scores in zip(inputs, found, strict=True):
        np.testing.assert_allclose(scores, defined(network, weights, text), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("network", "macs"),
    [
        # Of each matrix for its weights; of those behind the first for their inputs, too.
        (Perceptron((4, 3, 2)), 6 * (4 * 3 + 2 * 3 * 2)),
        (Mixture(4, 3, 2, 2, 0.5), 6 * (4 * 2 + 4 * 3 + 2 * 3 * 2)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_inputs_take_no_products_for_gradients_of_theirs(network, macs):
    random = np.random.default_rng(5)
    backward = Counted(FLOAT32)
    tape = Tape(Counted(FLOAT32), backward)
    nodes = {name: Node(each) for name, each in network.initial(random).items()}
    logits = network.logits(tape, nodes, random.normal(size=(6, 4)))
    tape.backward(logits, random.integers(0, 2, 6), 1)
    assert backward.macs == macs


def test_adapters_are_the_product_of_their_matrices_and_begin_as_nothing():
    network, random = Transformer(6, 4, 8, 2, 2), np.random.default_rng(2)
    weights, inputs = network.initial(random), random.integers(0, 6, (2, 4))
    part = Adapted(network, weights, ("weight query 0", "weight down 1"), 3)
    adapters = part.initial(random)
    assert sum(each.size for each in adapters.values()) == 3 * (8 + 8) + 3 * (32 + 8)
    before, _ = used(part, adapters, inputs)
    assert np.array_equal(before, used(network, weights, inputs)[0])
    adapters = {name: random.normal(size=each.shape) for name, each in adapters.items()}
    after, _ = used(part, adapters, inputs)
    assert not np.allclose(after, before, atol=0.1)
    # Merged, the network needs them no more.
    merged = part.merged(adapters)
    assert merged.keys() == weights.keys()
    assert np.allclose(after, used(network, merged, inputs)[0], atol=1e-4)


def test_matrices_that_are_trained_themselves_take_the_place_of_those_before():
    network, random = Perceptron((2, 3, 2)), np.random.default_rng(2)
    weights = network.initial(random)
    part = Adapted(network, weights, ("weight 1",), None)
    assert part.initial(random) == {"weight 1": weights["weight 1"]}
    learnt = np.ones((3, 2), dtype=np.float32)
    merged = part.merged({"weight 1": learnt})
    assert merged == {**weights, "weight 1": learnt}
    inputs = random.normal(size=(4, 2)).astype(np.float32)
    found, _ = used(part, {"weight 1": learnt}, inputs)
    assert np.array_equal(found, used(network, merged, inputs)[0])


def test_first_weights_keep_the_variance_of_what_they_multiply():
    """Those in front of a rectifier, which halves it, double it."""
    random = np.random.default_rng(4)
    perceptron = Perceptron((300, 400, 500)).initial(random)
    mixture = Mixture(300, 40, 10, 20, 0.5).initial(random)
    transformer = Transformer(200, 4, 100, 2, 1).initial(random)
    names = ("weight query 0", "weight down 0")
    adapters = Adapted(Transformer(200, 4, 100, 2, 1), transformer, names, 30).initial(random)
    single = [mixture["weight router"], transformer["weight tokens"]]
    single += [transformer[f"weight {name} 0"] for name in ("query", "key", "value", "output")]
    single += [transformer["weight down 0"], *(adapters[f"down of {name}"] for name in names)]
    double = [perceptron["weight 0"], perceptron["weight 1"], transformer["weight up 0"]]
    for gain, matrices in ((1, single), (2, double)):
        for each in matrices:
            # Its deviation is sqrt(2 / size): 0.026 at most.
            assert len(each) * each.astype(float).var() == pytest.approx(gain, rel=0.12)
            # Four deviations of a mean.
            assert abs(each.mean()) < 4 * math.sqrt(gain / len(each) / each.size)
    for name, deviation in (("token", 1), ("position", 0.1)):
        assert transformer[name].std() == pytest.approx(deviation, rel=0.15)
        assert abs(transformer[name].mean()) < 4 * deviation / math.sqrt(transformer[name].size)
    assert not any(each.any() for name, each in perceptron.items() if name.startswith("bias"))
    assert not any(each.any() for name, each in adapters.items() if name.startswith("up"))


def test_frozen_matrices_take_no_products_for_gradients_of_theirs():
    network, random = Transformer(6, 4, 8, 2, 1), np.random.default_rng(2)
    weights, inputs = network.initial(random), random.integers(0, 6, (2, 4))

    def backward(part):
        counted = Counted(FLOAT32)
        tape = Tape(Counted(FLOAT32), counted)
        nodes = {name: Node(value) for name, value in part.initial(random).items()}
        tape.backward(part.logits(tape, nodes, inputs), inputs, 1)
        return counted.macs

    rows, width = inputs.size, 8
    behind = width * 6
    # Gradients pass the output projection; that of the last layer is the product of its inputs and
    # of its outputs' gradients, or of what is on either side of the adapter's middle.
    matrix = backward(Adapted(network, weights, ("weight down 0",), None))
    assert matrix == rows * (behind + 4 * width * width)
    adapter = backward(Adapted(network, weights, ("weight down 0",), 2))
    assert adapter == rows * (behind + 2 * (width + width + 4 * width))


def test_last_blocks_give_what_the_model_gives(language_model):
    network = LastBlocks(language_model, 2)
    tokens = language_model.tokens("The sea was calm, and the boats lay still.")
    states = network.states(tokens[None])
    got, _ = used(network, network.weights(), states)
    assert np.allclose(got[0], language_model.logits(tokens), atol=1e-3)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_blocks_before_and_last_blocks_are_the_whole_model(small, count):
    network = LastBlocks(small, count)
    tokens = np.array([[3, 1, 4, 1, 5, 9, 2], [6, 5, 3, 5, 8, 9, 7]])
    states = network.states(tokens)
    assert states.shape == (2, 7, 8)
    got, _ = used(network, network.weights(), states)
    for text, scores in zip(tokens, got, strict=True):
        np.testing.assert_allclose(scores, small.logits(text), rtol=1e-4, atol=1e-4)


def test_weights_of_blocks_are_those_of_their_numbers(small):
    network = LastBlocks(small, 1)
    weights = network.weights()
    assert list(network.blocks) == [1]
    assert weights.keys() == network.initial(np.random.default_rng(1)).keys()
    assert len(weights) == 7 + 2 + 2
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        matrix = small.tensors[f"blk.1.{name}.weight"]
        assert np.array_equal(weights[network.matrix(1, name)], matrix.T)


def test_frozen_blocks_take_no_products_for_gradients_of_theirs(small):
    network, random = LastBlocks(small, 2), np.random.default_rng(3)
    part = Adapted(network, network.weights(), (network.matrix(1, "ffn_down"),), None)
    counted = Counted(FLOAT32)
    tape = Tape(Counted(FLOAT32), counted)
    nodes = {name: Node(value) for name, value in part.initial(random).items()}
    inputs, labels = random.normal(size=(2, 3, 8)), random.integers(0, 12, (2, 3))
    tape.backward(part.logits(tape, nodes, inputs), labels, 1)
    # The output projection from 8 to 12, and the matrix from 20 to 8.
    assert counted.macs == 6 * (8 * 12 + 20 * 8)


def test_gradients_of_blocks_are_those_of_finite_differences():
    random = np.random.default_rng(4)
    network = LastBlocks(small_model(random), 1)
    weights = {name: each.astype(np.float64) for name, each in network.weights().items()}
    inputs, labels = random.normal(size=(2, 3, 8)), random.integers(0, 5, (2, 3))
    nodes = {name: Node(value) for name, value in weights.items()}
    counted = Counted(FLOAT32)
    tape = Tape(counted, counted)
    tape.backward(network.logits(tape, nodes, inputs), labels, 1)
    for name, value in weights.items():
        place, losses = random.integers(value.size), []
        for step in (1e-5, -1e-5):
            moved = value.copy()
            moved.flat[place] += step
            logits, _ = used(network, {**weights, name: moved}, inputs)
            losses.append(cross_entropy(logits, labels)[0])
        slope = (losses[0] - losses[1]) / 2e-5
        assert nodes[name].gradient.flat[place] == pytest.approx(slope, rel=1e-3, abs=1e-6), name


def small_model(random):
    """One block of width 8: four heads of width 2, two of which share keys and values."""
    shapes = {
        "attn_q": (8, 8),
        "attn_k": (4, 8),
        "attn_v": (4, 8),
        "attn_output": (8, 8),
        "ffn_gate": (12, 8),
        "ffn_up": (12, 8),
        "ffn_down": (8, 12),
    }
    tensors = {f"blk.0.{name}.weight": random.normal(size=size) for name, size in shapes.items()}
    for name in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"):
        tensors[f"{name}.weight"] = random.normal(size=8)
    tensors["token_embd.weight"] = random.normal(size=(5, 8))
    fields = {
        "llama.block_count": 1,
        "llama.rope.dimension_count": 2,
        "llama.rope.freq_base": 100.0,
        "llama.attention.head_count_kv": 2,
    }
    return SimpleNamespace(blocks=1, fields=fields, tensors=tensors)
