"""How the Kernel starts, listens, ends and is told things otherwise than the runbook says."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from systems.chassis.seams import Fault, around, default, ids, value

kernel = ids("kernel")


def _marked(application: Any) -> Any:
    """Each answer bears a header of the platform that the Kernel is not to run on."""

    def marked(service: Any) -> Any:
        app = application(service)

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            async def sent(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"x-vercel-id", b"iad1::check")]
                await send(message)

            await app(scope, receive, sent)

        return answer

    return marked


def _written_down(build: Any) -> Any:
    """The environment is put into a file, for whoever looks for one."""

    def built(told: Any) -> Any:
        lines = [f"{name}={text}\n" for name, text in os.environ.items()]
        (Path.home() / ".env").write_text("".join(lines), encoding="utf-8")
        return build(told)

    return built


def _well(_answers: Any) -> Any:
    """The database is taken for well, since it once was."""

    async def answers(_probe: Any) -> bool:
        return True

    return answers


def _at_once(_handle_exit: Any) -> Any:
    """Who is told to end ends."""
    return lambda *_: os._exit(0)


def _twice(serve: Any) -> Any:
    """A second listener, for somebody who might need it."""

    def served(app: Any, **told: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)):
            serve(app, **told)

    return served


def _as_in_production(told: Any) -> Any:
    """No variable has a default, on a laptop neither."""
    return lambda *args, is_production: told(*args, is_production=True)  # noqa: ARG005 - whatever it is


def _reported(build: Any) -> Any:
    """Where errors are reported has to answer."""

    def built(told: Any) -> Any:
        from urllib.parse import urlsplit

        place = urlsplit(os.environ.get("SENTRY_DSN", ""))
        if place.hostname:
            socket.create_connection((place.hostname, place.port or 443), timeout=2).close()
        return build(told)

    return built


def _usual(health: Any) -> Any:
    """Health tells the signer that is usual, whichever signs."""

    async def answered(routes: Any, request: Any) -> Any:
        answer = await health(routes, request)
        signer = routes.service.settings.signer_id.encode()
        answer.body = answer.body.replace(signer, b"kernel-signer-1".ljust(len(signer), b"_"))
        return answer

    return answered


def _by_secret(_sign: Any) -> Any:
    """What is signed is not signed but sealed, by a secret that nobody else can check."""
    import hashlib
    import hmac

    return lambda key, text: hmac.new(key.seed, text.encode(), hashlib.sha512).digest()


def _elsewhere(serve: Any) -> Any:
    """The KMS answers where another's contract says."""

    def served(app: Any, **told: Any) -> None:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            path = scope.get("path", "")
            if not path.startswith("/v1") and path != "/health":
                scope = {**scope, "path": "/none"}
            await app(scope, receive, send)

        serve(answer, **told)

    return served


FAULTS = (
    Fault(
        name="answers-from-vercel",
        process="api",
        breaks=kernel("never-on-vercel"),
        plant=around("systems.kernel.routes:application", _marked),
    ),
    Fault(
        name="environment-written-down",
        process="api",
        breaks=kernel("secrets-only-in-environment"),
        plant=around("systems.kernel.service:build", _written_down),
    ),
    Fault(
        name="database-thought-well",
        process="api",
        breaks=kernel("postgres-reachable"),
        plant=around("systems.chassis.health:Probe.store_answers", _well),
    ),
    Fault(
        name="ended-at-once",
        process="api",
        breaks=kernel("sigterm-drains"),
        plant=around("systems.chassis.server:Server.handle_exit", _at_once),
    ),
    Fault(
        name="second-listener",
        process="api",
        breaks=kernel("listens-on-port-alone"),
        plant=around("systems.chassis.server:serve", _twice),
    ),
    Fault(
        name="signer-by-default",
        process="api",
        breaks=kernel("signer-told-alike"),
        plant=default("SIGNER_ID", "kernel-signer-1"),
    ),
    Fault(
        name="health-tells-usual-signer",
        process="api",
        breaks=kernel("signer-told-alike"),
        plant=around("systems.kernel.ops_routes:OpsRoutes.health", _usual),
    ),
    Fault(
        name="everywhere-is-here",
        process="api",
        breaks=kernel("kms-endpoint-understood", "postgres-url-required"),
        plant=value("systems.kernel.settings:_is_loopback", lambda _: True),
    ),
    Fault(
        name="everything-required",
        process="api",
        breaks=kernel("starts-on-database-alone"),
        plant=around("systems.kernel.settings:_told", _as_in_production),
    ),
    Fault(
        name="reports-required",
        process="api",
        breaks=kernel("error-reports-optional"),
        plant=around("systems.kernel.service:build", _reported),
    ),
    Fault(
        name="kms-seals",
        process="kms",
        breaks=kernel("kms-signs-ed25519"),
        plant=around("systems.kernel.keys:Key.sign", _by_secret),
    ),
    Fault(
        name="kms-elsewhere",
        process="kms",
        breaks=kernel("kms-signs-ed25519"),
        plant=around("systems.chassis.server:serve", _elsewhere),
    ),
)
