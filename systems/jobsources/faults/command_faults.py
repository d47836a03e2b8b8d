"""How the operator's commands say that all is well, cannot run, or look elsewhere; how the web front is not well."""

from __future__ import annotations

import os
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

jobs = ids("jobsources")
BASE = "systems.jobsources.operator_http:base"
LOOKS = "systems.jobsources.verification:LOOKS"
EXIT_CODE = "systems.jobsources.verification:exit_code"


def _powershell() -> None:
    """As it was written for another system."""
    os.execvp("powershell", ["powershell", "-File", "smoke.ps1"])  # noqa: S606 - there is no such program


def _fixed(_base: Any) -> Any:
    places = {"API_BASE_URL": 3000, "WORKER_BASE_URL": 4001, "WEB_BASE_URL": 3002}
    return lambda _environ, name: f"http://127.0.0.1:{places[name]}"


def _by_default(base: Any) -> Any:
    return lambda environ, name: base(environ, name) or "http://127.0.0.1:3000"


def _of_last(_exit_code: Any) -> Any:
    return lambda parts: 1 if list(parts.values())[-1].reason else 0


def _web_unseen(looks: Any) -> Any:
    return {**looks, "web": lambda _url: ""}


def _as_told(_base: Any) -> Any:
    return lambda environ, name: environ.get(name, "")


async def _unwell(_request: Any) -> Any:
    from systems.chassis.http import reply

    return reply({"ok": False}, 500)


FAULTS = (
    Fault(
        name="web-health-is-an-error",
        process="web",
        breaks=jobs("each-program-has-health"),
        plant=value("systems.jobsources.front:health", _unwell),
    ),
    Fault(
        name="smoke-needs-powershell",
        process="smoke",
        breaks=jobs("smoke-runs-on-host"),
        plant=_powershell,
    ),
    Fault(
        name="smoke-runs-nothing",
        process="smoke",
        breaks=jobs("smoke-runs-on-host"),
        plant=value("systems.jobsources.walkthrough:Smoke.stages", lambda _: {}),
    ),
    Fault(
        name="verify-knows-addresses",
        process="verify-deployment",
        breaks=jobs("verification-asks-where-told"),
        plant=around(BASE, _fixed),
    ),
    Fault(
        name="verify-has-a-default",
        process="verify-deployment",
        breaks=jobs("verification-needs-addresses"),
        plant=around(BASE, _by_default),
    ),
    Fault(
        name="verify-never-passes",
        process="verify-deployment",
        breaks=jobs("sound-deployment-verified"),
        plant=value(EXIT_CODE, lambda _: 1),
    ),
    Fault(
        name="verify-heeds-the-last",
        process="verify-deployment",
        breaks=jobs("fallen-part-named"),
        plant=around(EXIT_CODE, _of_last),
    ),
    Fault(
        name="verify-leaves-web-out",
        process="verify-deployment",
        breaks=jobs("web-verified-too"),
        plant=around(LOOKS, _web_unseen),
    ),
    Fault(
        name="verify-keeps-slash",
        process="verify-deployment",
        breaks=jobs("slash-after-address-allowed"),
        plant=around(BASE, _as_told),
    ),
)
