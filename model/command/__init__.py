"""What every command line shares."""

from lmul_pe.model.extras import require

require("command", "a command")
