"""The parts of the study, in the order of its report."""

from collections.abc import Mapping

from .constants import CONSTANTS
from .dot import DOT
from .encoder import ENCODER
from .language_report import LANGUAGE
from .part import Part
from .products import PRODUCTS
from .training_report import IMAGES

PARTS: Mapping[str, Part] = {
    part.name: part for part in (PRODUCTS, CONSTANTS, DOT, LANGUAGE, ENCODER, IMAGES)
}
"""By name."""
