"""Kernels with something of the suite's between them and what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.policy import Policy
    from proofbook.instruments.tap import Tap

#: How long they wait for an answer: long enough for a busy machine, which runs the proxy and the policy server in the
#: suite's own process. That of the KMS is waited out once, that of the policy server never; a client waits longer.
KMS_TIMEOUT_MS = 5000
SENTINEL_TIMEOUT_MS = 8000


class Tapped(NamedTuple):
    """A Kernel, and the proxy by way of which it asks its KMS."""

    kernel: Kernel
    tap: Tap


class Ruled(NamedTuple):
    """A Kernel, and the policy server that it asks."""

    kernel: Kernel
    policy: Policy
