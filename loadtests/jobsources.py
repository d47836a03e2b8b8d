"""
What people and workers ask of job sources, at a rate of their own.

A person starts one of these as

    export JOBSOURCES_EMAIL=… JOBSOURCES_PASSWORD=…
    locust -f loadtests/jobsources.py Reads --rate 20 --host https://api.example

and gives the rate on the web page, or with `--headless -u 1` on the command line. Without an account only
what needs none is asked. An access token lasts a quarter of an hour: so long may a run be.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from typing import TYPE_CHECKING

from proofbook.instruments.load.profile import Ask, OpenLoop

if TYPE_CHECKING:
    from collections.abc import Sequence

_API = "/api/job-sources"
_HEALTH = Ask("GET /health", "/health")
_TEST = Ask("GET /health/test", "/health/test")


class _User(OpenLoop):
    """Somebody with an account, or a token of one."""

    abstract = True

    def token(self) -> str:
        """An access token; empty without an account."""
        said = os.environ.get("JOBSOURCES_TOKEN", "")
        email = os.environ.get("JOBSOURCES_EMAIL")
        if said or not email:
            return said
        body = {"email": email, "password": os.environ["JOBSOURCES_PASSWORD"]}
        answer = self.client.post("/api/auth/login", json=body)
        return str(json.loads(answer.text or "")["data"]["accessToken"])

    def runs(self, weight: int, token: str) -> Ask:
        """The list of runs."""
        name = f"GET {_API}/runs"
        return Ask(name, f"{_API}/runs", headers=_bearer(token), weight=weight)


class Reads(_User):
    """The routes whose latency is promised: two of health, the list of runs, one run; 1 : 1 : 4 : 4."""

    def prepare(self) -> Sequence[Ask]:
        """The newest run stands for all."""
        token = self.token()
        if not token:
            return _HEALTH, _TEST
        listed = self.client.get(f"{_API}/runs?limit=1", headers=_bearer(token))
        items = json.loads(listed.text or "")["data"]["items"]
        one = [
            Ask(
                f"GET {_API}/runs/:id",
                f"{_API}/runs/{item['id']}",
                headers=_bearer(token),
                weight=4,
            )
            for item in items
        ]
        return _HEALTH, _TEST, self.runs(4, token), *one


class Availability(_User):
    """Health and the list of runs, one as often as the other."""

    def prepare(self) -> Sequence[Ask]:
        """Both, or health alone without an account."""
        token = self.token()
        return (_HEALTH, self.runs(1, token)) if token else (_HEALTH,)


class Callbacks(OpenLoop):
    """
    What workers say of JOBSOURCES_RUNS, which are under way: heartbeats, and each run's end at last.

    Signed with WORKER_CALLBACK_SIGNING_SECRET; JOBSOURCES_CALLBACKS is how many are said in all.
    """

    def prepare(self) -> Sequence[Ask]:
        """Nothing is the same twice: see `ask`."""
        self.ids = os.environ["JOBSOURCES_RUNS"].split(",")
        self.most = int(os.environ["JOBSOURCES_CALLBACKS"])
        self.secret = os.environ.get("WORKER_CALLBACK_SIGNING_SECRET", "")
        self.bearer = os.environ.get("WORKER_CALLBACK_TOKEN", "")
        return ()

    def ask(self, number: int) -> Ask:
        """A heartbeat of one run after the other; of the last ones, each run's completion."""
        run = self.ids[number % len(self.ids)]
        if number < self.most - len(self.ids):
            body = {"sourceRunId": run, "phase": "detail_fetch", "pagesVisited": number}
            name, path, event = "heartbeat", f"{_API}/runs/{run}/heartbeat", "heartbeat"
        else:
            event = f"load-{run}-{number}"
            body = {"sourceRunId": run, "eventId": event, "status": "COMPLETED", "jobs": []}
            name, path = "complete", f"{_API}/complete"
        status = "HEARTBEAT" if name == "heartbeat" else "COMPLETED"
        headers = self._signed(run, status, event)
        return Ask(f"POST {name}", path, "POST", headers, json.dumps(body).encode())

    def _signed(self, run: str, status: str, event: str) -> dict[str, str]:
        """The headers of one callback: its signature where there is a secret, its bearer where one is."""
        headers = {"Content-Type": "application/json", **_bearer(self.bearer)}
        if self.secret:
            at = str(int(time.time()))
            text = f"{at}.{run}.{status}...{event}"
            made = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
            headers |= {"x-worker-timestamp": at, "x-worker-signature": made}
        return headers


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
