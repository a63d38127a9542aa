"""What FuseSoC runs for the generator ``lmul_pe``."""

import sys
from pathlib import Path

import yaml

from lmul_pe.hw.wrapper.fusesoc import write_generated
from lmul_pe.model import SpecificationError

if __name__ == "__main__":
    try:
        write_generated(yaml.safe_load(Path(sys.argv[1]).read_text()), Path())
    except SpecificationError as error:
        sys.exit(f"error: {error}")
