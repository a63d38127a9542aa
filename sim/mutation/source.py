"""Mutants of the project's own source: one changed expression or call each."""

import ast
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmul_pe.model import SpecificationError

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


_COMPILERS = ("compiled", "inlined")
"""Decorators of functions that become machine code."""
_GUARDS = ("frozen", "strict")
"""Arguments that notice errors of those who write programs, and change nothing in a right one."""


@dataclass(frozen=True)
class SourceMutant:
    """One change of a source file.

    Parameters
    ----------
    path
        The file, from the root.
    line
        Where it begins.
    before, after
        The text there.
    start, end
        Where ``before`` stands, in bytes.
    compiled
        Whether it is machine code that runs, whose lines no trace shows.
    """

    path: str
    line: int
    before: str
    after: str
    start: int
    end: int
    compiled: bool = False

    @property
    def place(self) -> str:
        before, after = (" ".join(text.split())[:70] for text in (self.before, self.after))
        return f"{self.path}:{self.line}: {before} -> {after}"

    def of(self, source: bytes) -> bytes:
        """The file with the change."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def source_mutants(root: Path, folder: str, count: int, seed: int) -> list[SourceMutant]:
    """``count`` changes of a file or of files in a folder, drawn at random, or all of fewer.

    Raises
    ------
    SpecificationError
        There is no such source.
    """
    place = root / folder
    paths = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    if not paths or not all(path.is_file() for path in paths):
        raise SpecificationError(
            f"source {folder!r} is no Python file and no folder with any: expected one from the "
            "root of the project, as sim/testbench"
        )
    found = [mutant for path in paths for mutant in _mutants(path, str(path.relative_to(root)))]
    return sorted(
        random.Random(seed).sample(found, min(count, len(found))),
        key=lambda mutant: (mutant.path, mutant.start),
    )


def spans(source: bytes) -> Callable[[ast.expr | ast.stmt], tuple[int, int]]:
    """Where a part of the source begins and ends, in bytes."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def span(node: ast.expr | ast.stmt) -> tuple[int, int]:
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        return starts[node.lineno - 1] + node.col_offset, end

    return span


def _mutants(path: Path, name: str) -> Iterator[SourceMutant]:
    source = path.read_bytes()
    span = spans(source)
    tree = ast.parse(source)
    left_out = {
        id(part)
        for node in ast.walk(tree)
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if hint is not None
        for part in ast.walk(hint)
    }
    left_out |= {
        id(each.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for each in node.keywords
        if each.arg in _GUARDS
    }
    compiled = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        if any(isinstance(each, ast.Name) and each.id in _COMPILERS for each in node.decorator_list)
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in left_out or not isinstance(node, ast.expr | ast.stmt):
            continue
        start, end = span(node)
        before = source[start:end].decode()
        for after in _changed(node):
            yield SourceMutant(name, node.lineno, before, after, start, end, id(node) in compiled)


def _changed(node: ast.expr | ast.stmt) -> Iterator[str]:
    """What a node may say instead."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARED:
            swapped = ast.Compare(node.left, [_COMPARED[type(operator)]()], node.comparators)
            yield f"({ast.unparse(swapped)})"
        case ast.BoolOp(op=operator, values=values):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield f"({ast.unparse(ast.BoolOp(other, values))})"
        case ast.BinOp(op=operator) if type(operator) in _COMPUTED:
            computed = ast.BinOp(node.left, _COMPUTED[type(operator)](), node.right)
            yield f"({ast.unparse(computed)})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield str(value + 1)
        case ast.IfExp(body=body, orelse=other):
            yield f"({ast.unparse(body)})"
            yield f"({ast.unparse(other)})"
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield "pass"
