"""Tensors in, tensors out: products as of NumPy arrays, and gradients against PyTorch's checks."""

from functools import partial

import numpy as np
import pytest

from lmul_pe import SpecificationError, matmul

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
from lmul_pe import torch as lmul  # noqa: E402 - which needs it


@pytest.fixture
def random():
    return np.random.default_rng(3)


def tensors(random, *shapes, dtype=torch.float32):
    return [torch.tensor(random.normal(size=shape), dtype=dtype) for shape in shapes]


class TestForward:
    @pytest.mark.parametrize("carry", ["integer", "equation"])
    @pytest.mark.parametrize(
        ("first", "second"),
        [((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,)), ((2, 1, 3, 4), (6, 4, 5))],
    )
    def test_is_that_of_numpy_arrays(self, first, second, carry, random):
        a, b = tensors(random, first, second)
        found = lmul.matmul(a, b, "bf16", carry=carry)
        expected = matmul(a.numpy(), b.numpy(), "bf16", carry=carry)
        assert found.shape == torch.matmul(a, b).shape
        np.testing.assert_array_equal(found.numpy(), expected)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
    def test_has_the_type_of_its_operands(self, dtype, random):
        a, b = tensors(random, (3, 4), (4, 5), dtype=dtype)
        found = lmul.matmul(a, b, "e4m3")
        assert found.dtype == dtype
        expected = torch.tensor(matmul(a.double().numpy(), b.double().numpy(), "e4m3"))
        assert torch.equal(found, expected.to(dtype))


SHARP = {"accumulate": "e11m52", "backward": "piecewise", "subnormals": "gradual"}
"""In float64 a change of 1e-6 is seen."""


class TestPiecewise:
    @pytest.mark.parametrize("carry", ["integer", "equation"])
    @pytest.mark.parametrize("offset", ["paper", "none"])
    @pytest.mark.parametrize(("first", "second"), [((3, 4), (4, 5)), ((2, 3, 2), (2, 3))])
    def test_is_the_derivative(self, carry, offset, first, second, random):
        a, b = tensors(random, first, second, dtype=torch.float64)
        operands = a.requires_grad_(), b.requires_grad_()
        product = partial(lmul.matmul, format="e11m52", carry=carry, offset=offset, **SHARP)
        assert torch.autograd.gradcheck(product, operands)

    def test_of_a_zero_is_that_of_mantissa_zero_and_its_partner_gets_none(self):
        a = torch.tensor([[0.0, 1.0]], requires_grad=True)
        # 1 + 7/8 and the constant of 1/8 carry.
        b = torch.tensor([[1.875], [1.5]], requires_grad=True)
        lmul.matmul(a, b, "e4m3", backward="piecewise").sum().backward()
        assert a.grad.tolist() == [[2.0, 1.0]]
        assert b.grad.tolist() == [[0.0], [1.0]]

    def test_carries_twice_where_mantissas_and_constant_do(self):
        a = torch.tensor([[1.875]], requires_grad=True)
        b = torch.tensor([[-1.875]], requires_grad=True)
        lmul.matmul(a, b, "e4m3", backward="piecewise", offset=4).sum().backward()
        # 7/8 + 7/8 + 1/2 is above 2.
        assert (a.grad.item(), b.grad.item()) == (-4.0, 4.0)


class TestBackward:
    def gradients(self, a, b, **options):
        first, second = a.clone().requires_grad_(), b.clone().requires_grad_()
        weights = torch.arange(15.0).reshape(3, 5)
        (lmul.matmul(first, second, "e4m3", **options) * weights).sum().backward()
        return first.grad, second.grad, weights

    def test_exact_is_that_of_the_rounded_operands(self, random):
        a, b = tensors(random, (3, 4), (4, 5))
        of_a, of_b, weights = self.gradients(a, b)
        rounded = [
            torch.where(abs(each) < 2.0**-6, torch.zeros(()), each)
            for each in (each.to(torch.float8_e4m3fn).float() for each in (a, b))
        ]
        torch.testing.assert_close(of_a, weights @ rounded[1].T)
        torch.testing.assert_close(of_b, rounded[0].T @ weights)

    def test_straight_through_is_that_of_the_operands(self, random):
        a, b = tensors(random, (3, 4), (4, 5))
        of_a, of_b, weights = self.gradients(a, b, backward="straight_through")
        torch.testing.assert_close(of_a, weights @ b.T)
        torch.testing.assert_close(of_b, a.T @ weights)

    def test_lmul_is_by_the_same_products(self, random):
        a, b = tensors(random, (3, 4), (4, 5))
        of_a, of_b, weights = self.gradients(a, b, backward="lmul", subnormals="gradual")
        turned = {"format": "e4m3", "subnormals": "gradual"}
        assert of_a.tolist() == matmul(weights.numpy(), b.numpy().T, **turned).tolist()
        assert of_b.tolist() == matmul(a.numpy().T, weights.numpy(), **turned).tolist()

    @pytest.mark.parametrize("backward", lmul.BACKWARDS)
    def test_of_what_was_repeated_is_the_sum(self, backward, random):
        a, b = tensors(random, (3, 4), (2, 4, 5))
        a.requires_grad_()
        options = {"format": "bf16", "backward": backward}
        lmul.matmul(a, b, **options).sum().backward()
        found, a.grad = a.grad, None
        for each in b:
            lmul.matmul(a, each, **options).sum().backward()
        torch.testing.assert_close(found, a.grad)


class TestErrors:
    @pytest.mark.parametrize(
        ("first", "second", "message"),
        [
            (np.ones(2), torch.ones(2), "the first operand has type ndarray: pass a torch.Tensor"),
            (torch.ones(2), torch.ones(2).int(), "the second operand has type torch.int32: expec"),
            (torch.ones(2), torch.ones(2).double(), "operands have types torch.float32 and torch"),
            (torch.ones(2, device="meta"), torch.ones(2), "the first operand is on meta: expected"),
        ],
    )
    def test_of_types(self, first, second, message):
        with pytest.raises(TypeError, match=f"^{message}"):
            lmul.matmul(first, second, "bf16")

    @pytest.mark.parametrize(("first", "second"), [((3, 4), (5, 4)), ((), (4,)), ((2, 3), (2, 2))])
    def test_of_shapes(self, first, second):
        with pytest.raises(SpecificationError, match="are no matrix product"):
            lmul.matmul(torch.ones(first), torch.ones(second), "bf16")

    def test_of_ways_back(self):
        with pytest.raises(SpecificationError, match=r"backward 'exactly' .* did you mean 'exact'"):
            lmul.matmul(torch.ones(2), torch.ones(2), "bf16", backward="exactly")
        with pytest.raises(SpecificationError, match="'piecewise' does not apply to exact_bf16"):
            lmul.matmul(torch.ones(2), torch.ones(2), "bf16", backward="piecewise", kind="exact")

    @pytest.mark.parametrize("shape", [(0, 4), (3, 0)])
    def test_none_of_empty_ones(self, shape):
        a = torch.ones(shape, requires_grad=True)
        b = torch.ones(shape[1], 2)
        result = lmul.matmul(a, b, "bf16")
        result.sum().backward()
        assert (result.shape, a.grad.shape) == ((shape[0], 2), shape)
        assert not result.any()
