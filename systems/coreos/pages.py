"""The pages: log-in, and the owner's dashboard."""

from __future__ import annotations

import time
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, RedirectResponse

from systems.chassis.http import Refusal, body_of, fields_of, reply
from systems.coreos import ops_routes
from systems.coreos.sessions import COOKIE, MAX_AGE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.coreos.service import Service

LOGIN = "/ops/login?callbackUrl=%2Fops"
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{more}
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}}
table{{border-collapse:collapse;margin:1rem 0}}td,th{{border:1px solid #999;padding:.2rem .6rem;text-align:left}}
</style></head><body><h1>{title}</h1>"""
LOGIN_FORM = """<form id="login"><label>Log-in token <input name="idToken" type="password" autofocus></label>
<button>Log in</button> <span id="answer" role="status"></span></form>
<script>
document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const idToken = event.target.elements.idToken.value;
  const reply = await fetch("/api/auth/session", { method: "POST", body: JSON.stringify({ idToken }) });
  if (reply.ok) location.assign("/ops");
  else document.getElementById("answer").textContent = (await reply.json()).error;
});
</script></body></html>"""


@dataclass(frozen=True, slots=True)
class Pages:
    """Handlers that answer with HTML, and the log-in behind them."""

    service: Service
    #: The public values that were frozen when this release was built.
    public: Mapping[str, str]

    async def log_in(self, request: Request) -> Response:
        """POST a log-in token, get a session."""
        token = fields_of(await body_of(request)).get("idToken")
        if not isinstance(token, str) or not token:
            raise Refusal(400, "ID token required")
        uid = self.service.sessions.uid_of_token(token)
        if uid is None:
            raise Refusal(401, "Invalid or expired session")
        session = self.service.sessions.open(uid, now_seconds=time.time())
        rules = f"Path=/; HttpOnly; SameSite=Lax; Max-Age={MAX_AGE_SECONDS}"
        secure = "; Secure" if self.service.settings.is_production else ""
        cookie = f"{COOKIE}={session}; {rules}{secure}"
        return reply({"status": "success"}, headers={"Set-Cookie": cookie})

    async def login_page(self, _request: Request) -> Response:
        """GET the log-in page; it names the project that this release was built for."""
        project = escape(self.public.get("NEXT_PUBLIC_FIREBASE_PROJECT_ID", ""))
        meta = f'<meta name="firebase-project-id" content="{project}">'
        return HTMLResponse(HEAD.format(title="CORE OS log-in", more=meta) + LOGIN_FORM)

    async def dashboard(self, request: Request) -> Response:
        """GET the dashboard: the owner sees it, anybody else is sent away."""
        try:
            self.service.owner(request)
        except Refusal as refusal:
            return RedirectResponse(LOGIN if refusal.status == 401 else "/os", 307)  # noqa: PLR2004 - unauthorised
        summary = await ops_routes.summary(self.service)
        stuck = await ops_routes.stuck(self.service, 0)
        refresh = '<meta http-equiv="refresh" content="10">'
        return HTMLResponse(
            HEAD.format(title="CORE OS operations", more=refresh) + _dashboard(summary, stuck),
            headers={"Cache-Control": "no-store"},
        )


def _dashboard(summary: Mapping[str, object], stuck: Mapping[str, object]) -> str:
    shown = ("systemStatus", "unresolvedAlerts", "aggregated", "rates", "activeWorkers", "counters")
    facts = [(name, _text(summary[name])) for name in shown]
    violations, jobs = summary["violations"], stuck["jobs"]
    assert isinstance(violations, list)  # noqa: S101 - what `summary` made
    assert isinstance(jobs, list)  # noqa: S101 - what `stuck` made
    columns = ("jobId", "jobType", "workerId", "attempts", "stuckForSec")
    return "".join(
        [
            _table(("what", "now"), facts),
            *(f"<p role='alert'>{escape(str(v['message']))}</p>" for v in violations),
            f"<h2>Stuck jobs: {len(jobs)}</h2>",
            _table(columns, [[_text(job[name]) for name in columns] for job in jobs]),
            "</body></html>",
        ]
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def row(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(head, "th") + "".join(row(cells, "td") for cells in rows) + "</table>"


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
