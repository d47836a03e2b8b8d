"""What a deployment must answer to count as well: each part looked at until it is, or the tries are over."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.jobsources import operator_http, release
from systems.jobsources.operator_http import OK, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TURNED_AWAY = (401, 403)
UNAUTHORIZED = 401
PAGES = (200, 307, 308)
HTML = "text/html"
RETRIES, DELAY_SECONDS = 12, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What became of one part: why it is not well, or nothing."""

    url: str
    is_enabled: bool
    reason: str

    def shown(self) -> dict[str, object]:
        """As the summary has it."""
        return {
            "enabled": self.is_enabled,
            "ok": self.is_enabled and not self.reason,
            "reason": self.reason or (None if self.is_enabled else "skipped"),
            "url": self.url,
        }


def api(url: str) -> str:
    """Why an API is not well; nothing if it is."""
    return _health("api", url) or _unless(
        "api-auth-probe", ask("GET", f"{url}/api/job-sources/runs").status, TURNED_AWAY
    )


def worker(url: str) -> str:
    """Why a worker is not well; nothing if it is."""
    return _health("worker", url) or _unless(
        "worker-auth-probe", ask("POST", f"{url}/tasks", body={}).status, (UNAUTHORIZED,)
    )


def web(url: str) -> str:
    """Why the web front is not well; nothing if it is."""
    reason = _health("web", url)
    if reason:
        return reason
    page = ask("GET", f"{url}/")
    reason = _unless("web-root", page.status, PAGES)
    return reason or ("" if page.kind == HTML else "web-root-content-type")


LOOKS: Mapping[str, Callable[[str], str]] = {"api": api, "worker": worker, "web": web}


def missing(environ: Mapping[str, str]) -> list[str]:
    """The addresses that the environment lacks."""
    names = [f"{part.upper()}_BASE_URL" for part in LOOKS]
    return [name for name in names if not operator_http.base(environ, name)]


def exit_code(parts: Mapping[str, Part]) -> int:
    """0 if every part is well."""
    return 1 if any(part.reason for part in parts.values()) else 0


def verify(environ: Mapping[str, str]) -> dict[str, Part]:
    """Every part, looked at until it is well or the tries are over."""
    tries = max(1, int(environ.get("VERIFY_RETRIES") or RETRIES))
    delay_seconds = float(environ.get("VERIFY_DELAY_SEC") or DELAY_SECONDS)
    parts = {}
    for name, look in LOOKS.items():
        url = operator_http.base(environ, f"{name.upper()}_BASE_URL")
        is_enabled = environ.get(f"VERIFY_{name.upper()}", "").strip().lower() != "false"
        reason = ""
        for turn in range(tries if is_enabled else 0):
            if turn:
                time.sleep(delay_seconds)
            reason = look(url)
            if not reason:
                break
        parts[name] = Part(url=url, is_enabled=is_enabled, reason=reason)
    return parts


def revision(environ: Mapping[str, str]) -> str | None:
    """What was released, as the environment says it, or the release's metadata."""
    told = release.read(release.place(environ))
    return environ.get("RELEASE_SHA") or told.get("sha")


def _health(name: str, url: str) -> str:
    return _unless(f"{name}-health", ask("GET", f"{url}/health").status, (OK,))


def _unless(what: str, status: int, wanted: tuple[int, ...]) -> str:
    return "" if status in wanted else f"{what}-{status:03}"
