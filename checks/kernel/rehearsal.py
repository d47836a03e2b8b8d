"""
What a drill asks of a Kernel: events to back up, its chain re-verified on what came back, and one write.

`proofbook drill restore --system kernel` finds these three by their names.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from checks.kernel.adapter_access import access_of
from checks.kernel.adapter_deployment import Deployment
from checks.kernel.adapter_kms import Kms
from checks.kernel.chain import broken
from proofbook.instruments.http import Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.kernel.adapter import Kernel
    from proofbook.stack import Controlled, Twin

#: As many signatures and allocations as make a chain that is worth to be lost: two events each.
_EACH = 5


def fill(twin: Twin, processes: Mapping[str, Controlled]) -> str:
    """Sign and allocate; how many events stand in the chain then."""
    with _kernel(twin, processes["api"]) as kernel:
        division = kernel.add_division()
        for _ in range(_EACH):
            kernel.signed()
            kernel.allocate(entity_id=division)
        return f"{len(kernel.events())} events in its chain"


def examine(twin: Twin, service: Controlled, processes: Mapping[str, Controlled]) -> str:
    """The chain of a restored Kernel, by its own word and by an implementation that is not its own."""
    with _kernel(twin, service) as kernel, _kms(twin, processes["kms"]) as kms:
        said = kernel.verify()
        assert said.status == 200, f"its own verification says {said!r}"
        events = kernel.events()
        assert events, "its chain is empty"
        wrong = broken(events, kms.keys)
        assert wrong == (), wrong[0]
        return f"{len(events)} events, each linked, hashed and signed"


def write(twin: Twin, service: Controlled, processes: Mapping[str, Controlled]) -> str:
    """One signature: it follows the event that was the last to come back."""
    with _kernel(twin, service) as kernel, _kms(twin, processes["kms"]) as kms:
        before = kernel.events()
        kernel.signed()
        after = kernel.events()
        assert [e.id for e in after[: len(before)]] == [e.id for e in before], "the chain forked"
        wrong = broken(after, kms.keys)
        assert len(after) > len(before), "what was signed is not in the chain"
        assert wrong == (), wrong[0]
        return f"{len(after) - len(before)} events more, on the end that came back"


@contextmanager
def _kernel(twin: Twin, process: Controlled) -> Iterator[Kernel]:
    deployment = Deployment(twin, frozenset)
    try:
        yield deployment.reach(process)
    finally:
        deployment.close()


@contextmanager
def _kms(twin: Twin, process: Controlled) -> Iterator[Kms]:
    with Client(process.url) as client:
        yield Kms(client, access_of(twin), process)
