"""Where the API is an address, all checks meet in one queue: they take turns, and leave it empty."""

from __future__ import annotations

import fcntl
import hashlib
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from checks.coreos.adapter import CLAIM
from checks.coreos.adapter_worker import WireWorker, claimed_of
from proofbook import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.coreos.adapter import Api


@contextmanager
def turn(api: Api) -> Iterator[None]:
    """
    Have the queue to oneself among the checks of this machine; empty it afterwards.

    Raises `NoVerdict` where jobs wait that are none of ours: what is claimed then tells nothing.
    """
    name = hashlib.sha256(api.url.encode()).hexdigest()[:16]
    with Path(tempfile.gettempdir(), f"proofbook-coreos-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = api.send("GET", CLAIM).body.get("claimable", 0)
        if waiting:
            raise NoVerdict(f"{waiting} jobs wait at {api.url}: the check needs an empty queue")
        try:
            yield
        finally:
            with suppress(NoVerdict):
                _drain(api)


def _drain(api: Api) -> None:
    """Complete whatever can be claimed."""
    worker = WireWorker(api, "proofbook-drains")
    while (held := claimed_of(worker.claim())) is not None:
        worker.succeed(held)
