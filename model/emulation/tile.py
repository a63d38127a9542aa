"""The innermost loop: one tile of sums, kept in registers, over all of the inner dimension.

A loop over ``k`` adds the products of a column of ``a`` and a row of ``b`` to a tile of sums.  How
a product is made is a :class:`Form`.  Numba's own loops would leave the sums in memory, so that the
tile is written in vector instructions, which LLVM fits to the processor at hand.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_INT = ir.IntType(32)
_FLOAT = ir.FloatType()


class Shape(NamedTuple):
    """How many sums a tile has: ``rows``, and ``columns`` in ``vectors``."""

    rows: int
    vectors: int

    @property
    def columns(self) -> int:
        return LANES * self.vectors


def _registers() -> tuple[int, Shape, Shape]:
    """Numbers in a vector, and tiles that fit the registers, of which AVX-512 and ARM have 32.

    The second is for operands of two planes.
    """
    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        return 16, Shape(6, 4), Shape(8, 2)
    if features.get("avx2"):
        return 8, Shape(4, 2), Shape(4, 2)
    return 4, Shape(4, 2), Shape(4, 2)


LANES, ONE_PLANE, TWO_PLANES = _registers()
NO_NUMBER = 0x40C00000
"""Stands for a zero in a row of ``b`` from whose bits the bias is subtracted: no number is it."""

_INTS = ir.VectorType(_INT, LANES)
_FLOATS = ir.VectorType(_FLOAT, LANES)

Value = Any
Step = Callable[[Any, Sequence[Value], Sequence[Value], Value, Value], Value]
"""A sum with one more product: builder, planes of a, planes of b, the sum, a mask."""


def _spread(builder: Any, value: Value) -> Value:
    """A vector of one number."""
    vector = builder.insert_element(ir.Constant(_INTS, ir.Undefined), value, _INT(0))
    return builder.shuffle_vector(vector, ir.Constant(_INTS, ir.Undefined), _constant(0))


def _constant(number: int) -> Value:
    return ir.Constant(_INTS, [number] * LANES)


def _float(builder: Any, value: Value) -> Value:
    return builder.bitcast(value, _FLOATS)


def _fma(builder: Any, x: Value, y: Value, z: Value) -> Value:
    """``x * y + z``, rounded once."""
    kind = ir.FunctionType(_FLOATS, [_FLOATS] * 3)
    name = f"llvm.fma.v{LANES}f32"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [x, y, z])


def _plain(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """L-Mul with integer carry, none of whose operands is zero: one addition of bits."""
    return builder.fadd(total, _float(builder, builder.add(a[0], b[0])))


def _added_where(builder, number, a, b, total):  # type: ignore[no-untyped-def]
    """The sum with a product where there is one, with zero elsewhere.

    A sum is never a negative zero, to which a zero would make a difference.  Masks that depend on
    one operand alone are made once for a row or column of the tile.
    """
    result = builder.and_(builder.add(a[0], b[0]), builder.sext(number, _INTS))
    return builder.fadd(total, _float(builder, result))


def _zeros_left(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """L-Mul with integer carry, where ``a`` may be zero."""
    number = builder.icmp_signed("!=", a[0], _constant(0))
    return _added_where(builder, number, a, b, total)


def _zeros_right(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """L-Mul with integer carry, where ``b`` may be zero."""
    number = builder.icmp_signed("!=", b[0], _constant(NO_NUMBER))
    return _added_where(builder, number, a, b, total)


def _masked(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """L-Mul with integer carry."""
    number = builder.and_(
        builder.icmp_signed("!=", a[0], _constant(0)),
        builder.icmp_signed("!=", b[0], _constant(NO_NUMBER)),
    )
    return _added_where(builder, number, a, b, total)


def _fused(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """Exact products that enter the sum unrounded."""
    return _fma(builder, _float(builder, a[0]), _float(builder, b[0]), total)


def _rounded(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """Exact products that are rounded to fp32."""
    result = builder.fmul(_float(builder, a[0]), _float(builder, b[0]))
    return builder.fadd(total, result)


def _equation(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """L-Mul by Equation 1 of up to 22 mantissa bits, of rank 2.

    ``(1 + c + x) 2^e`` times ``2^f``, and ``2^e`` times ``y 2^f``: their sum is exact; the bit
    shifted out is dropped by a mask.
    """
    first, power = (_float(builder, each) for each in a)
    other_power, mantissa = (_float(builder, each) for each in b)
    result = _fma(builder, first, other_power, builder.fmul(power, mantissa))
    bits = builder.and_(builder.bitcast(result, _INTS), _spread(builder, kept))
    return builder.fadd(total, _float(builder, bits))


def _halved(builder, a, b, total, kept):  # type: ignore[no-untyped-def]
    """L-Mul by Equation 1 of 23 mantissa bits, in integers; a mantissa of -1 marks a zero."""
    unit = _constant(1 << 23)
    mantissa = builder.add(a[0], b[0])
    half = builder.lshr(builder.add(mantissa, unit), _constant(1))
    mantissa = builder.select(builder.icmp_signed(">=", mantissa, unit), half, mantissa)
    result = builder.add(builder.add(a[1], b[1]), mantissa)
    number = builder.icmp_signed(">=", b[0], _constant(0))
    result = builder.select(number, result, _constant(0))
    added = builder.fadd(total, _float(builder, result))
    return builder.select(builder.icmp_signed(">=", a[0], _constant(0)), added, total)


def _tile(step: Step, shape: Shape, planes: int) -> Any:
    """A function that adds products to one tile.

    It takes ``a``, ``b`` and ``sums``, contiguous arrays of int32, int32 and float32; ``at_a``,
    ``at_b`` and ``at_sums``, where panels and tile begin in them; ``pitch``, elements from one row
    of ``sums`` to the next; ``depth``, of the inner dimension; and ``kept``, a mask or anything.
    For every ``k`` a panel holds the rows (of ``a``) or the columns (of ``b``) of each plane.
    """
    tile = list(product(range(shape.rows), range(shape.vectors)))

    @intrinsic
    def add(typing, a, b, sums, at_a, at_b, at_sums, pitch, depth, kept):  # type: ignore[no-untyped-def]
        places = [types.intp] * 5
        signature = types.void(a, b, sums, *places, types.int32)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            *places, pitch, depth, kept = arguments[3:]
            pointers = [
                builder.gep(context.make_array(kind)(context, builder, array).data, [at])
                for kind, array, at in zip(signature.args, arguments, places, strict=False)
            ]
            values = [*pointers, pitch, depth, kept]
            kind = ir.FunctionType(ir.VoidType(), [each.type for each in values])
            name = f"tile.{step.__name__}"
            function = cgutils.get_or_insert_function(builder.module, kind, name)
            if function.is_declaration:
                function.linkage = "internal"
                # Loops of one function share its registers, and a sum in memory halves the rate.
                function.attributes.add("noinline")
                fill(ir.IRBuilder(function.append_basic_block()), *function.args)
            builder.call(function, values)
            return context.get_dummy_value()

        def fill(builder, start_a, start_b, start_sums, pitch, depth, kept):  # type: ignore[no-untyped-def]
            number = pitch.type

            def vector_at(pointer, offset):  # type: ignore[no-untyped-def]
                return builder.bitcast(builder.gep(pointer, [offset]), _INTS.as_pointer())

            def of_sums(row, vector):  # type: ignore[no-untyped-def]
                offset = builder.add(builder.mul(pitch, number(row)), number(vector * LANES))
                return builder.bitcast(vector_at(start_sums, offset), _FLOATS.as_pointer())

            totals = {each: cgutils.alloca_once(builder, _FLOATS) for each in tile}
            for each in tile:
                builder.store(builder.load(of_sums(*each), align=4), totals[each])
            with cgutils.for_range(builder, depth) as loop:
                column = builder.gep(
                    start_a, [builder.mul(loop.index, number(planes * shape.rows))]
                )
                row_start = builder.mul(loop.index, number(planes * shape.columns))
                row_of_b = builder.gep(start_b, [row_start])
                vectors = [
                    [
                        builder.load(
                            vector_at(row_of_b, number(plane * shape.columns + vector * LANES)),
                            align=4,
                        )
                        for plane in range(planes)
                    ]
                    for vector in range(shape.vectors)
                ]
                for row in range(shape.rows):
                    scalars = [
                        builder.load(builder.gep(column, [number(plane * shape.rows + row)]))
                        for plane in range(planes)
                    ]
                    spread = [_spread(builder, scalar) for scalar in scalars]
                    for vector, of_b in enumerate(vectors):
                        total = totals[row, vector]
                        added = step(builder, spread, of_b, builder.load(total), kept)
                        builder.store(added, total)
            for each in tile:
                builder.store(builder.load(totals[each]), of_sums(*each), align=4)
            builder.ret_void()

        return signature, generate

    return add


add_plain = _tile(_plain, ONE_PLANE, 1)
add_zeros_left = _tile(_zeros_left, ONE_PLANE, 1)
add_zeros_right = _tile(_zeros_right, ONE_PLANE, 1)
add_masked = _tile(_masked, ONE_PLANE, 1)
add_fused = _tile(_fused, ONE_PLANE, 1)
add_rounded = _tile(_rounded, ONE_PLANE, 1)
add_equation = _tile(_equation, TWO_PLANES, 2)
add_halved = _tile(_halved, TWO_PLANES, 2)
