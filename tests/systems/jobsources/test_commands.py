"""What operators run: the walk through a deployment, the look after a promotion, a release's metadata."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from systems.jobsources import release
from systems.jobsources.faults import command_faults
from systems.jobsources.walkthrough import Smoke
from tests.systems.jobsources.apis import COMPLETE, PASSWORD
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.systems.jobsources.apis import Api, Apis
    from tests.systems.jobsources.servers import Asked, Server
    from tests.systems.jobsources.workers import Bench, Worker

SHA = "1" * 40


@contextmanager
def deployment(bench: Bench, around: Apis, **env: str) -> Iterator[tuple[Api, Worker]]:
    """An API and a worker that know each other."""
    worker = bench.worker(DATABASE_URL=around.dsn)
    port = str(around.ports.take())
    api = around.start(
        PORT=port,
        WORKER_TASK_URL=f"{worker.client.base_url}/tasks",
        WORKER_CALLBACK_URL=f"http://127.0.0.1:{port}{COMPLETE}",
        **env,
    )
    yield api, worker


def smoke(bench: Bench, api: Api, worker: Worker, **env: str) -> tuple[int, str, str]:
    """The walk, run to its end."""
    told = {
        "API_BASE_URL": str(api.client.base_url),
        "WORKER_BASE_URL": str(worker.client.base_url),
        "SMOKE_EMAIL": "a@jobs.example",
        "SMOKE_PASSWORD": PASSWORD,
    }
    return bench.command("smoke", **told | env)


def test_the_walk_passes_every_stage(bench: Bench, around: Apis) -> None:
    """From a log-in to offers that are kept; each stage that does not pass is named."""
    with deployment(bench, around) as (api, worker):
        whole = smoke(bench, api, worker)
        bench.site.respond = lambda _: (200, '<p data-test="zero-offers-section">')
        empty = smoke(bench, api, worker)
        bench.site.respond = lambda _: (503, "<p>")
        failed = smoke(bench, api, worker)
        wrong = smoke(bench, api, worker, SMOKE_PASSWORD="password-2")
        worker.end()
        down = smoke(bench, api, worker)

    stages = list(Smoke({}).stages())
    assert whole == (0, "".join(f"ok: {stage}\n" for stage in stages), "")
    assert (empty[0], empty[2].startswith("failed: verify-persisted-offers: run ")) == (1, True)
    assert (failed[0], failed[2].startswith("failed: wait-completion: run ")) == (1, True)
    assert wrong[::2] == (1, "failed: auth-login: login answered 401\n")
    url = f"{worker.client.base_url}/health"
    assert down == (1, "", f"failed: health-checks: {url} answered 000\n")


def test_the_walk_needs_to_be_told_where(bench: Bench) -> None:
    """And as whom."""
    code, out, log = bench.command("smoke", API_BASE_URL="http://127.0.0.1:1")

    assert (code, out) == (1, "")
    names = ("WORKER_BASE_URL", "SMOKE_EMAIL", "SMOKE_PASSWORD")
    assert log == "".join(f"Missing required env var: {name}\n" for name in names)


def part(asked: Asked) -> tuple[int, str]:
    """An API, a worker and a web front in one."""
    if asked.path == "/health":
        return 200, "{}"
    return (200, "<html>") if asked.path == "/" else (401, "{}")


@contextmanager
def parts() -> Iterator[dict[str, Server]]:
    """Three servers, as a deployment's parts."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(part)) for name in ("api", "worker", "web")}


def verify(
    bench: Bench, parts: dict[str, Server], *, fault: str = "", **env: str
) -> tuple[int, str, Any]:
    """Exit code, complaints, summary."""
    told = {f"{name.upper()}_BASE_URL": server.url for name, server in parts.items()}
    told |= {"VERIFY_RETRIES": "1", "VERIFY_DELAY_SEC": "0", "RELEASE_SHA": SHA}
    code, out, log = bench.command("verify_deployment", fault, **told | env)
    summary = json.loads(out) if out else None
    kept = bench.folder / "deployment-verify-summary.json"
    assert summary is None or json.loads(kept.read_text()) == summary
    return code, log, summary


def test_what_is_well_is_said_to_be(bench: Bench) -> None:
    """Each part was asked for its health, and whether it turns strangers away; nothing else was."""
    with parts() as found:
        code, log, summary = verify(bench, found, API_BASE_URL=found["api"].url + "/")

        assert (code, log, summary.pop("releaseSha")) == (0, "", SHA)
        assert summary.pop("verifiedAt").endswith("Z")
        assert summary == {
            name: {"enabled": True, "ok": True, "reason": None, "url": server.url}
            for name, server in found.items()
        }
        asked = {
            name: [f"{each.method} {each.path}" for each in server.asked]
            for name, server in found.items()
        }
        assert asked == {
            "api": ["GET /health", "GET /api/job-sources/runs"],
            "worker": ["GET /health", "POST /tasks"],
            "web": ["GET /health", "GET /"],
        }


@pytest.mark.parametrize(
    ("name", "path", "answer", "reason"),
    [
        ("api", "/health", (503, "{}"), "api-health-503"),
        ("api", "/api/job-sources/runs", (429, "{}"), "api-auth-probe-429"),
        ("worker", "/health", (503, "{}"), "worker-health-503"),
        ("worker", "/tasks", (202, "{}"), "worker-auth-probe-202"),
        ("web", "/health", (500, "{}"), "web-health-500"),
        ("web", "/", (404, "<html>"), "web-root-404"),
        ("web", "/", (200, "{}"), "web-root-content-type"),
    ],
)
def test_what_is_not_well_is_named(
    bench: Bench, name: str, path: str, answer: tuple[int, str], reason: str
) -> None:
    """The others are said to be well all the same."""
    with parts() as found:
        found[name].respond = lambda asked: answer if asked.path == path else part(asked)

        code, log, summary = verify(bench, found)

    assert (code, log) == (1, f"{reason}\n")
    assert summary[name]["reason"] == reason
    assert [each for each in found if not summary[each]["ok"]] == [name]


def test_what_is_down_is_named(bench: Bench) -> None:
    """Whichever it is; one that is left out is not asked."""
    with parts() as found:
        for name in found:
            code, log, _ = verify(
                bench, found, **{f"{name.upper()}_BASE_URL": "http://127.0.0.1:1"}
            )
            assert (code, log) == (1, f"{name}-health-000\n")
        found["web"].asked.clear()
        code, _, summary = verify(bench, found, VERIFY_WEB="false")
        assert (code, summary["web"]["enabled"], found["web"].asked) == (0, False, [])


def test_it_is_tried_again(bench: Bench) -> None:
    """A part that gets well in time is well."""
    with parts() as found:
        statuses = [503, 503, 200]
        found["web"].respond = lambda asked: (
            (statuses.pop(0), "{}") if asked.path == "/health" else part(asked)
        )

        assert verify(bench, found, VERIFY_RETRIES="3")[0] == 0


@pytest.mark.parametrize("name", ["API_BASE_URL", "WORKER_BASE_URL", "WEB_BASE_URL"])
def test_each_address_is_needed(bench: Bench, name: str) -> None:
    """Without it nothing is asked."""
    with parts() as found:
        code, log, _ = verify(bench, found, **{name: ""})

        assert (code, log) == (1, f"Missing required env var: {name}\n")
        assert [server.asked for server in found.values()] == [[], [], []]


def test_a_release_is_told_by_its_metadata(bench: Bench, tmp_path: Path) -> None:
    """What was written is read, and stands in the summary."""
    path = tmp_path / "metadata.txt"
    path.write_text(release.metadata(SHA[::-1], "v1", "2026-01-01T00:00:00.000Z"))

    assert release.read(path) == {
        "ref": "v1",
        "sha": SHA,
        "created_at": "2026-01-01T00:00:00.000Z",
        "api_image": f"jobsources-api:{SHA}",
        "worker_image": f"jobsources-worker:{SHA}",
        "web_image": f"jobsources-web:{SHA}",
    }
    assert release.read(tmp_path / "none") == {}
    assert len(release.revision()) == 40
    with parts() as found:
        told = verify(bench, found, RELEASE_SHA="", RELEASE_METADATA_FILE=str(path))
    assert told[2]["releaseSha"] == SHA


def test_the_front_has_a_page_and_health(bench: Bench) -> None:
    """And the source site its listings."""
    web, site = (str(bench.ports.take()) for _ in range(2))
    forks = [
        bench.warm.start(module, {"PORT": port}, bench.folder)
        for module, port in (("web", web), ("site", site))
    ]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{web}", timeout=60) as client:
            until(lambda: listens(client))
            told = client.get("/health").json()
            assert (told["ok"], told["service"], told["timestamp"][-1]) == (True, "web", "Z")
            page = client.get("/")
            assert (page.status_code, page.headers["content-type"]) == (
                200,
                "text/html; charset=utf-8",
            )
        with httpx.Client(base_url=f"http://127.0.0.1:{site}", timeout=60) as client:
            until(lambda: listens(client))
        worker = bench.worker(PRACUJ_SOURCE_ORIGIN=f"http://127.0.0.1:{site}")
        assert worker.run().body["scrapedCount"] == 3
    finally:
        for fork in forks:
            bench.warm.end(fork)


def is_walk_a_word(bench: Bench, fault: str) -> bool:
    """It passes where nothing listens, or does not say which stage it was."""
    told = dict.fromkeys(("API_BASE_URL", "WORKER_BASE_URL"), "http://127.0.0.1:1")
    code, _, log = bench.command("smoke", fault, **told, SMOKE_EMAIL="a@b", SMOKE_PASSWORD="p")
    return code == 0 or "failed: health-checks" not in log


def is_asked_elsewhere(bench: Bench, fault: str) -> bool:
    """None of those that it was told of was asked."""
    with parts() as found:
        verify(bench, found, fault=fault)
        return not any(server.asked for server in found.values())


def is_address_not_needed(bench: Bench, fault: str) -> bool:
    """It does not say what is missing."""
    with parts() as found:
        _, log, _ = verify(bench, found, fault=fault, WEB_BASE_URL="")
        return "WEB_BASE_URL" not in log


def is_well_not_enough(bench: Bench, fault: str) -> bool:
    """All is well, and it fails."""
    with parts() as found:
        return verify(bench, found, fault=fault)[0] != 0


def passes_without(name: str) -> Callable[[Bench, str], bool]:
    """Whether one part may be down."""

    def look(bench: Bench, fault: str) -> bool:
        with parts() as found:
            found[name].respond = lambda _: (500, "{}")
            return verify(bench, found, fault=fault)[0] == 0

    return look


def is_slash_kept(bench: Bench, fault: str) -> bool:
    """A path that no worker has is asked for."""
    worker = bench.worker()
    with parts() as found:
        return (
            verify(bench, found, fault=fault, WORKER_BASE_URL=f"{worker.client.base_url}/")[0] != 0
        )


def is_front_unwell(bench: Bench, fault: str) -> bool:
    """It serves, and says that it does not."""
    port = str(bench.ports.take())
    fork = bench.warm.start("web", {"PORT": port}, bench.folder, fault=fault, name=f"web{fault}")
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            until(lambda: listens(client))
            return client.get("/health").status_code != 200
    finally:
        bench.warm.end(fork)


SEEN: dict[str, Callable[[Bench, str], bool]] = {
    "web-health-is-an-error": is_front_unwell,
    "smoke-needs-powershell": is_walk_a_word,
    "smoke-runs-nothing": is_walk_a_word,
    "verify-knows-addresses": is_asked_elsewhere,
    "verify-has-a-default": is_address_not_needed,
    "verify-never-passes": is_well_not_enough,
    "verify-heeds-the-last": passes_without("api"),
    "verify-leaves-web-out": passes_without("web"),
    "verify-keeps-slash": is_slash_kept,
}


@pytest.mark.parametrize("name", SEEN)
def test_its_fault_takes_hold(bench: Bench, name: str) -> None:
    """It is seen, and not where there is none."""
    assert SEEN[name](bench, name)
    assert not SEEN[name](bench, "")


def test_each_fault_is_seen() -> None:
    """Every fault of the commands has a look."""
    assert sorted(SEEN) == sorted(fault.name for fault in command_faults.FAULTS)


def listens(client: httpx.Client) -> bool:
    """Whether anything is answered."""
    try:
        client.get("/health")
    except httpx.TransportError:
        return False
    return True
