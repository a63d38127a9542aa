import pytest

from lmul_pe.model.network.arithmetic import Arithmetic

PERSON = "That is a happy person"


@pytest.mark.parametrize(
    ("sentence", "cosine"),
    [
        ("That is a happy dog", 0.6946),
        ("That is a very happy person", 0.9429),
        ("Today is a sunny day", 0.2569),
    ],
)
def test_cosines_are_those_that_the_model_is_published_with(encoder, sentence, cosine):
    assert encoder.similarity(PERSON, sentence) == pytest.approx(cosine, abs=5e-5)


def test_vectors_have_length_one(encoder):
    vector = encoder.vector(PERSON)
    assert vector @ vector == pytest.approx(1)


@pytest.mark.parametrize("where", ["attention", "linear"])
def test_fewer_bits_move_a_vector_further(encoder, where):
    exact = encoder.vector(PERSON)
    fine, coarse = (
        1 - encoder.vector(PERSON, Arithmetic(format, "exact", where=where)) @ exact
        for format in ("bf16", "e8m2")
    )
    assert fine < coarse / 20 < 0.05
