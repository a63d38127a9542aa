"""The figures of whole systems.

They stand apart from those of :mod:`lmul_pe.synth.results.quantities`, whose source decides whether
a measurement is taken again.
"""

from lmul_pe.synth.results.quantities import Better, Digits, Quantity

ENERGY = Quantity("energy_j", "energy", "J", "of one pass", origin="computed")
ENERGY_LOW = Quantity("low_j", "least", "J", "of one pass, low bound", origin="computed")
ENERGY_HIGH = Quantity("high_j", "most", "J", "of one pass, high bound", origin="computed")


def percent(name: str, words: str, obtained: str) -> Quantity:
    """A share or a saving of the whole."""
    return Quantity(name, words, "%", obtained, Better.NEITHER, Digits.ONE_DECIMAL, "computed")


def count(name: str, words: str, obtained: str) -> Quantity:
    """What is counted exactly."""
    return Quantity(name, words, "", obtained, Better.NEITHER, Digits.COUNT, "computed")


def number(name: str, words: str, unit: str, obtained: str) -> Quantity:
    """Another figure."""
    return Quantity(name, words, unit, obtained, Better.NEITHER, Digits.THREE, "computed")
