"""
Prove that a deployment works: `python -m systems.coreos.smoke`, exit 0 if it does.

Asks COREOS_API_URL (http://127.0.0.1:3001) for its health, sends one job through and waits until a worker has done it,
then looks at the summary and at the list of stuck jobs. The session comes from COREOS_ID_TOKEN, or else from the first
of COREOS_LOGIN_TOKENS. Only the standard library is used: it runs wherever there is a Python.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NOWHERE_SAID = "http://127.0.0.1:3001"
#: How often a job is looked at, and how long to wait in between.
LOOKS = 30
PAUSE_SECONDS = 2.0
ANSWER_SECONDS = 10.0


class Failed(Exception):
    """One of the five does not hold; says which, and what was seen."""


@dataclass(slots=True)
class Deployment:
    """The API at an address, and the session once there is one."""

    url: str
    cookie: str = ""

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object that a request is answered with. Raises `Failed` for anything but 2xx."""
        request = urllib.request.Request(  # noqa: S310 - an operator's own address
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Cookie": self.cookie},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
                given = answer.headers.get_all("Set-Cookie") or []
                self.cookie = "; ".join(each.partition(";")[0] for each in given) or self.cookie
                held = json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            text = refusal.read(300).decode(errors="replace")
            raise Failed(f"{method} {path} answered {refusal.code}: {text}") from None
        except (OSError, ValueError) as error:
            raise Failed(f"{method} {path} at {self.url}: {error}") from None
        if not isinstance(held, dict):
            raise Failed(f"{method} {path} answered with no object: {str(held)[:300]}")
        return held


def prove(api: Deployment, token: str, *, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Hold the five against the deployment, in order, saying each. Raises `Failed` at the first that does not hold."""
    health = api.ask("GET", "/api/worker/health")
    _hold(health.get("status") == "ok", "health is ok", health)
    api.ask("POST", "/api/auth/session", {"idToken": token})
    job = api.ask("POST", "/api/jobs/enqueue", _job()).get("jobId")
    _hold(isinstance(job, str) and job, "a job is taken", job)
    seen = _outcome(api, str(job), pause_seconds)
    _hold(seen.get("status") == "COMPLETED", f"the job {job} is completed", seen)
    total = api.ask("GET", "/api/ops/metrics/summary").get("aggregated", {}).get("total")
    _hold(isinstance(total, int) and total > 0, "the summary counts jobs", total)
    stuck = api.ask("GET", "/api/ops/jobs/stuck")
    shape = isinstance(stuck.get("count"), int) and isinstance(stuck.get("jobs"), list)
    _hold(shape, "the stuck jobs are listed", stuck)


def _job() -> dict[str, Any]:
    return {
        "jobType": "scheduler.tick",
        "payload": {"reason": "prod-smoke"},
        "policyDecisionId": f"pd-prod-smoke-{int(time.time())}",
    }


def _outcome(api: Deployment, job: str, pause_seconds: float) -> dict[str, Any]:
    """The job as it ended, or as it was last seen."""
    seen: dict[str, Any] = {}
    for _look in range(LOOKS):
        seen = api.ask("GET", f"/api/jobs/{job}")
        if seen.get("status") in ("COMPLETED", "FAILED", "DEAD"):
            break
        time.sleep(pause_seconds)
    return seen


def _hold(holds: object, what: str, seen: object) -> None:
    if not holds:
        raise Failed(f"not so: {what}; seen: {json.dumps(seen)[:300]}")
    sys.stdout.write(f"ok: {what}\n")


def main() -> None:
    """Prove the deployment that the environment names."""
    tokens = os.environ.get("COREOS_LOGIN_TOKENS", "").split(",")
    token = os.environ.get("COREOS_ID_TOKEN") or tokens[0].strip().partition(":")[2]
    url = os.environ.get("COREOS_API_URL") or NOWHERE_SAID
    try:
        prove(Deployment(url.rstrip("/")), token)
    except Failed as failure:
        sys.exit(f"smoke failed: {failure}")
    sys.stdout.write(f"smoke passed: {url}\n")


if __name__ == "__main__":
    main()
