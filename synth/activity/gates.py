"""Boolean functions of cells as gates of two operands, which compiled loops evaluate."""

import ast
from functools import cache


@cache
def gates_of(function: str, arguments: int) -> tuple[list[tuple[int, int, int]], int]:
    """The gates of a function, as literals of two operands and the operator, and its result.

    A literal is twice the slot, and one more for the complement.
    """
    gates: list[tuple[int, int, int]] = []

    def gate(one: int, other: int, exclusive: int) -> int:
        gates.append((one, other, exclusive))
        return 2 * (arguments + len(gates) - 1)

    def literal(node: ast.expr) -> int:
        match node:
            case ast.Name(id=name):
                return 2 * int(name.removeprefix("x"))
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return literal(operand) ^ 1
            case ast.BinOp(left=left, op=ast.BitXor(), right=right):
                return gate(literal(left), literal(right), 1)
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                return gate(literal(left), literal(right), 0)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return gate(literal(left) ^ 1, literal(right) ^ 1, 0) ^ 1
        raise AssertionError(f"{ast.unparse(node)} is no function of Liberty")

    if function in ("0", "-1"):
        # Without arguments slot 0 keeps the 0 that it has at the beginning.
        return gates, int(function == "-1")
    return gates, literal(ast.parse(function, mode="eval").body)
