"""`python -m proofbook`: the program, where its script is not on the path."""

import sys

from proofbook.cli import main

if __name__ == "__main__":
    sys.exit(main())
