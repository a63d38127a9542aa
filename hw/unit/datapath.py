"""The parts of every unit that adds products: multiply, add, begin, finish; a module each."""

from collections.abc import Hashable
from typing import Protocol

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.accumulator.aligned import AlignedSum
from lmul_pe.hw.accumulator.contract import Accumulator, Finishes
from lmul_pe.hw.accumulator.fixed import FixedSum
from lmul_pe.hw.accumulator.floating import FloatSum
from lmul_pe.hw.accumulator.integer import IntegerSum
from lmul_pe.hw.accumulator.recoded import RecodedSum
from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.multiplier.component import KINDS
from lmul_pe.hw.multiplier.integer import Integer
from lmul_pe.hw.multiplier.lmul import FoldedWeight, LMul
from lmul_pe.hw.multiplier.product import Product, Word
from lmul_pe.hw.stream.stages import Register, Values
from lmul_pe.model import Accumulator as AccumulatorSpecification
from lmul_pe.model import (
    AlignedAccumulator,
    FixedAccumulator,
    IntegerAccumulator,
    IntegerMultiplier,
    Mac,
)


def accumulator_of(
    mac: Mac, architecture: Architecture, *, terms: int = 1, begins: bool = False
) -> Accumulator:
    """The hardware of the accumulator of ``mac``.

    Parameters
    ----------
    architecture
        Of its adders.
    terms
        Products that it takes at once.
    begins
        Whether sums can begin with a result's code in place of +0.
    """
    accumulator = mac.accumulator
    cells = architecture.adders == "cells"
    if isinstance(accumulator, FixedAccumulator):
        return FixedSum(mac, begins=begins, cells=cells)
    if isinstance(accumulator, AlignedAccumulator):
        return AlignedSum(mac, cells=cells)
    if isinstance(accumulator, IntegerAccumulator):
        return IntegerSum(accumulator, cells=cells)
    if RecodedSum.serves(mac, terms, begins=begins):
        return RecodedSum(mac, architecture, terms=terms, begins=begins)
    return FloatSum(mac, cells=cells)


class Finishing(Protocol):
    """What a finished sum is read out by: how many states it has and how they become a result.

    Members
    -------
    accumulator, key
        As of a :class:`Datapath`.
    """

    @property
    def accumulator(self) -> AccumulatorSpecification: ...

    @property
    def key(self) -> Hashable: ...

    @property
    def sum(self) -> Finishes: ...


class Datapath:
    """What a unit is made of: its products and its sums.

    Parameters
    ----------
    mac
        Multiplier and accumulator.
    architecture
        How the parts are built.
    terms
        Products that are added at once.
    begins
        Whether sums can begin with a result's code in place of +0.
    folded
        Whether ``b`` comes as :class:`Fold` makes it.

    Members
    -------
    accumulator
        Of the specification: how long additions take, and whether sums can overflow.
    key
        Equal for equal parts, and so for equal blocks of one role.
    """

    def __init__(
        self,
        mac: Mac,
        architecture: Architecture,
        *,
        terms: int = 1,
        begins: bool = False,
        folded: bool = False,
    ):
        self.accumulator = mac.accumulator
        self.key = (mac, architecture, terms, begins, folded)
        self.sum = accumulator_of(mac, architecture, terms=terms, begins=begins)
        multiplier = mac.multiplier
        self.a_bits = multiplier.format.width
        self.code_bits = multiplier.format_b.width
        self._kind = (
            Integer(multiplier, architecture)
            if isinstance(multiplier, IntegerMultiplier)
            else KINDS[multiplier.kind](multiplier, architecture)
        )
        self.fold_word: Word[FoldedWeight] | None = None
        if folded:
            self.fold_word = Word(lambda m: self.fold(m, Signal(self.code_bits)))
        self.b_bits = self.fold_word.width if self.fold_word else self.code_bits
        self.product_word: Word[Product] = Word(
            lambda m: self.product(m, Signal(self.a_bits), Signal(self.b_bits))
        )

    def fold(self, m: Module, code: Value) -> FoldedWeight:
        """A weight with offset and bias added, as a word of parts."""
        assert isinstance(self._kind, LMul)
        return self._kind.fold(m, code, self.sum.bias)

    def product(self, m: Module, a: Value, b: Value) -> Product:
        """The product of ``a`` and ``b`` as it is kept until it is added."""
        product: Product
        if self.fold_word is not None:
            assert isinstance(self._kind, LMul)
            product = self._kind.product_of_folded(m, a, self.fold_word.unpack(b))
        else:
            product = self._kind.product(m, a, b, self.sum.bias, normalised=self.sum.normalised)
        return self.sum.enter(m, product)


def registers(m: Module, enable: Value, *, stem: str) -> Register:
    """A function that puts registers behind values; they move where ``enable`` is set."""
    count = 0

    def register(values: Values) -> Values:
        nonlocal count
        count += 1
        kept: dict[str, Value] = {}
        for name, value in values.items():
            if isinstance(value, Const):
                kept[name] = value
                continue
            held = Signal(value.shape(), name=f"{stem}{count}_{name}", reset_less=True)
            with m.If(enable):
                m.d.sync += held.eq(value)
            kept[name] = held
        return kept

    return register


class Multiply(wiring.Component):
    """``product`` of ``a`` and ``b``, without registers."""

    def __init__(self, path: Datapath):
        self._path = path
        super().__init__(
            {
                "a": In(path.a_bits),
                "b": In(path.b_bits),
                "product": Out(path.product_word.width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        product = self._path.product(m, self.a, self.b)
        m.d.comb += self.product.eq(self._path.product_word.pack(product))
        return m


class Fold(wiring.Component):
    """A weight ``code`` with what every product of it adds, as ``folded``."""

    def __init__(self, path: Datapath):
        assert path.fold_word is not None
        self._path = path
        self._word = path.fold_word
        super().__init__({"code": In(path.code_bits), "folded": Out(self._word.width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.folded.eq(self._word.pack(self._path.fold(m, self.code)))
        return m


class Add(wiring.Component):
    """The state of a sum behind one more group of products.

    Members
    -------
    state : In
        The sum so far.
    product_0, product_1 ... : In
        Products; sums of products if ``sums`` is set.
    enable : In
        Moves the registers inside, which there are if the sum takes more than one cycle.
    following : Out
        The next state.
    overflow : Out
        Whether the sum left its range, if it can.
    """

    def __init__(self, path: Datapath, terms: int = 1, *, sums: bool = False):
        self._path = path
        self._sums = sums
        self.clocked = path.accumulator.latency > 1
        width = path.sum.state_bits if sums else path.product_word.width
        self._terms = [f"product_{index}" for index in range(terms)]
        ports = {"state": In(path.sum.state_bits), **{name: In(width) for name in self._terms}}
        if self.clocked:
            ports["enable"] = In(1)
        ports["following"] = Out(path.sum.state_bits)
        if path.accumulator.overflows:
            ports["overflow"] = Out(1)
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = [getattr(self, name) for name in self._terms]
        products = words if self._sums else list(map(self._path.product_word.unpack, words))
        register = registers(m, self.enable if self.clocked else Const(1, 1), stem="stage")
        total = self._path.sum.add(m, self.state, products, register)
        m.d.comb += self.following.eq(total.state)
        if self._path.accumulator.overflows:
            m.d.comb += self.overflow.eq(total.overflow)
        return m


class Pair(wiring.Component):
    """The rounded sum ``y`` of two numbers, each a product or a sum.

    Parameters
    ----------
    path
        Of a floating-point accumulator.
    first, second
        What the operands are: ``"product"`` or ``"sum"``.
    """

    def __init__(self, path: Datapath, first: str, second: str):
        assert isinstance(path.sum, FloatSum | RecodedSum)
        self._path = path
        self._sum = path.sum
        self._kinds = {"first": first, "second": second}
        self.clocked = path.accumulator.latency > 1
        widths = {"product": path.product_word.width, "sum": path.sum.state_bits}
        ports = {name: In(widths[kind]) for name, kind in self._kinds.items()}
        if self.clocked:
            ports["enable"] = In(1)
        super().__init__({**ports, "y": Out(path.sum.state_bits)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        first, second = (
            getattr(self, name)
            if kind == "sum"
            else self._path.product_word.unpack(getattr(self, name))
            for name, kind in self._kinds.items()
        )
        register = registers(m, self.enable if self.clocked else Const(1, 1), stem="stage")
        m.d.comb += self.y.eq(self._sum.pair(m, first, second, register))
        return m


class Begin(wiring.Component):
    """The ``state`` of a sum that begins with a result's ``code``."""

    def __init__(self, path: Datapath):
        self._path = path
        ports = {"code": In(path.sum.result_bits), "state": Out(path.sum.state_bits)}
        if path.accumulator.overflows:
            ports["overflow"] = Out(1)
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        total = self._path.sum.start(m, self.code)
        m.d.comb += self.state.eq(total.state)
        if self._path.accumulator.overflows:
            m.d.comb += self.overflow.eq(total.overflow)
        return m


class Finish(wiring.Component):
    """The result ``y`` of a sum, ``latency`` enabled cycles after its partial sums.

    Without a cycle there is one partial sum, and nothing to enable.

    Members
    -------
    enable : In
        Moves the registers.
    state : In
        The partial sums side by side, the first one lowest.
    y : Out
        The result's code.
    """

    def __init__(self, path: Finishing, latency: int):
        self._path = path
        self.clocked = latency > 0
        ports = {"enable": In(1)} if self.clocked else {}
        partials = path.accumulator.latency if self.clocked else 1
        ports["state"] = In(path.sum.state_bits * partials)
        super().__init__({**ports, "y": Out(path.sum.result_bits)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        register = registers(m, self.enable if self.clocked else Const(1, 1), stem="finish")
        m.d.comb += self.y.eq(self._path.sum.finish(m, self.state, register))
        return m
