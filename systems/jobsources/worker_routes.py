"""What the worker answers: tasks, replays, health; anything else is not found."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from systems.chassis import canonical, instants
from systems.chassis.http import reply
from systems.chassis.outages import StoreUnavailable
from systems.jobsources import bodies, tasks
from systems.jobsources.leases import Held
from systems.jobsources.sender import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from systems.jobsources.tasks import Task
    from systems.jobsources.worker_service import WorkerService

    Handler = Callable[[Request], Awaitable[Response]]

RETRY_AFTER = {"Retry-After": "5"}
log = logging.getLogger("systems.jobsources")


class WorkerRoutes:
    """The worker's HTTP."""

    def __init__(self, service: WorkerService) -> None:
        self._service = service
        self._origins = service.settings.origins
        self._handlers: Mapping[tuple[str, str], Handler] = {
            ("GET", "/health"): self._health,
            ("POST", "/tasks"): self._tasks,
            ("POST", "/scrape"): self._tasks,
            ("POST", "/callbacks/replay"): self._replay,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        origin = request.headers.get("origin", "")
        if origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            allowed = {
                "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
                "Access-Control-Allow-Headers": "authorization, content-type, x-request-id",
            }
            return Response(status_code=204, headers=allowed)
        handler = self._handlers.get((request.method, request.url.path))
        if handler is None:
            return reply({"error": "Not Found"}, 404)
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("a handler failed", extra={"path": request.url.path})
            return reply({"error": "Internal Server Error"}, 500)

    async def _health(self, _request: Request) -> Response:
        database = await self._service.database()
        is_well = database != "down"
        body = {"ok": is_well, "database": database, "queue": self._service.queue.numbers()}
        return reply(body, 200 if is_well else 503)

    async def _replay(self, request: Request) -> Response:
        if not await self._admits(request):
            return _unauthorized()
        counts = await self._service.replay.run()
        return reply({"ok": True, **counts.shown()})

    async def _tasks(self, request: Request) -> Response:
        request_id = _request_id(request.headers.get("x-request-id"))
        # Read before anything is said: whoever still sends while it is refused would not hear why.
        raw = await bodies.read(request, self._service.settings.body_limit)
        if not await self._admits(request):
            return _unauthorized()
        if raw is None:
            return reply({"error": "Payload too large", "requestId": request_id}, 413)
        try:
            task = tasks.read(_json(raw))
        except tasks.InvalidTask as flaws:
            told = {"error": "Invalid task payload", "details": flaws.details}
            return reply({**told, "requestId": request_id}, 400)
        return await self._accepted(
            replace(task, request_id=_request_id(task.request_id, request_id))
        )

    async def _accepted(self, task: Task) -> Response:
        """The answer to a task: a place in the queue, and a lease, or neither."""
        queue, service = self._service.queue, self._service
        told = {
            "queueProvider": service.settings.provider,
            "requestId": task.request_id,
            "runId": task.run_id,
            "sourceRunId": task.source_run_id or None,
        }
        if not queue.promise():
            refused = {"ok": False, "status": "rejected", "reason": "Queue is full"}
            return reply(refused | told | {"queue": queue.numbers()}, 429, RETRY_AFTER)
        try:
            lease = await service.leases.claim(task)
        except BaseException as error:
            queue.withdraw()
            if not isinstance(error, StoreUnavailable):
                raise
            body = {"error": "Lease store unavailable", "requestId": task.request_id}
            return reply(body, 503)
        if isinstance(lease, Held):
            queue.withdraw()
            return reply({"ok": True, "status": "duplicate", **told, **_holder(lease)}, 202)
        queue.add(partial(service.execution.run, task, lease))
        return reply({"ok": True, "status": "accepted", **told}, 202)

    async def _admits(self, request: Request) -> bool:
        return await self._service.doorkeeper.admits(request.headers.get("authorization", ""))


def _holder(held: Held) -> dict[str, object]:
    return {
        "reason": "active-task-execution",
        "activeTaskId": held.task_id,
        "leaseExpiresAt": held.until and instants.text(held.until),
    }


def _unauthorized() -> Response:
    return reply({"error": "Unauthorized"}, 401)


def _json(raw: bytes) -> Any:
    try:
        return canonical.parse(raw)
    except ValueError:
        raise tasks.InvalidTask(["body: JSON is wanted"]) from None


def _request_id(*given: str | None) -> str:
    """The first that can be signed and sent on; a new one, if none can."""
    return next((each for each in given if each and REQUEST_ID.fullmatch(each)), str(uuid4()))
