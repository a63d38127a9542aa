"""How a function is built, as opposed to what it computes: every choice gives the same results."""

from dataclasses import dataclass

from lmul_pe.model.choices import unknown_choice

from .prefix import NETWORKS

ARRAYS = ("operator", "and", "booth8")
FULL_ADDERS = ("cells", "gates")
ADDERS = (*FULL_ADDERS, *NETWORKS, "operators")
TESTS = ("result", "rows")
TREES = ("fewest", "balanced")


@dataclass(frozen=True)
class Architecture:
    """Choices of structure that synthesis tries against each other.

    Parameters
    ----------
    array
        Significand product of an exact multiplier.  ``"operator"``: left to the synthesis tool,
        which knows the multipliers of its FPGA.  ``"and"``: an array of AND gates and a carry-save
        tree.  ``"booth8"``: radix-8 Booth recoding and a carry-save tree.
    full_adders
        Full adders of the tree.  ``"cells"``: kept as such, for libraries that have a cell;
        ``"gates"``: as equations, which logic optimisation may merge.
    adders
        Exponents of an exact multiplier, the last step of its significand product, and the sum of
        an L-Mul of one format: ripples of full adders, likewise ``"cells"`` or ``"gates"``, or a
        parallel-prefix network, ``"brent_kung"`` or ``"sklansky"``, with which a flushing exact
        multiplier also rounds ahead.  Recoded sums likewise, operators in place of ``"gates"``.
        Other accumulators and L-Muls: a ripple with ``"cells"``, otherwise such operators.
        ``"operators"``: everything in operators and choices, for the carry chains of FPGAs and for
        whoever reads it.
    tests
        Where an L-Mul sum is tested for the edges of its range, an exponent of zeros or of ones.
        ``"result"``: on the finished exponent, which is small; ``"rows"``: on what is added,
        which is quick.
    trees
        Carry-save trees before a prefix network.  ``"fewest"``: as few adders as there can be;
        ``"balanced"``: some half adders more, and no carry that ripples through the columns.
    """

    array: str = "operator"
    full_adders: str = "gates"
    adders: str = "gates"
    tests: str = "result"
    trees: str = "fewest"

    def __post_init__(self) -> None:
        for what, value, choices in (
            ("array", self.array, ARRAYS),
            ("full_adders", self.full_adders, FULL_ADDERS),
            ("adders", self.adders, ADDERS),
            ("tests", self.tests, TESTS),
            ("trees", self.trees, TREES),
        ):
            if value not in choices:
                raise unknown_choice(what, value, choices)

    @property
    def network(self) -> str | None:
        """The prefix network of the adders; None for ripples."""
        return self.adders if self.adders in NETWORKS else None

    @property
    def balanced(self) -> bool:
        """Whether no carry ripples through a tree before a prefix network."""
        return self.trees == "balanced"

    @property
    def operators(self) -> bool:
        """Whether additions are left to the synthesis tool everywhere."""
        return self.adders == "operators"


PORTABLE = Architecture()
"""Where nothing else is asked for: arrays of operators, adders of gates."""

INFERRED = Architecture(adders="operators")
"""For exported Verilog: plain operators, which every tool maps to what it has."""

STYLES = {"operators": INFERRED, "gates": PORTABLE}
"""How exported Verilog may be written; the first is the usual one."""
