"""How a worker says that it is well, speaks without proof, or loses what it has to tell."""

from __future__ import annotations

from typing import Any

from systems.chassis.seams import Fault, around, ids, value

jobs = ids("jobsources")


def _for_holders_only(health: Any) -> Any:
    async def answered(routes: Any, request: Any) -> Any:
        from systems.jobsources.worker_routes import _unauthorized

        return await health(routes, request) if await routes._admits(request) else _unauthorized()

    return answered


def _on_4000(read: Any) -> Any:
    return lambda environ: read({"WORKER_PORT": "4000", **environ})


def _idle(numbers: Any) -> Any:
    return lambda queue: numbers(queue) | {"active": 0, "queued": 0}


def _well(_database: Any) -> Any:
    async def answered(_service: Any) -> str:
        return "up"

    return answered


def _in_milliseconds(headers: Any) -> Any:
    """Rightly signed, at an instant that lies far ahead."""

    def made(secret: str, parts: Any, *, now_seconds: float) -> Any:
        return headers(secret, parts, now_seconds=now_seconds * 1000)

    return made


def _without(*names: str) -> Any:
    """Signatures that lack these headers."""

    def wrap(headers: Any) -> Any:
        def signed(*args: Any, **more: Any) -> dict[str, str]:
            told = headers(*args, **more)
            return {name: text for name, text in told.items() if name not in names}

        return signed

    return wrap


def _static_first(bearer: Any) -> Any:
    async def chosen(sender: Any, token: str) -> Any:
        return token or sender._settings.token or await bearer(sender, token)

    return chosen


def _anonymous(_bearer: Any) -> Any:
    async def chosen(_sender: Any, _token: str) -> str:
        return ""

    return chosen


def _losing(deliver: Any) -> Any:
    """Every tenth callback is lost on its way."""
    count = 0

    async def delivered(courier: Any, task: Any, body: Any) -> None:
        nonlocal count
        count += 1
        if count % 10:
            await deliver(courier, task, body)

    return delivered


FAULTS = (
    Fault(
        name="worker-health-behind-token",
        process="worker",
        breaks=jobs("worker-health-open"),
        plant=around("systems.jobsources.worker_routes:WorkerRoutes._health", _for_holders_only),
    ),
    Fault(
        name="worker-on-4000",
        process="worker",
        breaks=jobs("worker-default-port"),
        plant=around("systems.jobsources.worker_settings:read", _on_4000),
    ),
    Fault(
        name="queue-numbers-frozen",
        process="worker",
        breaks=jobs("worker-health-counts-tasks"),
        plant=around("systems.jobsources.task_queue:TaskQueue.numbers", _idle),
    ),
    Fault(
        name="worker-health-examines-nothing",
        process="worker",
        breaks=jobs("worker-health-follows-database"),
        plant=around("systems.jobsources.worker_service:WorkerService.database", _well),
    ),
    Fault(
        name="worker-signs-nothing",
        process="worker",
        breaks=jobs("worker-signs-callbacks"),
        plant=around(
            "systems.jobsources.signatures:headers",
            _without("x-worker-signature", "x-worker-timestamp"),
        ),
    ),
    Fault(
        name="worker-sends-no-timestamp",
        process="worker",
        breaks=jobs("worker-signs-callbacks"),
        plant=around("systems.jobsources.signatures:headers", _without("x-worker-timestamp")),
    ),
    Fault(
        name="worker-signs-milliseconds",
        process="worker",
        breaks=jobs("worker-signs-callbacks"),
        plant=around("systems.jobsources.signatures:headers", _in_milliseconds),
    ),
    Fault(
        name="worker-prefers-static-token",
        process="worker",
        breaks=jobs("worker-sends-id-token"),
        plant=around("systems.jobsources.sender:Sender._bearer", _static_first),
    ),
    Fault(
        name="worker-sends-no-token",
        process="worker",
        breaks=jobs("worker-sends-id-token"),
        plant=around("systems.jobsources.sender:Sender._bearer", _anonymous),
    ),
    Fault(
        name="every-tenth-callback-lost",
        process="worker",
        breaks=jobs("runs-complete-unaided"),
        plant=around("systems.jobsources.courier:Courier.deliver", _losing),
    ),
    Fault(
        name="last-word-asked-again",
        process="worker",
        breaks=jobs("refused-callback-not-repeated"),
        plant=value("systems.jobsources.courier:FINAL", ()),
    ),
    Fault(
        name="every-word-is-the-last",
        process="worker",
        breaks=jobs("undelivered-callback-kept", "refused-callback-not-repeated"),
        plant=value("systems.jobsources.courier:FINAL", range(600)),
    ),
)
