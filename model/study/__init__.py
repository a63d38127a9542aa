"""Studies of accuracy: which parts there are, what each computes, and how people read it."""

from lmul_pe.model.extras import require

require("accuracy", "a study of accuracy")
