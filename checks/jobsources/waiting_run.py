"""A run whose worker has not yet said that it takes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from proofbook import NoVerdict
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.jobsources.adapter import Api
    from checks.jobsources.sinks import WorkerSink

#: Less than an API of the suite's waits for its worker's answer.
SOON_SECONDS = 6


@contextmanager
def waiting(api: Api, sink: WorkerSink, user: str = "a") -> Iterator[str]:
    """
    The id of a run whose task the sink has, and does not answer until it is released.

    Raises `NoVerdict` if no run comes of what was asked.
    """
    api.token(user)
    known = {run["id"] for run in api.runs(user)["items"]}

    def begun() -> list[str]:
        return [str(run["id"]) for run in api.runs(user)["items"] if run["id"] not in known]

    sink.hold()
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(api.enqueue, user)
        try:
            runs = until(begun, bool, SOON_SECONDS)
            if not runs:
                raise NoVerdict("no run was begun while the worker kept its answer")
            yield runs[0]
        finally:
            sink.release()
            asked.result()
