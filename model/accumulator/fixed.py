"""The fixed-point accumulator: a two's-complement register, rounded once when it is read out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from lmul_pe.model.choices import SpecificationError, whole_number
from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import FloatFormat, float_format
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.parameter import Number, words_of

from .addition import as_product
from .register import Register, RegisterSums
from .sums import RESULT

TERMS = range(1, 2**32 + 1)
DEFAULT_TERMS = 1024
WIDEST_REGISTER = 160
# Beyond the bits of any product of any format.
_WEIGHTS = range(-8192, 8193)


@dataclass(frozen=True)
class FixedRegister:
    """The bits of a fixed-point register: of the weights ``2^lsb`` to ``2^msb``, the sign on top.

    Raises
    ------
    SpecificationError
        Less than two bits, or more than :data:`WIDEST_REGISTER`.
    """

    msb: int
    lsb: int

    def __post_init__(self) -> None:
        if self.width < 2:
            raise SpecificationError(
                f"msb {self.msb} and lsb {self.lsb} leave no bit beside the sign: expected an msb "
                "above the lsb"
            )
        if self.width > WIDEST_REGISTER:
            raise SpecificationError(
                f"a fixed-point register of {self.width} bits (2^{self.msb} to 2^{self.lsb}) is "
                f"refused: expected {WIDEST_REGISTER} at most; msb and lsb give a window of it"
            )

    @property
    def width(self) -> int:
        """Bits, the sign included."""
        return self.msb - self.lsb + 1


@dataclass(frozen=True, init=False)
class FixedAccumulator:
    """A two's-complement register: products are added exactly, and the sum is rounded once.

    By default it holds every sum of up to ``terms`` products exactly.  What exceeds it wraps, and
    sets the sticky flag ``overflow``.  Read out to nearest even, with gradual underflow; overflow
    gives infinity, or the largest finite number where the format has none; zero is +0.

    Parameters
    ----------
    terms
        How many products the register has room for, 1 to 2^32; 1024 by default.
    result
        Format of the finished sum, or its name; fp32 by default.
    msb
        Weight of the sign, as a power of two, in place of ``terms``.
    lsb
        Weight of the lowest bit; by default that of the lowest bit that a product can have.  Bits
        of a product below it are dropped from its magnitude.

    Raises
    ------
    SpecificationError
        A number outside its range, or both ``terms`` and ``msb``.
    """

    terms: Annotated[
        int | None,
        Number(
            option="terms",
            word="terms",
            default=DEFAULT_TERMS,
            help=f"Products that a fixed accumulator or a window has room for; {DEFAULT_TERMS} by "
            "default.",
        ),
    ]
    msb: Annotated[
        int | None,
        Number(
            option="msb",
            word="msb",
            help="Weight of a fixed accumulator's sign bit, as a power of two.",
        ),
    ]
    lsb: Annotated[
        int | None,
        Number(
            option="lsb",
            word="lsb",
            help="Weight of a fixed accumulator's last bit, as a power of two.",
        ),
    ]
    result: Annotated[FloatFormat, RESULT]

    word: ClassVar[str] = "fixed"
    latency: ClassVar[int] = 1
    finish_latency: ClassVar[int] = 1
    overflows: ClassVar[bool] = True

    def __init__(
        self,
        *,
        terms: int | None = None,
        result: FloatFormat | str = "fp32",
        msb: int | None = None,
        lsb: int | None = None,
    ) -> None:
        if terms is not None and msb is not None:
            raise SpecificationError(
                f"terms {terms!r} and msb {msb!r} both size the register: expected one of them"
            )
        if terms is None and msb is None:
            terms = DEFAULT_TERMS
        object.__setattr__(self, "result", float_format(result))
        numbers = (("terms", terms, TERMS), ("msb", msb, _WEIGHTS), ("lsb", lsb, _WEIGHTS))
        for name, value, allowed in numbers:
            number = None if value is None else whole_number(name, value, allowed)
            object.__setattr__(self, name, number)
        if self.msb is not None and self.lsb is not None:
            FixedRegister(self.msb, self.lsb)

    def register(self, multiplier: Multiplier) -> FixedRegister:
        """The register for the products of ``multiplier``.

        Raises
        ------
        SpecificationError
            A register that is too wide to build, or has no bit.
        """
        lsb = multiplier.lowest_product_bit if self.lsb is None else self.lsb
        if self.msb is not None:
            return FixedRegister(self.msb, lsb)
        assert self.terms is not None
        # One place for the sign, and one for every doubling of the number of terms.
        return FixedRegister(
            multiplier.highest_product_bit + 1 + (self.terms - 1).bit_length(), lsb
        )

    @cached_property
    def name(self) -> str:
        """``fixed[_termsN][_msbN][_lsbN][_to_FORMAT]``, a minus written ``m``."""
        return "_".join([self.word, *words_of(self)])

    def __str__(self) -> str:
        return self.name

    def start(self, multiplier: Multiplier, count: int, codes: Codes | None = None) -> "FixedSums":
        """``count`` sums of products of ``multiplier``; ``codes`` enter them as products do."""
        sums = FixedSums(self, multiplier, count)
        if codes is not None:
            sums.add([as_product(codes, self.result)])
        return sums


class FixedSums(RegisterSums):
    """Sums in registers that all have the same place."""

    def __init__(self, accumulator: FixedAccumulator, multiplier: Multiplier, count: int):
        register = accumulator.register(multiplier)
        super().__init__(multiplier, accumulator.result, Register(register.width, count))
        self._last = register.lsb

    @property
    def _lsb(self) -> int:
        return self._last

    def add(self, products: Sequence[Product]) -> None:
        self._register.add(self._terms(products))
