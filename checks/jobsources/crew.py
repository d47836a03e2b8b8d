"""
Workers that checks share: those that are told the same are one.

    worker = crew.worker({"WORKER_MAX_CONCURRENT_TASKS": str(claim["concurrent"])})
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker


class Crew:
    """The workers of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._workers: dict[frozenset[tuple[str, str]], Worker] = {}

    def worker(self, env: Mapping[str, str]) -> Worker:
        """A worker with this environment; started once. Raises `NoVerdict` if it does not start."""
        told = frozenset(env.items())
        if told not in self._workers:
            self._workers[told] = self._deployment.worker(env)
        return self._workers[told]
