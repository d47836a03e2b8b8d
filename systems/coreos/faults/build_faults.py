"""How a build and the smoke test are broken: before the program itself begins, since it is all there is."""

from __future__ import annotations

import os
import sys
from typing import Any

from systems.coreos.faults.seams import Fault, default, ids, value
from systems.coreos.faults.start_faults import forgiving

PUBLIC = "NEXT_PUBLIC_FIREBASE_PROJECT_ID"


def _print_all() -> None:
    for name, said in os.environ.items():
        sys.stdout.write(f"{name}={said}\n")


def _content(_code: Any = None) -> None:
    """In place of `sys.exit`: nothing is ever wrong."""


def _green() -> None:
    sys.exit = _content  # type: ignore[assignment]


def _broken() -> None:
    sys.exit("error TS2304: Cannot find name 'build'")


FAULTS = (
    Fault(
        name="build-prints-environment",
        process="build",
        breaks=ids("build-log-names-no-value"),
        unaffected=ids("public-variables-frozen-at-build"),
        plant=_print_all,
    ),
    Fault(
        name="build-bakes-blank",
        process="build",
        breaks=ids("public-variables-frozen-at-build"),
        unaffected=ids("api-builds-and-starts"),
        reason="of the build is nowhere on the page",
        plant=lambda: os.environ.pop(PUBLIC, None),
    ),
    Fault(
        name="pages-read-environment",
        process="api",
        breaks=ids("public-variables-frozen-at-build"),
        reason="of the build is nowhere on the page",
        plant=value("systems.coreos.build:read", dict),
    ),
    Fault(
        name="build-does-not-build",
        process="build",
        breaks=ids("api-builds-and-starts"),
        reason="exit is 1",
        plant=_broken,
    ),
    Fault(
        name="worker-starts-unconfigured",
        process="worker",
        breaks=ids("worker-builds-and-starts"),
        reason="a worker that was told nothing runs on",
        plant=forgiving(
            "systems.coreos.worker_settings:read",
            ("COREOS_API_URL", "JOB_WORKER_HMAC_SECRET", "JOB_TICKET_PUBLIC_KEY"),
            lambda _: {
                "COREOS_API_URL": "http://127.0.0.1:9",
                "JOB_WORKER_HMAC_SECRET": "0" * 64,
                "JOB_TICKET_PUBLIC_KEY": "A" * 43 + "=",
            },
        ),
    ),
    Fault(
        name="smoke-is-always-green",
        process="smoke",
        breaks=ids("smoke-tells-truth"),
        plant=_green,
    ),
    Fault(
        name="smoke-asks-other-port",
        process="smoke",
        breaks=ids("smoke-tells-truth"),
        reason="smoke failed",
        plant=default("COREOS_API_URL", "http://127.0.0.1:3000"),
    ),
)
