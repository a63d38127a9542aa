"""``python -m lmul_pe.model``: the command ``lmul-pe vectors``."""

import sys

from .extras import MissingExtraError

try:
    from .command.run import run
    from .command.vectors import main
except MissingExtraError as error:
    sys.exit(f"error: {error}")

if __name__ == "__main__":
    run(main)
