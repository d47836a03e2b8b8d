"""How starts, releases and snapshots of the Kernel are not what the runbook says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from systems.chassis.seams import Fault, around, ids, nothing

kernel = ids("kernel")


def _unawaited(_see_to: Any) -> Any:
    """What is needed is not looked at before it starts."""

    async def seen(_told: Any) -> None:
        return None

    return seen


def _ended(store_answers: Any) -> Any:
    """A database that goes away takes the process with it."""

    async def answered(probe: Any) -> bool:
        if not await store_answers(probe):
            os._exit(1)
        return True

    return answered


def _early(startup: Any) -> Any:
    """The line comes, and only later somebody who listens."""

    async def started(server: Any, **more: Any) -> None:
        import asyncio

        from systems.chassis.server import log

        log.info("listening on port %d", server.config.port)
        await asyncio.sleep(1.5)
        await startup(server, **more)

    return started


def _on_one_platform(read: Any) -> Any:
    """It asks its platform for a name, and gives up where there is none."""

    def asked(environ: Any) -> Any:
        if "FLY_APP_NAME" not in environ:
            raise SystemExit("FLY_APP_NAME is not set")
        return read(environ)

    return asked


def _tag_moved() -> None:
    """Deploying a release moves the tag by which the one before it is fetched."""
    mark = Path.home() / "deployed"
    if os.environ.get("APP_VERSION") != "1.0.0":
        mark.touch()
    elif mark.exists():
        del os.environ["APP_VERSION"]


def _burnt_bridge() -> None:
    """Deploying a release leaves something behind that the one before it chokes on."""
    mark = Path.home() / "deployed"
    if os.environ.get("APP_VERSION") != "1.0.0":
        mark.touch()
    elif mark.exists():
        raise SystemExit("this was written by a newer release")


def _remembered(health: Any) -> Any:
    """The page is made once, and shown to everybody."""
    kept: list[Any] = []

    async def answered(routes: Any, request: Any) -> Any:
        if not kept:
            kept.append(await health(routes, request))
        return kept[0]

    return answered


def _unsaid(see_to: Any) -> Any:
    """It ends, and says that something went wrong."""

    async def seen(told: Any) -> None:
        try:
            await see_to(told)
        except Exception:  # noqa: BLE001 - whatever it is, it is not told
            raise SystemExit("cannot start") from None

    return seen


def _elsewhere() -> None:
    """The Kernel keeps its data in a database of another name."""
    import psycopg

    url = os.environ["POSTGRES_URL"]
    name = urlsplit(url).path.strip("/")
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'kernel'").fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE kernel TEMPLATE {name}".encode())
    os.environ["POSTGRES_URL"] = urlsplit(url)._replace(path="/kernel").geturl()


def _without_settings(run: Any) -> Any:
    """The dump leaves out the rows of a table that nobody thought of: the chain's end stands there."""

    def ran(argv: Any, *more: Any, **told: Any) -> Any:
        if any(word.startswith("--snapshot=") for word in argv):
            argv = [*argv, "--exclude-table-data=kernel_settings"]
        return run(argv, *more, **told)

    return ran


FAULTS = (
    Fault(
        name="starts-without-looking",
        process="api",
        breaks=kernel("failed-start-names-cause"),
        plant=around("systems.kernel.starting:see_to", _unawaited),
    ),
    Fault(
        name="lost-database-ends-process",
        process="api",
        breaks=kernel("health-tells-truth"),
        plant=around("systems.chassis.health:Probe.store_answers", _ended),
    ),
    Fault(
        name="listens-later-than-it-says",
        process="api",
        breaks=kernel("start-logged"),
        plant=around("systems.chassis.server:Server.startup", _early),
    ),
    Fault(
        name="runs-on-one-platform",
        process="api",
        breaks=kernel("runs-on-any-host"),
        plant=around("systems.kernel.settings:read", _on_one_platform),
    ),
    Fault(
        name="previous-tag-moved",
        process="api",
        breaks=kernel("previous-release-comes-back"),
        plant=_tag_moved,
    ),
    Fault(
        name="previous-cannot-start",
        process="api",
        breaks=kernel("previous-release-comes-back"),
        plant=_burnt_bridge,
    ),
    Fault(
        name="health-from-memory",
        process="api",
        breaks=kernel("health-states-now", "health-tells-truth"),
        plant=around("systems.kernel.ops_routes:OpsRoutes.health", _remembered),
    ),
    Fault(
        name="cause-unsaid",
        process="api",
        breaks=kernel("failed-start-names-cause"),
        plant=around("systems.kernel.starting:see_to", _unsaid),
    ),
    Fault(
        name="step-looks-for-another-name",
        process="steps",
        breaks=kernel("looking-steps-work"),
        plant=nothing,
        edits=(("kernel_dependency_up", "kernel_dependencies_up"),),
    ),
    Fault(
        name="another-database",
        process="api",
        breaks=kernel("database-named"),
        plant=_elsewhere,
    ),
    Fault(
        name="dump-forgets-settings",
        process="backup",
        breaks=kernel("snapshot-comes-back"),
        plant=around("systems.kernel.backups:subprocess.run", _without_settings),
    ),
)
