"""A deployment laid open to a nemesis: proxies before API and store, worker processes to kill, a tap to hear them."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from checks.coreos.adapter_queue import connected_by_key
from checks.coreos.overheard import overheard
from proofbook.instruments.nemesis import (
    answers_cut,
    backends_ended,
    connections_taken,
    delayed,
    frozen,
    killed,
    shut,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.adapter_deployment import Deployment
    from proofbook.history import History
    from proofbook.instruments.nemesis import Power
    from proofbook.instruments.workers import Connect
    from proofbook.stack import Controlled

#: One job in so many lasts longer than a lease, and one in so many fails once: a property of the job.
LONG_ONES, FAILING_ONES = 6, 8
HOLD_SECONDS = 1
POLL_SECONDS = 0.15


class Ordeal:
    """One API behind a proxy, its store behind another, and some worker processes behind a tap."""

    def __init__(self, drill: Deployment, *, lease_seconds: float) -> None:
        self._drill = drill
        self.lease_seconds = lease_seconds
        lowered = drill.settings(RETRY_MAX_DELAY_MS=300, WORKER_ID_HOLD_SECONDS=HOLD_SECONDS)
        role, self._dsn = drill.twin.store_role, drill.twin.dsn()
        self._line = drill.line(drill.twin.address(role).url)
        through = {role: f"{self._line.host}:{self._line.port}"}
        self._server = drill.api_process(lowered.env, through=through)
        self._wire = drill.line(self._server.url)
        by_way_of = self._wire.instead_of(self._server.url)
        self.api = drill.reach(self._server, by_way_of=by_way_of)
        self._tap = drill.tap(self.api)
        self._workers: list[Controlled] = []

    def employ(self, processes: int) -> None:
        """Start so many worker processes."""
        pace = self._drill.settings(
            POLL_INTERVAL_SECONDS=POLL_SECONDS, HEARTBEAT_INTERVAL_SECONDS=self.lease_seconds / 3
        )
        names = [f"w-real-{number}" for number in range(1, processes + 1)]
        with ThreadPoolExecutor(processes) as hands:
            started = hands.map(
                lambda name: self._drill.worker(self._tap.url, name, pace.env), names
            )
            self._workers += [worker.process for worker in started]

    def powers(self) -> tuple[Power, ...]:
        """All that can befall it."""
        store, lines = self._drill.twin.store(), (self._wire, self._line)
        freeze = 1.3 * self.lease_seconds
        return (
            killed("worker killed", self._workers, lane="workers"),
            frozen("worker frozen", self._workers, lane="workers", least_seconds=freeze),
            killed("API killed", [self._server], lane="ground"),
            killed("store restarted", [store], lane="ground"),
            backends_ended("backends ended", self._dsn, lane="ground"),
            connections_taken("connections taken", self._dsn, lane="ground"),
            shut("line shut", lines, lane="ground"),
            delayed("line slow", lines, lane="ground"),
            answers_cut("answers cut", lines, lane="ground"),
        )

    def connect(self, attempts: int) -> Connect:
        """How a fleet reaches it; what kind of job a key makes depends on the key alone."""

        def fields(key: str) -> Mapping[str, Any]:
            return {
                **_kind(key, self.lease_seconds),
                "leaseDurationMs": int(self.lease_seconds * 1000),
                "maxAttempts": attempts,
            }

        return connected_by_key([self.api], fields)

    def complete(self, history: History) -> None:
        """End the worker processes, and add to the history what they did."""
        for worker in self._workers:
            worker.kill()
        for event in overheard(self._tap.exchanges(), self.api.access):
            history.add(event)


def _kind(key: str, lease_seconds: float) -> Mapping[str, Any]:
    number = hashlib.sha256(key.encode()).digest()[0]
    if number % LONG_ONES == 0:
        return {"jobType": "__test.hang", "payload": {"hangSec": 1.3 * lease_seconds}}
    if number % FAILING_ONES == 0:
        return {"jobType": "__test.fail_n_times", "payload": {"failCount": 1}}
    return {}
