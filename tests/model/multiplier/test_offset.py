import numpy as np
import pytest

import lmul_pe.model.multiplier.offset
from lmul_pe.model import (
    Multiplier,
    SpecificationError,
    fit_offset,
    paper_offset,
    relative_errors,
)
from lmul_pe.model.multiplier.offset import STORED, _parts, mantissa_sum
from tests.sweep import some

# Mean relative error, bias, least and greatest relative error, uniform mantissas.  Recomputed
# outside of this project from the definitions.
ERRORS = {
    ("integer", "paper"): {
        1: (0.3750, 0.3750, 0.333, 0.500),
        2: (0.1467, 0.1467, 0.067, 0.250),
        3: (0.0524, 0.0493, -0.030, 0.125),
        4: (0.0514, 0.0487, -0.032, 0.125),
        7: (0.0266, 0.0041, -0.073, 0.062),
        10: (0.0265, 0.0041, -0.073, 0.062),
    },
    ("equation", "paper"): {
        1: (0.3194, 0.2639, -0.111, 0.500),
        2: (0.1302, 0.0601, -0.184, 0.250),
        3: (0.0809, -0.0221, -0.218, 0.125),
        4: (0.0751, -0.0288, -0.209, 0.125),
        7: (0.0758, -0.0636, -0.233, 0.062),
        10: (0.0758, -0.0641, -0.234, 0.062),
    },
    ("integer", "none"): {
        1: (0.0278, -0.0278, -0.111, 0),
        2: (0.0357, -0.0357, -0.111, 0),
        3: (0.0378, -0.0378, -0.111, 0),
        4: (0.0383, -0.0383, -0.111, 0),
        7: (0.0385, -0.0385, -0.111, 0),
        10: (0.0385, -0.0385, -0.111, 0),
    },
}
ROWS = [
    (carry, offset, bits, *row)
    for (carry, offset), table in ERRORS.items()
    for bits, row in table.items()
]


def errors(bits, offset, carry):
    """Relative errors by the significands that the two definitions print, case by case."""
    mantissa = np.arange(2**bits) / 2**bits
    x, y = mantissa[:, None], mantissa[None, :]
    total = x + y + offset / 2**bits
    if carry == "integer":
        cases = [1 + total, 2 * total, 4 * (total - 1)]
        product = np.choose(np.floor(total).astype(int), cases)
    else:
        kept = 2 + np.floor((total - 1) * 2 ** (bits - 1)) / 2 ** (bits - 1)
        product = np.where(total < 1, 1 + total, kept)
    return product / ((1 + x) * (1 + y)) - 1


def cost(error, criterion, weights):
    pairs = np.outer(weights, weights) / weights.sum() ** 2
    if criterion == "bias":
        return abs((error * pairs).sum())
    return ((np.abs(error) if criterion == "mean" else error**2) * pairs).sum()


class TestPaperOffset:
    @pytest.mark.parametrize(
        ("bits", "offset"),
        [
            (1, 1),
            (2, 1),
            (3, 1),
            (4, 2),
            (5, 2),
            (6, 4),
            (7, 8),
            (10, 64),
            (23, 2**19),
            (52, 2**48),
        ],
    )
    def test_constant(self, bits, offset):
        assert paper_offset(bits) == offset


class TestRelativeErrors:
    @pytest.mark.parametrize(("carry", "offset", "bits", "mean", "bias", "least", "greatest"), ROWS)
    def test_published_table(self, carry, offset, bits, mean, bias, least, greatest):
        error = relative_errors(bits, paper_offset(bits) if offset == "paper" else 0, carry)
        assert error.shape == (2**bits, 2**bits)
        assert np.abs(error).mean() == pytest.approx(mean, abs=0.5001e-4)
        assert error.mean() == pytest.approx(bias, abs=0.5001e-4)
        assert error.min() == pytest.approx(least, abs=0.5001e-3)
        assert error.max() == pytest.approx(greatest, abs=0.5001e-3)

    @pytest.mark.parametrize("carry", ["integer", "equation"])
    @pytest.mark.parametrize("bits", range(1, 8))
    def test_every_offset(self, bits, carry):
        for offset in range(2**bits):
            np.testing.assert_allclose(
                relative_errors(bits, offset, carry), errors(bits, offset, carry), atol=1e-12
            )

    @pytest.mark.parametrize("carry", ["integer", "equation"])
    @pytest.mark.parametrize(("total", "expected"), [(7, (0, 7)), (8, (1, 0))])
    def test_a_sum_of_one_is_the_next_power_of_two(self, carry, total, expected):
        first, second = np.array([4]), np.array([total - 5])
        raised, mantissa = mantissa_sum(first, second, 1, 3, carry)
        assert (raised.item(), mantissa.item()) == expected

    def test_unknown_carry(self):
        with pytest.raises(SpecificationError, match=r"^carry 'equaton' is not one of"):
            relative_errors(3, 1, "equaton")


class TestFitOffset:
    @pytest.mark.parametrize("criterion", ["bias", "mean", "square"])
    @pytest.mark.parametrize("carry", ["integer", "equation"])
    @pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 7])
    @pytest.mark.parametrize("weighting", some(["random", "one", "uniform", "small", "large"], 2))
    def test_no_other_constant_is_better(self, bits, carry, criterion, weighting):
        position = np.arange(2**bits) / 2**bits
        weights = {
            "uniform": None,
            "small": (1 - position) ** 4,
            "large": position**4 + 1e-9,
            "one": np.eye(2**bits)[-1],
            "random": np.random.default_rng(bits).uniform(size=2**bits),
        }[weighting]
        fitted = fit_offset(bits, criterion, weights, carry)
        weights = np.ones(2**bits) if weights is None else weights
        costs = [cost(errors(bits, c, carry), criterion, weights) for c in range(2**bits)]
        assert costs[fitted] <= min(costs) + 1e-12

    def test_more_bits_are_scaled_up(self, monkeypatch):
        monkeypatch.setattr(lmul_pe.model.multiplier.offset, "LARGEST_FIT", 5)
        monkeypatch.setattr(lmul_pe.model.multiplier.offset, "REFINED_FIT", 5)
        assert fit_offset(23, "bias") == fit_offset(5, "bias") << 18
        assert fit_offset(6, histogram=np.ones(2**5)) == fit_offset(5) << 1

    @pytest.mark.slow
    # Found outside of this project, by trying every constant on every pair of mantissas.
    @pytest.mark.parametrize(("criterion", "offset"), [("bias", 58), ("mean", 47), ("square", 57)])
    def test_of_ten_bits(self, criterion, offset):
        assert fit_offset(10, criterion) == offset
        assert fit_offset(12, criterion) == 4 * offset

    @pytest.mark.parametrize("criterion", ["bias", "mean", "square"])
    @pytest.mark.parametrize("stored", ["truncated", "rounded"])
    @pytest.mark.parametrize("bits", [1, 2, 3, 4])
    def test_of_operands_that_lost_bits(self, bits, criterion, stored):
        """The middles of the 16 parts of every mantissa's numbers, one by one."""
        parts = (np.arange(16) + 0.5) / 16 - (0.5 if stored == "rounded" else 0)
        meant = (1 + (np.arange(2**bits)[:, None] + parts) / 2**bits).ravel()
        real = np.outer(meant, meant)
        errors_of = []
        for constant in range(2**bits):
            exact = (1 + np.arange(2**bits) / 2**bits)[:, None] * (1 + np.arange(2**bits) / 2**bits)
            approximate = (errors(bits, constant, "integer") + 1) * exact
            errors_of.append(np.kron(approximate, np.ones((16, 16))) / real - 1)
        one = np.eye(2**bits)[2**bits // 3]
        for weights in (np.ones(2**bits), one):
            every = [cost(each, criterion, np.repeat(weights, 16)) for each in errors_of]
            fitted = fit_offset(bits, criterion, weights, stored=stored)
            assert every[fitted] <= min(every) + 1e-12

    @pytest.mark.parametrize("stored", ["truncated", "rounded"])
    # Four bits are lost, and fewer of mantissas of more than 7, so that there are 11 together.
    @pytest.mark.parametrize(("bits", "count"), [(2, 16), (7, 16), (8, 8), (9, 4), (10, 2)])
    def test_the_numbers_behind_a_mantissa_are_the_middles_of_equal_parts(
        self, bits, count, stored
    ):
        parts = _parts(bits, stored)
        assert parts.shape == (count, 2**bits)
        first, last = float(parts[0, 3]), float(parts[-1, 3])
        least = 3 if stored == "truncated" else 2.5
        assert (first - 1) * 2**bits == least + 0.5 / count
        assert (last - 1) * 2**bits == least + 1 - 0.5 / count
        assert (parts[:, 1] - parts[:, 0] == 2.0**-bits).all()

    @pytest.mark.parametrize("weighting", ["least", "random"])
    def test_a_constant_for_more_bits_is_sought_around_that_for_eight(self, weighting):
        weights = {
            "least": np.eye(256)[0],
            "random": np.random.default_rng(7).uniform(size=256),
        }[weighting]
        fitted = fit_offset(9, "square", weights)
        spread = np.repeat(weights, 2)
        costs = {
            constant: cost(errors(9, constant, "integer"), "square", spread)
            for constant in range(max(fitted - 3, 0), fitted + 4)
        }
        assert costs[fitted] <= min(costs.values()) + 1e-12

    def test_up_to_three_bits_truncated_operands_alone_want_the_paper_s_constant(self):
        for bits in (1, 2, 3):
            for criterion in ("bias", "mean", "square"):
                fits = [fit_offset(bits, criterion, stored=each) for each in STORED]
                assert fits == [0, paper_offset(bits), 0]

    def test_the_fit_beats_the_paper_in_its_own_criterion(self):
        fitted, printed = (
            np.abs(relative_errors(7, offset)).mean() for offset in (fit_offset(7), paper_offset(7))
        )
        assert fitted <= printed

    @pytest.mark.parametrize(
        "histogram",
        [
            np.ones(7),
            np.ones((8, 1)),
            np.ones(()),
            np.zeros(8),
            [1, 1, 1, 1, 1, 1, 1, -1],
            [1, 1, 1, 1, 1, 1, 1, np.nan],
            [1, 1, 1, 1, 1, 1, 1, np.inf],
        ],
    )
    def test_histogram_refused(self, histogram):
        message = r"^histogram of shape .* expected 8 non-negative numbers, not all zero$"
        with pytest.raises(SpecificationError, match=message):
            fit_offset(3, histogram=histogram)

    @pytest.mark.parametrize("bits", [8, 9, 23])
    def test_a_histogram_of_wide_mantissas_is_that_of_their_eight_top_bits(self, bits):
        with pytest.raises(
            SpecificationError, match=r"^histogram of shape \(512,\).* expected 256 "
        ):
            fit_offset(bits, histogram=np.ones(512))

    def test_unknown_choices(self):
        with pytest.raises(SpecificationError, match=r"^criterion 'men' .*did you mean 'mean'\?$"):
            fit_offset(3, "men")
        with pytest.raises(SpecificationError, match=r"^carry 'equaton' is not one of"):
            fit_offset(3, carry="equaton")
        with pytest.raises(
            SpecificationError, match=r"^stored 'round' .*did you mean 'rounded'\?$"
        ):
            fit_offset(3, stored="round")


class TestNames:
    """Offsets that a multiplier is given by name."""

    @pytest.mark.parametrize(
        ("offset", "criterion"),
        [("fitted", "bias"), ("fitted_mean", "mean"), ("fitted_square", "square")],
    )
    @pytest.mark.parametrize("carry", ["integer", "equation"])
    def test_a_name_is_the_constant_of_its_criterion(self, offset, criterion, carry):
        multiplier = Multiplier("lmul", "bf16", offset=offset, carry=carry)
        assert multiplier.offset == fit_offset(7, criterion, carry=carry)

    def test_of_two_formats_it_is_that_of_the_wider_mantissa(self):
        assert Multiplier("lmul", "e4m3", "bf16", offset="fitted").offset == fit_offset(7, "bias")
