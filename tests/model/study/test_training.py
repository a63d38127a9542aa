from lmul_pe.model import format_named
from lmul_pe.model.study.training import DIGITS_GROUPS, SEEDS, pieces, train_digits


def test_a_format_chooses_its_pieces_and_the_reference():
    keys = [piece.key for piece in pieces(train_digits, DIGITS_GROUPS, [format_named("bf16")])]
    assert keys == ["fp32", "bf16, exact", "bf16, L-Mul", "bf16, Eq. 1"]


def test_recipes_are_what_their_names_say():
    found = {key: recipe for group in DIGITS_GROUPS.values() for key, recipe in group.items()}
    alone = found["e4m3, L-Mul forward alone"]
    assert (alone.forward.kind, alone.backward.kind) == ("lmul", "exact")
    mixed = found["e4m3 and e5m2 backward, L-Mul, loss scaled"]
    assert (str(mixed.forward.format), str(mixed.backward.format)) == ("e4m3", "e5m2")
    assert mixed.loss_scale == 1024
    assert found["e4m3, exact, sums in e5m2"].forward.accumulate == "e5m2_fused"
    assert found["e4m3, L-Mul without offset"].forward.multiplier.offset == 0


def test_no_seed_is_counted_twice():
    assert len(set(SEEDS)) == len(SEEDS)
