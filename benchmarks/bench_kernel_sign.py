"""
How long a signature takes with one client and with eight, each asking again as soon as it is answered.

The Kernel, its KMS and its database run as the local target starts them. The baseline is the KMS alone:
what it takes to answer the same client's `/sign`, without policy, chain or database. No bar is set.
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING
from uuid import uuid4

from checks.kernel.adapter_deployment import Deployment
from proofbook import targets
from proofbook.instruments.at_once import at_once
from proofbook.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
SIGNS = 400
CLIENTS = (1, 8)


def main() -> int:
    """Print p50 and p95 of each crowd, and how they stand to the KMS alone."""
    with (
        tempfile.TemporaryDirectory(prefix="proofbook-bench-") as folder,
        Stack(targets.load(ROOT, "local"), root=ROOT, logs=Path(folder)) as stack,
        stack.twin("kernel") as twin,
    ):
        deployment = Deployment(twin, stack.secrets)
        kernel, kms = deployment.kernel(), deployment.kms

        def alone() -> None:
            answer = kms.sign(
                "/sign", signerId="kernel-signer-1", payload="{}", manifestId=str(uuid4())
            )
            assert answer.status == 200, answer

        for clients in CLIENTS:
            _, base = _percentiles(alone, clients)
            middle, slow = _percentiles(kernel.signed, clients)
            print(
                f"{clients} at once: p50 {middle * 1000:.1f} ms, p95 {slow * 1000:.1f} ms, "
                f"{slow / base:.1f} x the p95 of the KMS alone ({base * 1000:.1f} ms)"
            )
        deployment.close()
    return 0


def _percentiles(ask: Callable[[], object], clients: int) -> tuple[float, float]:
    """p50 and p95 in seconds of `SIGNS` answers, by so many clients side by side."""

    def each() -> list[float]:
        taken = []
        for _ in range(SIGNS // clients):
            began = time.monotonic()
            ask()
            taken.append(time.monotonic() - began)
        return taken

    each()  # what is loaded late is loaded, and connections are open
    shares = at_once(*[partial(each)] * clients)
    cuts = quantiles([seconds for share in shares for seconds in share], n=100)
    return cuts[49], cuts[94]


if __name__ == "__main__":
    sys.exit(main())
