"""Source with switches: all mutants of a file in one text, of which at most one is on.

Mutant schemata (Untch, Offutt and Harrold, 1993): tests are imported once, and a mutant costs no
more than its tests.
"""

import ast
import importlib.util
import marshal
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import chosen
from .source import SourceMutant, spans

_ASK = "_is_chosen_mutant_"
_UNCHECKED = 0b01
"""Flag of a compiled file that says the source by its hash and is not compared with it."""


def write_switched(path: Path, mutants: Mapping[int, SourceMutant]) -> set[int]:
    """Compile a file of a copy with a switch for each of its mutants.

    The file stays as it is; what Python keeps beside it is what it imports (PEP 552).

    Parameters
    ----------
    mutants
        By number, of this file alone.

    Returns
    -------
    Those that have a switch.  What is computed when the file is imported, and what becomes machine
    code, has none.
    """
    source = path.read_bytes()
    switches = _Switches(source, mutants)
    tree = switches.visit(ast.parse(source))
    asked = ast.parse(f"from {chosen.NAME} import {chosen.is_chosen.__name__} as {_ASK}").body
    # The docstring and what is imported from the future stay ahead.
    ahead = next(
        (place for place, each in enumerate(tree.body) if not _goes_ahead(each)), len(tree.body)
    )
    tree.body[ahead:ahead] = asked
    code = compile(ast.fix_missing_locations(tree), str(path), "exec", dont_inherit=True)
    compiled = Path(importlib.util.cache_from_source(str(path)))
    compiled.parent.mkdir(exist_ok=True)
    flags = _UNCHECKED.to_bytes(4, "little")
    head = importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(source)
    compiled.write_bytes(head + marshal.dumps(code))
    return switches.made


def _goes_ahead(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom(module="__future__"):
            return True
    return False


class _Switches(ast.NodeTransformer):
    """Puts ``mutant if it is chosen else original`` in the place of each original."""

    def __init__(self, source: bytes, mutants: Mapping[int, SourceMutant]) -> None:
        self.made: set[int] = set()
        self._span = spans(source)
        self._mutants: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
        for number, mutant in mutants.items():
            if not mutant.compiled:
                self._mutants[mutant.start, mutant.end].append((number, mutant.after))
        self._inside = 0

    def visit(self, node: ast.AST) -> Any:
        if not self._inside or not isinstance(node, ast.expr | ast.stmt):
            return super().visit(node)
        if isinstance(node, ast.Slice | ast.Starred) or not isinstance(
            getattr(node, "ctx", ast.Load()), ast.Load
        ):
            return super().visit(node)
        found = super().visit(node)
        for number, after in self._mutants.get(self._span(node), []):
            # A call and the statement that it is stand in the same place.
            if isinstance(node, ast.stmt) != (after == "pass"):
                continue
            self.made.add(number)
            asked = ast.Call(ast.Name(_ASK, ast.Load()), [ast.Constant(number)], [])
            if isinstance(node, ast.stmt):
                found = ast.copy_location(ast.If(asked, [ast.Pass()], [found]), node)
            else:
                other = ast.parse(after, mode="eval").body
                found = ast.copy_location(ast.IfExp(asked, other, found), node)
        return found

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        # What decorates it and its defaults are computed on import.
        self._inside += 1
        node.body = [self.visit(each) for each in node.body]
        self._inside -= 1
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self._inside += 1
        node.body = self.visit(node.body)
        self._inside -= 1
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.value = node.value and self.visit(node.value)
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        # A pattern is no expression.
        node.guard = node.guard and self.visit(node.guard)
        node.body = [self.visit(each) for each in node.body]
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                value.value = self.visit(value.value)
        return node
