"""Amaranth's values as expressions of Verilog, each as it stands in the source.

Verilog sizes an operand by its surroundings: the same ``a + b`` has a carry in a wider context and
none in a narrower one, and ``~a`` fills a wider one with ones.  Two rules keep what Amaranth means:
a value is printed either by itself, in exactly its own width, or for a context that only looks at
some of its lowest bits; and nothing is signed but both sides of a comparison.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from amaranth.hdl import Const, Signal, Value

# What values are made of has no public names; the version of Amaranth is pinned.
from amaranth.hdl._ast import Concat, Operator, Slice, SwitchValue

_ASSOCIATIVE = ("&", "|", "^", "+")
_MODULAR = ("+", "-", "*")
_BINARY = ("&", "|", "^", *_MODULAR)
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_REDUCTIONS = {"r|": "|", "r&": "&", "r^": "^", "b": "|"}


class NotAnExpressionError(Exception):
    """A value that is no plain expression."""


class Expressions:
    """The expressions of one module.

    Parameters
    ----------
    name_of
        The name of a signal.
    hoisted
        The signal that has been made for a value, or is to be made now.  None of the former, unless
        it must: Verilog selects bits of nothing but names.
    """

    def __init__(
        self, name_of: Callable[[Signal], str], hoisted: Callable[[Value, bool], Signal | None]
    ):
        self._name_of = name_of
        self._hoisted = hoisted

    def modulo(self, value: Value, width: int, *, beside: str = "") -> str:
        """Text whose lowest ``width`` bits, in a context of at least that, are those of ``value``.

        Parameters
        ----------
        beside
            The operator on whose left side it stands, or any text where it needs parentheses.
        """
        if isinstance(value, Operator) and self._hoisted(value, False) is None:
            name, operands = value.operator, value.operands
            if name in _MODULAR and len(operands) == 2:
                if name == "+":
                    operands = [each for each in operands if not _is_zero(each)] or [Const(0, 1)]
                first, *others = operands
                if not others:
                    return self.modulo(first, width, beside=beside)
                left = self.modulo(first, width, beside=name)
                right = self.modulo(others[0], width, beside="()")
                return _enclosed(f"{left} {name} {right}", name, beside)
            if name in ("u", "s") and len(value) >= width:
                return self.modulo(operands[0], width, beside=beside)
            if name == "<<" and not value.shape().signed:
                return self.modulo(_moved(value), width, beside=beside)
        if value.shape().signed and len(value) < width:
            return self._padded(value, width, beside)
        if len(value) < width and not self._is_settled(value):
            return f"{{{self.alone(value)}}}"
        return self.alone(value, beside=beside)

    def _is_settled(self, value: Value) -> bool:
        """Whether the text of ``value`` means the same, behind zeros, in a wider context.

        An inversion would invert those zeros, and a difference borrow from them.
        """
        plain = _stripped(value)
        if self._hoisted(plain, False) is not None:
            return True
        if isinstance(plain, SwitchValue):
            return all(self._is_settled(each) for _, each in plain.cases)
        if not isinstance(plain, Operator):
            return True
        name, operands = plain.operator, plain.operands
        if name == "~":
            return self._is_reduction(operands[0])
        if name == "-" or plain.shape().signed:
            return False
        return name not in _BINARY or all(self._is_settled(each) for each in operands)

    def _is_reduction(self, value: Value) -> bool:
        """Whether the inversion of ``value`` is one operator with it."""
        reduction = isinstance(value, Operator) and value.operator in ("r|", "r&")
        if not reduction or self._hoisted(value, False) is not None:
            return False
        return len(value.operands[0]) > 1

    def alone(self, value: Value, *, beside: str = "") -> str:
        """Text that is ``value`` itself, in exactly its width; ``beside`` as of :meth:`modulo`."""
        if isinstance(value, Signal):
            return self._name_of(value)
        if isinstance(value, Const):
            return f"{len(value)}'h{_bits_of(value):x}"
        if isinstance(value, Slice):
            return self._bits(value.value, value.start, value.stop)
        if isinstance(value, Concat):
            return self._joined(value.parts)
        hoisted = self._hoisted(value, False)
        if hoisted is not None:
            return self._name_of(hoisted)
        if isinstance(value, SwitchValue):
            return _enclosed(self._choice(value), "?", beside)
        if isinstance(value, Operator):
            return self._operation(value, beside)
        raise NotAnExpressionError(type(value).__name__)

    def _operation(self, value: Operator, beside: str) -> str:
        name, operands = value.operator, value.operands
        if name in ("u", "s"):
            return self.alone(operands[0], beside=beside)
        if len(operands) == 1:
            (operand,) = operands
            if name in _REDUCTIONS:
                if len(operand) == 1:
                    return self.alone(operand, beside=beside)
                text = f"{_REDUCTIONS[name]}{self.alone(operand, beside='()')}"
                return _enclosed(text, name, beside)
            if name == "~":
                return self._inverted(operand)
            if name == "-":
                zero = self.alone(Const(0, len(value)))
                return _enclosed(
                    f"{zero} - {self._padded(operand, len(value), '()')}", name, beside
                )
        elif name in _COMPARISONS:
            return _enclosed(self._compared(name, operands), name, beside)
        elif name in _BINARY:
            left = self._padded(operands[0], len(value), beside=name)
            right = self._padded(operands[1], len(value), beside="()")
            return _enclosed(f"{left} {name} {right}", name, beside)
        elif name == "<<":
            return self._padded(_moved(value), len(value), beside)
        raise NotAnExpressionError(f"operator {name!r}")

    def _inverted(self, operand: Value) -> str:
        if self._is_reduction(operand):
            (reduced,) = operand.operands
            return f"~{_REDUCTIONS[operand.operator]}{self.alone(reduced, beside='()')}"
        return f"~{self.alone(operand, beside='()')}"

    def _compared(self, name: str, operands: Sequence[Value]) -> str:
        signed = any(each.shape().signed for each in operands)
        width = max(len(each) + (signed and not each.shape().signed) for each in operands)
        texts = [self._padded(each, width, beside="()") for each in operands]
        if signed and name not in ("==", "!="):
            texts = [f"$signed({text})" for text in texts]
        return f" {name} ".join(texts)

    def _choice(self, value: SwitchValue) -> str:
        """Of two: Amaranth's ``Mux``."""
        cases = list(value.cases)
        if [patterns for patterns, _ in cases] != [("0" * len(value.test),), None]:
            raise NotAnExpressionError("a choice between more than two")
        (_, zero), (_, one) = cases
        test = self.alone(value.test, beside="()")
        some = "|" if len(value.test) > 1 else ""
        chosen = self._padded(one, len(value), beside="()")
        otherwise = self._padded(zero, len(value), beside="?")
        return f"{some}{test} ? {chosen} : {otherwise}"

    def _padded(self, value: Value, width: int, beside: str) -> str:
        """``value`` in exactly ``width`` bits, extended as its shape says."""
        missing = width - len(value)
        if not len(value):
            return self.alone(Const(0, width))
        if missing <= 0:
            return self.alone(value, beside=beside)
        if isinstance(value, Const):
            return self.alone(Const(value.value, width))
        if not value.shape().signed:
            return f"{{{missing}'h0, {self.alone(value)}}}"
        plain = _stripped(value)
        named = plain if isinstance(plain, Signal) else self._hoisted(value, True)
        assert named is not None
        return self._joined([named, *[named[-1]] * missing])

    def _joined(self, parts: Sequence[Value]) -> str:
        """A concatenation, its repetitions written once."""
        flat = _flat(parts)
        if len(flat) == 1:
            return self.alone(flat[0], beside="()")
        texts = [self.alone(part) for part in reversed(flat)]
        words = []
        for text, run in groupby(texts):
            count = len(list(run))
            words.append(text if count == 1 else f"{{{count}{{{text}}}}}")
        return words[0] if len(words) == 1 else f"{{{', '.join(words)}}}"

    def _bits(self, value: Value, start: int, stop: int) -> str:
        if (start, stop) == (0, len(value)):
            return self.alone(value, beside="()")
        if isinstance(value, Slice):
            return self._bits(value.value, value.start + start, value.start + stop)
        if isinstance(value, Operator) and value.operator in ("u", "s"):
            return self._bits(value.operands[0], start, stop)
        if isinstance(value, Const):
            return self.alone(Const(_bits_of(value) >> start, stop - start))
        if isinstance(value, Concat):
            return self._joined(_between(value, start, stop))
        if start == stop:
            raise NotAnExpressionError("no bits")
        named = value if isinstance(value, Signal) else self._hoisted(value, True)
        assert named is not None
        name = self._name_of(named)
        return f"{name}[{start}]" if stop - start == 1 else f"{name}[{stop - 1}:{start}]"


def _enclosed(text: str, name: str, beside: str) -> str:
    same = name == beside and name in _ASSOCIATIVE
    # A choice is read up to its end, so that another one may follow its colon.
    return text if not beside or same or (name == beside == "?") else f"({text})"


def _moved(value: Operator) -> Value:
    """A shift by a constant without what can only be zeros."""
    number, places = value.operands
    if not isinstance(places, Const) or number.shape().signed:
        raise NotAnExpressionError("a shift")
    return Concat([Const(0, places.value), number])


def _is_zero(value: Value) -> bool:
    return isinstance(value, Const) and not value.value


def _bits_of(value: Const) -> int:
    bits: int = value.value & ((1 << len(value)) - 1)
    return bits


def _between(value: Concat, start: int, stop: int) -> list[Value]:
    """The parts, or pieces of them, that make some bits of a concatenation."""
    pieces: list[Value] = []
    low = 0
    for part in value.parts:
        first, last = max(start - low, 0), min(stop - low, len(part))
        if first < last:
            pieces.append(part[first:last])
        low += len(part)
    return pieces


def _flat(parts: Sequence[Value]) -> list[Value]:
    """Parts without nested concatenations and empty ones, and neighbours that belong together."""
    flat: list[Value] = []
    for part in parts:
        whole = direct(part)
        pieces = _flat(whole.parts) if isinstance(whole, Concat) else [whole] if len(part) else []
        for piece in pieces:
            last = flat[-1] if flat else None
            if isinstance(piece, Const) and isinstance(last, Const):
                bits = _bits_of(last) | _bits_of(piece) << len(last)
                flat[-1] = Const(bits, len(last) + len(piece))
            elif isinstance(piece, Slice) and isinstance(last, Slice) and _adjoin(last, piece):
                flat[-1] = Slice(piece.value, last.start, piece.stop)
            else:
                flat.append(piece)
    return flat


def direct(value: Value) -> Value:
    """Bits of bits of something as bits of it; of the same shape."""
    start, length, inner = 0, len(value), value
    while isinstance(inner, Slice) or _is_cast(inner):
        if isinstance(inner, Slice):
            start, inner = start + inner.start, inner.value
        else:
            (inner,) = inner.operands
    if isinstance(inner, Concat) and inner is not value:
        pieces = _between(inner, start, start + length)
        inner, start = direct(pieces[0]) if len(pieces) == 1 else Concat(pieces), 0
    elif isinstance(inner, Const) and inner is not value:
        inner, start = Const(_bits_of(inner) >> start, length), 0
    if inner.shape() == value.shape():
        return inner
    return value if value.shape().signed else Slice(inner, start, start + length)


def _stripped(value: Value) -> Value:
    """What has the same bits, as a number of either kind."""
    plain = direct(value[:])
    whole = isinstance(plain, Slice) and len(plain) == len(plain.value)
    return plain.value if whole else plain


def _is_cast(value: Value) -> bool:
    return isinstance(value, Operator) and value.operator in ("u", "s")


def _adjoin(low: Slice, high: Slice) -> bool:
    return isinstance(low.value, Signal) and low.value is high.value and low.stop == high.start
