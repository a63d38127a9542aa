"""What goes back through integer additions whose carries are told one by one: compiled."""

from lmul_pe.model.compiler import compiled


@compiled
def through_carries(mantissas, others, powers, gradient, sums):  # type: ignore[no-untyped-def]
    """Add the gradients after one operand to ``sums``.

    Parameters
    ----------
    mantissas
        ``K x I``, of that operand.
    others, powers
        ``K x J``: mantissas of the other one with the constant, and its signs and powers of two.
    gradient
        ``J x I``, after the sums of products.
    sums
        ``K x I``, changed in place.
    """
    for k in range(mantissas.shape[0]):
        for j in range(others.shape[1]):
            other, power = others[k, j], powers[k, j]
            for i in range(mantissas.shape[1]):
                total = mantissas[k, i] + other
                factor = 4 * power if total >= 2 else 2 * power if total >= 1 else power
                sums[k, i] += gradient[j, i] * factor
