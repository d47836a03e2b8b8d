"""How dead letters are replayed for strangers, twice, wrongly signed, or gone before they arrived."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from systems.chassis.seams import Fault, around, ids, value

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

jobs = ids("jobsources")
REPLAY = "systems.jobsources.replay:Replay"
ROUTES = "systems.jobsources.worker_routes:WorkerRoutes"
READ = "systems.jobsources.worker_settings:read_callbacks"


def _elsewhere(read: Any) -> Any:
    def told(environ: Any) -> Any:
        settings = read(environ)
        return replace(settings, letters=settings.letters / "outbox")

    return told


def _with_old_secret(read: Any) -> Any:
    return lambda environ: replace(read(environ), secret="the-one-before")  # noqa: S106 - nobody's secret


def _only_counted(_replay: Any) -> Any:
    async def replayed(_self: Any, _path: Path) -> bool:
        return True

    return replayed


def _for_anybody(_handler: Any) -> Any:
    async def answered(routes: Any, _request: Any) -> Any:
        from systems.chassis.http import reply

        counts = await routes._service.replay.run()
        return reply({"ok": True, **counts.shown()})

    return answered


def _without_looking_at(part: str) -> Any:
    """An ID token counts whatever it says of its audience, or of its caller."""

    def wrap(check: Any) -> Any:
        def checked(claims: Any, wanted: Any, *, now_seconds: float) -> None:
            told = "" if part == "email" else claims.get("aud")
            check(claims, replace(wanted, **{part: told}), now_seconds=now_seconds)

        return checked

    return wrap


def _also_by_get(init: Any) -> Any:
    def made(routes: Any, service: Any) -> None:
        init(routes, service)
        routes._handlers = {**routes._handlers, ("GET", "/callbacks/replay"): routes._replay}

    return made


def _as_of_then(replay: Any) -> Any:
    """Signed with the instant at which it was kept."""

    async def replayed(self: Any, path: Path) -> Any:
        from systems.chassis import instants
        from systems.jobsources import letters, signatures

        headers = signatures.headers
        then = instants.moment(letters.read(path).created_at).timestamp()
        signatures.headers = lambda secret, parts, **_: headers(secret, parts, now_seconds=then)
        try:
            return await replay(self, path)
        finally:
            signatures.headers = headers

    return replayed


@asynccontextmanager
async def _side_by_side(_self: Any) -> AsyncIterator[None]:
    """Nobody waits for anybody."""
    yield


def _gone_anyway(replay: Any) -> Any:
    async def replayed(self: Any, path: Path) -> Any:
        has_gone = await replay(self, path)
        self._letters.remove(path)
        return has_gone

    return replayed


def _fragile(read: Any) -> Any:
    def told(path: Path) -> Any:
        from systems.jobsources.letters import NoLetter

        try:
            return read(path)
        except NoLetter as error:
            raise RuntimeError("no letter") from error

    return told


def _whatever_lies_there(_all: Any) -> Any:
    def found(letters: Any) -> list[Path]:
        return sorted(letters._folder.iterdir())

    return found


def _batches_unnamed(parts: Any) -> Any:
    def signed(letter: Any) -> Any:
        found = parts(letter)
        is_batch = "jobs" in letter.payload and not letter.payload.get("status")
        return replace(found, status="") if is_batch else found

    return signed


FAULTS = (
    Fault(
        name="command-looks-elsewhere",
        process="callbacks-replay",
        breaks=jobs("command-replays-letters"),
        plant=around(READ, _elsewhere),
    ),
    Fault(
        name="command-signs-with-old-secret",
        process="callbacks-replay",
        breaks=jobs("command-replays-letters"),
        plant=around(READ, _with_old_secret),
    ),
    Fault(
        name="command-never-fails",
        process="callbacks-replay",
        breaks=jobs("command-fails-with-letters-left"),
        plant=value("systems.jobsources.replay:Counts.exit_code", 0),
    ),
    Fault(
        name="replay-only-counts",
        process="worker",
        breaks=jobs("worker-replays-letters"),
        plant=around(f"{REPLAY}._replay", _only_counted),
    ),
    Fault(
        name="replay-for-anybody",
        process="worker",
        breaks=jobs("replay-wants-tasks-token"),
        plant=around(f"{ROUTES}._replay", _for_anybody),
    ),
    Fault(
        name="any-audience-replays",
        process="worker",
        breaks=jobs("replay-takes-id-token"),
        plant=around("systems.jobsources.oidc:check", _without_looking_at("audience")),
    ),
    Fault(
        name="any-caller-replays",
        process="worker",
        breaks=jobs("replay-takes-id-token"),
        plant=around("systems.jobsources.oidc:check", _without_looking_at("email")),
    ),
    Fault(
        name="get-replays",
        process="worker",
        breaks=jobs("get-replays-nothing"),
        plant=around(f"{ROUTES}.__init__", _also_by_get),
    ),
    Fault(
        name="replay-signs-as-of-then",
        process="worker",
        breaks=jobs("replay-signs-afresh"),
        plant=around(f"{REPLAY}._replay", _as_of_then),
    ),
    Fault(
        name="replays-side-by-side",
        process="worker",
        breaks=jobs("parallel-replays-send-once"),
        plant=value(f"{REPLAY}._alone", _side_by_side),
    ),
    Fault(
        name="letter-gone-by-any-2xx",
        process="worker",
        breaks=jobs("letter-stays-until-applied"),
        plant=value("systems.jobsources.replay:has_arrived", lambda _: True),
    ),
    Fault(
        name="letter-gone-once-tried",
        process="worker",
        breaks=jobs("letter-stays-until-applied"),
        plant=around(f"{REPLAY}._replay", _gone_anyway),
    ),
    Fault(
        name="poison-ends-replay",
        process="worker",
        breaks=jobs("broken-letter-stops-nothing"),
        plant=around("systems.jobsources.letters:read", _fragile),
    ),
    Fault(
        name="replay-counts-folders",
        process="worker",
        breaks=jobs("broken-letter-stops-nothing"),
        plant=around("systems.jobsources.letters:Letters.all", _whatever_lies_there),
    ),
    Fault(
        name="batch-letter-signed-empty",
        process="worker",
        breaks=jobs("each-kind-of-letter-replays"),
        plant=around("systems.jobsources.replay:parts", _batches_unnamed),
    ),
)
