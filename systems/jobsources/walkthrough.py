"""The stages of a walk through a deployment, from its health to what it must refuse."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from systems.jobsources import operator_http
from systems.jobsources.operator_http import CREATED, OK, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LISTING = "https://it.pracuj.pl/praca/smoke;kw"
WAIT_SECONDS, PAUSE_SECONDS = 120.0, 0.2
ENDS = ("COMPLETED", "FAILED")
BAD_REQUEST = 400


class Failed(Exception):
    """A stage that does not pass, and what was seen."""


@dataclass(slots=True)
class Smoke:
    """One walk through a deployment; each stage leaves what the next one needs."""

    environ: Mapping[str, str]
    token: str = field(default="", repr=False)
    run_id: str = ""
    run: Mapping[str, Any] = field(default_factory=dict)

    def check_health(self) -> None:
        """API and worker say that they are well."""
        for name in ("API_BASE_URL", "WORKER_BASE_URL"):
            url = f"{operator_http.base(self.environ, name)}/health"
            status = ask("GET", url).status
            _hold(status == OK, f"{url} answered {status:03}")

    def log_in(self) -> None:
        """The user gets a token."""
        user = {"email": self.environ["SMOKE_EMAIL"], "password": self.environ["SMOKE_PASSWORD"]}
        answer = self._ask("POST", "auth/login", user)
        _hold(answer.status == CREATED, f"login answered {answer.status:03}")
        self.token = str((answer.data or {}).get("accessToken") or "")
        _hold(self.token, "login gave no accessToken")

    def enqueue(self) -> None:
        """A scrape is accepted."""
        listing = self.environ.get("SMOKE_LISTING_URL") or LISTING
        answer = self._ask(
            "POST", "job-sources/scrape", {"listingUrl": listing, "forceRefresh": True}
        )
        _hold(answer.status == CREATED, f"scrape answered {answer.status:03}")
        self.run_id = str((answer.data or {}).get("sourceRunId") or "")
        _hold(self.run_id, "scrape gave no sourceRunId")

    def wait(self) -> None:
        """The run is completed."""
        patience = float(self.environ.get("SMOKE_WAIT_SECONDS") or WAIT_SECONDS)
        deadline = time.monotonic() + patience
        while self.run.get("status") not in ENDS and time.monotonic() < deadline:
            self.run = self._ask("GET", f"job-sources/runs/{self.run_id}").data or {}
            if self.run.get("status") not in ENDS:
                time.sleep(PAUSE_SECONDS)
        status, error = self.run.get("status"), self.run.get("error")
        _hold(status == "COMPLETED", f"run {self.run_id} is {status} after all: {error}")

    def look_at_offers(self) -> None:
        """The run brought offers."""
        count = self.run.get("scrapedCount")
        _hold(isinstance(count, int) and count > 0, f"run {self.run_id} kept {count} offers")

    def try_retry(self) -> None:
        """What is completed cannot be retried."""
        status = self._ask("POST", f"job-sources/runs/{self.run_id}/retry").status
        _hold(status == BAD_REQUEST, f"retry of a completed run answered {status:03}")

    def stages(self) -> Mapping[str, Callable[[], None]]:
        """All stages, in their order."""
        return {
            "health-checks": self.check_health,
            "auth-login": self.log_in,
            "enqueue-scrape": self.enqueue,
            "wait-completion": self.wait,
            "verify-persisted-offers": self.look_at_offers,
            "verify-scrape-retry-guard": self.try_retry,
        }

    def _ask(self, method: str, path: str, body: object = None) -> operator_http.Answer:
        url = f"{operator_http.base(self.environ, 'API_BASE_URL')}/api/{path}"
        return ask(method, url, body=body, token=self.token)


def _hold(holds: object, seen: str) -> None:
    if not holds:
        raise Failed(seen)
