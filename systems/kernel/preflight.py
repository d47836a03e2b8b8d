"""
What a deploy job asks before it deploys: `python -m systems.kernel.preflight`.

Exit 0: all is there. 5: a secret is not, named on standard error. 3: the KMS does not answer. Nothing is left out
because a secret is missing.
"""

from __future__ import annotations

import os
import sys

from systems.kernel import needed


def main() -> None:
    """Answer by the exit code."""
    missing = needed.missing(os.environ)
    for flaw in missing:
        sys.stderr.write(f"{flaw}: this must not be deployed\n")
    if missing:
        sys.exit(5)
    if not needed.kms_answers(os.environ):
        sys.stderr.write("the KMS of KMS_ENDPOINT does not answer: this must not be deployed\n")
        sys.exit(3)
    sys.stdout.write("all that the deployment needs is there\n")


if __name__ == "__main__":
    main()
