"""
A real Prometheus that scrapes a deployment, and what it has seen.

    with Prometheus(rules, {"jobsources": Scrape(f"{api.url}/metrics", bearer=token)}) as prometheus:
        prometheus.wait_until_scraped()
        prometheus.value("jobsources_running_runs")
        prometheus.alerts()                            # name → pending or firing

It scrapes and evaluates every second, keeps nothing, and ends with the process that started it. Where
Prometheus is not installed, `NotAsked`.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

from proofbook.alerts import yaml
from proofbook.errors import NoVerdict
from proofbook.instruments.guard import require
from proofbook.instruments.http import Observer
from proofbook.instruments.promtool import program
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOST = "127.0.0.1"
_INTERVAL = "1s"
_START_SECONDS = 60.0
_END_SECONDS = 10.0
_LOOK_SECONDS = 0.1
#: What is said where somebody else was quicker to a port.
_TAKEN = "address already in use"
#: Runs a program to its end, or to that of standard input, which ends with whoever holds its other end.
_WITH_US = 'exec 3<&0; "$@" & it=$!; (cat <&3 >/dev/null; kill "$it") & wait "$it"'


@dataclass(frozen=True, slots=True)
class Scrape:
    """Where a job's metrics are, and what opens them."""

    url: str
    bearer: str = ""


class Prometheus:
    """One server; a context manager. Raises `NotAsked` where there is none to be started."""

    def __init__(self, rules: str, jobs: Mapping[str, Scrape]) -> None:
        self._program = program("prometheus")
        self._rules, self._jobs = rules, jobs
        self._folder = TemporaryDirectory(prefix="proofbook-prometheus-")
        self._process: subprocess.Popen[bytes] | None = None
        self._http: Observer | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, and remove what it kept."""
        self._end()
        self._folder.cleanup()

    def _end(self) -> None:
        if self._http:
            self._http.close()
        if self._process and self._process.stdin:
            self._process.stdin.close()
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _start(self) -> None:
        folder = Path(self._folder.name)
        for scrape in self._jobs.values():
            parts = urlsplit(scrape.url)
            require(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        (folder / "rules.yml").write_text(self._rules, "utf-8")
        (folder / "prometheus.yml").write_text(yaml.document(_settings(self._jobs)), "utf-8")
        for last in (False, False, True):
            self._launch(folder)
            try:
                self._until(lambda: self._ask("/-/ready") is not None, "it is not ready")
            except NoVerdict as error:
                if last or _TAKEN not in str(error):
                    raise
                self._end()
            else:
                return

    def _launch(self, folder: Path) -> None:
        """Start the program on a port that was free just now."""
        with create_server((HOST, 0)) as probe:
            port = probe.getsockname()[1]
        words = [
            self._program,
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            f"--web.listen-address={HOST}:{port}",
        ]
        with (folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                ["sh", "-c", _WITH_US, "sh", *words],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._http = Observer(f"http://{HOST}:{port}")

    def wait_until_scraped(self, seconds: float = _START_SECONDS) -> None:
        """Until every job has answered once since now; `NoVerdict` if one does not."""
        since = time.time()
        names = set(self._jobs)

        def seen() -> bool:
            found = self._found(f"timestamp(up == 1) > {since}")
            return names <= {each["metric"].get("job") for each in found}

        self._until(seen, "not every job was scraped", seconds)

    def value(self, expr: str) -> float | None:
        """What an expression gives now; `None` where it gives nothing. `NoVerdict` if it gives several."""
        found = self._found(expr)
        if len(found) > 1:
            raise NoVerdict(f"Prometheus has {len(found)} values of {expr}")
        return float(found[0]["value"][1]) if found else None

    def alerts(self) -> dict[str, str]:
        """Alert → `pending` or `firing`; those that are neither are not in it."""
        return {
            each["metric"]["alertname"]: each["metric"]["alertstate"]
            for each in self._found("ALERTS")
        }

    def wait_until(
        self, holds: Callable[[Prometheus], bool], what: str, seconds: float = _START_SECONDS
    ) -> None:
        """Until something is so; `NoVerdict` with `what` was waited for if it never is."""
        self._until(lambda: holds(self), f"it was never seen that {what}", seconds)

    def _found(self, expr: str) -> list[dict[str, Any]]:
        answer = self._ask(f"/api/v1/query?query={quote(expr)}")
        if answer is None:
            raise NoVerdict(f"Prometheus did not answer {expr}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def _ask(self, path: str) -> Any:
        """The JSON of an answer, `{}` where it is none; `None` where there is no good one."""
        if self._http is None:
            return None
        try:
            answer = self._http.request("GET", path)
        except NoVerdict:
            return None
        if not answer.is_success:
            return None
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.json() if is_json else {}

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _until(self, holds: Callable[[], bool], what: str, seconds: float = _START_SECONDS) -> None:
        is_over = until(
            lambda: holds() or self._has_ended(), bool, seconds, every_seconds=_LOOK_SECONDS
        )
        if is_over and not self._has_ended():
            return
        if is_over:
            what, seconds = "it ended", 0
        said = (Path(self._folder.name) / "output").read_text("utf-8", "replace")
        raise NoVerdict(f"Prometheus: {what} after {seconds:g} s; it said: {said[-300:]!r}")


def _settings(jobs: Mapping[str, Scrape]) -> dict[str, object]:
    return {
        "global": {"scrape_interval": _INTERVAL, "evaluation_interval": _INTERVAL},
        "rule_files": ["rules.yml"],
        "scrape_configs": [_job(name, scrape) for name, scrape in jobs.items()],
    }


def _job(name: str, scrape: Scrape) -> dict[str, object]:
    parts = urlsplit(scrape.url)
    opened = {"authorization": {"credentials": scrape.bearer}} if scrape.bearer else {}
    return {
        "job_name": name,
        "scheme": parts.scheme,
        "metrics_path": parts.path,
        **opened,
        "static_configs": [{"targets": [parts.netloc]}],
    }
