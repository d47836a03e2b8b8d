"""
What a deploy job asks before it deploys: `python -m systems.kernel.preflight`.

Exit 0: all is there. 5: a secret is not, named on standard error. 3: the KMS does not answer. An empty variable is an
absent one: nothing is left out because a secret is missing.
"""

from __future__ import annotations

import os
import sys

import httpx

from systems.kernel import settings

NEEDED = ("POSTGRES_URL", "KMS_ENDPOINT", "SIGNER_ID")
SECONDS = 5
OK = 200


def main() -> None:
    """Answer by the exit code."""
    missing = [name for name in NEEDED if not os.environ.get(name, "").strip()]
    if os.environ.get("REQUIRE_KMS", "").strip().lower() not in settings.TRUE:
        missing.append("REQUIRE_KMS")
    for name in missing:
        what = "is not true" if name == "REQUIRE_KMS" else "is not set"
        sys.stderr.write(f"{name} {what}: this must not be deployed\n")
    if missing:
        sys.exit(5)
    if not _answers(settings.kms_base(os.environ["KMS_ENDPOINT"].strip())):
        sys.stderr.write("the KMS of KMS_ENDPOINT does not answer: this must not be deployed\n")
        sys.exit(3)
    sys.stdout.write("all that the deployment needs is there\n")


def _answers(base: str) -> bool:
    try:
        with httpx.Client(trust_env=False, timeout=SECONDS) as client:
            return client.get(base).status_code == OK
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


if __name__ == "__main__":
    main()
