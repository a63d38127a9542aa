import math
import re
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model.network.training.data import Examples
from lmul_pe.model.network.training.loop import Run
from lmul_pe.model.study import adapters
from lmul_pe.model.study.adapters import (
    ADAPTERS,
    FULL,
    LORA,
    RECIPE,
    WAYS,
    WINDOW,
    Adaptation,
    Way,
    gains,
)


def test_what_is_saved_is_against_every_matrix():
    def adapted(gain, trained, macs):
        after = 4 + math.log1p(gain / 100)
        return Adaptation(4.0, after, (4.0, after), trained, macs)

    found = {
        LORA: [adapted(gain, 1_000, 3 * 10**9) for gain in (-1, -2, -6)],
        FULL: [adapted(gain, 10_000, 4 * 10**9) for gain in (-2, -3, -7)],
    }
    section = ADAPTERS.section(found)
    assert section.verdict == [
        "LoRA, rank 8, queries and values: perplexity of unseen texts -3.0 [-6.0, -1.0] %, "
        "1,000 numbers trained of 10,000, 25% fewer multiplications."
    ]
    assert "| 1,000 | 0.02 | 3 | 25% |" in section.body


def test_windows_of_a_text_have_the_token_behind_each(monkeypatch):
    lengths = {"long": 2 * WINDOW + 9, "exact": 2 * WINDOW, "just": 2 * WINDOW + 1}
    known = [SimpleNamespace(read=partial(str, name)) for name in lengths]
    model = SimpleNamespace(tokens=lambda name: 7 * np.arange(lengths[name]))
    network = SimpleNamespace(model=model, states=lambda seen: seen + 0.5)
    monkeypatch.setattr(adapters, "_network", lambda: network)
    monkeypatch.setattr(adapters, "texts", lambda: known)
    found = adapters._examples.__wrapped__()
    # The last token of a text has none behind it.
    assert [len(each) for each in found] == [2, 1, 2]
    for examples in found:
        assert examples.inputs.shape[1] == WINDOW
        np.testing.assert_array_equal(examples.inputs - 0.5 + 7, examples.labels)
        places = np.arange(examples.labels.size)
        np.testing.assert_array_equal(examples.labels.ravel(), 7 + 7 * places)


def test_names_say_the_rank_and_the_cycles():
    for name, way in WAYS.items():
        rank = re.search(r"rank (\d+)", name)
        if rank:
            assert way.rank == int(rank[1])
        assert way.cycles == (2 if "two cycles" in name else 1)
        # No epoch is lost.
        assert RECIPE.epochs % way.cycles == 0
        # What is trained itself has no adapter.
        assert (way.rank is None) == ("self" in name or "selves" in name)
    assert WAYS["ReLoRA, the same, two cycles"].rank == WAYS[LORA].rank
    assert [piece.key for piece in ADAPTERS.pieces([])] == list(WAYS)


def test_every_way_is_tried_once_with_every_choice_of_texts(monkeypatch):
    monkeypatch.setattr(adapters, "adapted", lambda way, seed: (way, seed))
    for piece, way in zip(ADAPTERS.pieces([]), WAYS.values(), strict=True):
        tried = piece.compute()
        assert [each for each, _ in tried] == [way] * 3
        assert len({seed for _, seed in tried}) == 3


def test_every_figure_stands_in_its_column():
    def adapted(before, after, trained, macs):
        return Adaptation(math.log(before), math.log(after), (), trained, macs)

    found = {
        LORA: [adapted(20, after, 500_000, 6 * 10**9) for after in (19, 18, 20)],
        FULL: [adapted(20, 16, 10**6, 8 * 10**9)] * 3,
    }
    assert gains(found[LORA]) == pytest.approx([-5, -10, 0])
    section = ADAPTERS.section(found)
    assert section.body.split("\n\n")[1].splitlines() == [
        "| what is trained | perplexity before | after | change, % | numbers trained | "
        f"their memory, MB | MACs, 10^9 | fewer than {FULL} |",
        "| :-- |" + " --: |" * 7,
        # A number, its gradient and two means of four bytes each.
        f"| {LORA} | 20.00 [20.00, 20.00] | 19.00 [18.00, 20.00] | -5.0 [-10.0, +0.0] | 500,000 | "
        "8.00 | 6 | 25% |",
        f"| {FULL} | 20.00 [20.00, 20.00] | 16.00 [16.00, 16.00] | -20.0 [-20.0, -20.0] | "
        "1,000,000 | 16.00 | 8 | 0% |",
    ]
    assert f"{RECIPE.epochs} epochs over ten texts" in section.body


@pytest.mark.parametrize(("cycles", "epochs", "lost"), [(1, 2, False), (2, 1, False), (2, 1, True)])
def test_cycles_share_the_epochs_and_begin_where_the_last_one_ended(
    cycles, epochs, lost, monkeypatch
):
    network = SimpleNamespace(
        blocks=(8, 9), weights=lambda: {"all": 0}, matrix=lambda block, name: f"{block} {name}"
    )
    texts = [Examples(np.full((1, 2), place), np.full((1, 2), place)) for place in range(12)]
    parts, seen = [], []

    class Adapted:
        def __init__(self, network, weights, names, rank):
            parts.append((weights, names, rank))

        def merged(self, learnt):
            return {"all": len(parts)}

    def run_of(loss):
        return Run((1.0,), (loss,), loss, 0.5, 1000, 0.0, 0.0, False)

    def train(network, data, recipe, random):
        seen.append((data, recipe))
        return run_of(4.0)

    def learned(part, data, recipe, random):
        seen.append((data, recipe))
        loss = None if lost and len(parts) == cycles else 4.0 - len(parts)
        return run_of(loss), {"a": np.zeros((2, 3)), "b": np.zeros(5)}

    for name, value in (
        ("_network", lambda: network),
        ("_examples", lambda: texts),
        ("Adapted", Adapted),
        ("train", train),
        ("learned", learned),
    ):
        monkeypatch.setattr(adapters, name, value)
    found = adapters.adapted(Way(("q", "v"), 8, 0.25, cycles), 3)
    names = ("8 q", "8 v", "9 q", "9 v")
    assert parts == [({"all": place}, names, 8) for place in range(cycles)]
    (data, untrained), *others = seen
    assert untrained.epochs == 0
    assert [(recipe.epochs, recipe.rate) for _, recipe in others] == [(epochs, 0.25)] * cycles
    # Nine texts are learnt, one validates, and two others are judged.
    kept = [set(np.ravel(each.inputs)) for each in (data.training, data.validation, data.test)]
    assert [len(each) for each in kept] == [9, 1, 2]
    assert set.union(*kept) == set(range(12))
    losses = [4.0 - place - 1 for place in range(cycles)]
    assert found.before == 4
    assert found.after == (np.inf if lost else losses[-1])
    assert found.validation == (*losses[:-1], None if lost else losses[-1])
    assert found.trained == 2 * 3 + 5
    assert found.macs == 1000 * cycles
