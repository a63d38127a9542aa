"""Gates, delay and energy of the designs, from mapped netlists."""

from lmul_pe.model.extras import require

require("synth", "lmul_pe.synth")
