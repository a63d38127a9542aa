"""What designs cost on FPGAs: cells by synthesis, clocks by place and route."""

from lmul_pe.model.extras import require

require("fpga", "lmul_pe.synth.fpga")
