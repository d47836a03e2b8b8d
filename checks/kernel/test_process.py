"""The Kernel as a process of its host: it goes on, it ends in good order, it listens where it is told."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from checks.kernel.adapter import HEALTH, METRICS, READY, STATUS
from checks.kernel.refusals import welcomed
from proofbook import NotAsked
from proofbook.instruments.facts import facts_of
from proofbook.instruments.lateness import Lateness
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap
    from proofbook.stack import Controlled

REQUESTS = "kernel_http_requests_total"
STARTS = "kernel_server_start_total"
PAGES = (HEALTH, READY, METRICS, STATUS)
#: How long a sign may take to be on its way to the KMS.
SOON_SECONDS = 10.0
#: What a Kernel waits for a KMS that holds a sign back, beside which the machine may be busy.
KMS_TIMEOUT_MS = 8000
#: How often somebody comes back where the suite itself was late.
TRIES = 3


@pytest.mark.waits(65)
@pytest.mark.claim("kernel.one-process-serves")
def test_one_process_goes_on_serving(claim: ClaimHandle, watched: Kernel) -> None:
    """Who comes back after a while meets the same process, and need not wait for it."""
    watched.health()
    before, pid = _counted(watched, REQUESTS, route=HEALTH), _pid(watched.process)
    claim.expect(starts=_counted(watched, STARTS))

    most = claim.bound("first").upper.total_seconds()
    for _ in range(TRIES):
        time.sleep(claim["pause"].total_seconds())  # the pause is what is asked about
        with Lateness() as lateness:
            health = watched.health()
        is_ours = lateness.may_explain(health.seconds, most)
        if not is_ours:
            break
    after = _counted(watched, REQUESTS, route=HEALTH)

    claim.require(not is_ours, f"{lateness}")
    claim.require(before, f"{REQUESTS} counts no request for {HEALTH}")
    claim.expect(first=health.seconds, starts=_counted(watched, STARTS))
    assert after > before, f"it had counted {before:g} requests, and then {after:g}"
    assert _pid(watched.process) == pid


@pytest.mark.claim("kernel.never-on-vercel")
def test_no_page_comes_from_vercel(claim: ClaimHandle, watched: Kernel) -> None:
    """Whoever serves a page leaves a trace in its headers."""
    pages = {page: watched.send("GET", page) for page in PAGES[: claim["answers"]]}

    claim.require(len(pages) == claim["answers"], f"there are {len(PAGES)} pages to look at")
    served = {page: reply.headers.get("server", "") for page, reply in pages.items()}
    marked = [page for page, reply in pages.items() if reply.headers.get(claim["header"])]
    assert marked == []
    assert [page for page, by in served.items() if by.lower() == claim["server"].lower()] == []


@pytest.mark.claim("kernel.sigterm-drains")
def test_a_kernel_that_is_ended_finishes_what_it_began(
    claim: ClaimHandle, standing: Deployment
) -> None:
    """Who waits for a signature gets it, and the host need not use force."""
    tap = standing.kms_tap()
    ours = standing.kernel({**standing.by_way_of(tap), "KMS_TIMEOUT_MS": str(KMS_TIMEOUT_MS)})
    manifest = {"id": "manifest-drained"}
    held = claim["delay"].total_seconds()
    patience = claim.bound("within").upper.total_seconds()
    tap.delay(held, path="/sign")

    with ThreadPoolExecutor(1) as beside:
        signing = beside.submit(ours.sign, manifest, unanswered=True)
        began = until(lambda: _signs(tap), bool, SOON_SECONDS)
        ours.process.terminate()
        told = time.monotonic()
        code = ours.process.wait(patience + held)
        seconds = time.monotonic() - told
        reply = signing.result()

    claim.require(began, "no sign came to the KMS")
    claim.expect(status=reply.status)
    rows = standing.sql.rows(
        "select signature from manifest_signatures where id = %s",
        reply.body["signature_record"]["id"],
    )
    assert [row["signature"] for row in rows] == [reply.body["signature_record"]["signature"]]
    assert code is not None, f"it had not ended {patience:g} s after it was told to"
    claim.expect(exit=code, within=seconds)


@pytest.mark.claim("kernel.listens-on-port-alone")
def test_it_listens_where_it_is_told_alone(claim: ClaimHandle, kernel: Kernel) -> None:
    """Nothing is open that nobody asked for."""
    told = urlsplit(kernel.url).port

    health = kernel.health()
    ports = sorted({port for _, port in facts_of(kernel.process).sockets.listening})

    claim.require(health.is_done, f"nobody answers at {kernel.url}: {health!r}")
    assert ports == [told]
    claim.expect(ports=len(ports))


@pytest.mark.claim("kernel.info-hides-debug")
def test_debug_lines_stay_out_of_an_info_log(claim: ClaimHandle, standing: Deployment) -> None:
    """What goes wrong is told; what goes on all the time is not."""
    tap = standing.kms_tap()
    by_tap = standing.by_way_of(tap)
    quiet = standing.kernel({**by_tap, "LOG_LEVEL": claim["level"]})
    loud = standing.kernel({**by_tap, "LOG_LEVEL": claim["hidden"]})

    signs = [each.sign() for each in (quiet, loud)]
    tap.answer(500, path="/sign")
    refusals = [each.sign() for each in (quiet, loud)]
    until(lambda: _levels(quiet.process), lambda seen: "error" in seen, SOON_SECONDS)
    until(lambda: _levels(loud.process), lambda seen: claim["hidden"] in seen, SOON_SECONDS)
    for each in (quiet, loud):
        each.process.kill()

    claim.require(all(each.is_done for each in signs), f"nothing is signed: {signs}")
    claim.require(all(each.status >= 500 for each in refusals), f"no error came: {refusals}")
    claim.require(claim["hidden"] in _levels(loud.process), "debug itself shows no such line")
    claim.require("error" in _levels(quiet.process), "the error is not in the log")
    assert claim["hidden"] not in _levels(quiet.process)


@pytest.mark.claim("kernel.error-reports-optional")
def test_errors_need_not_be_reported(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Who is told of errors may be nobody, or away."""
    is_told = "SENTRY_DSN" in kernel.process.env
    bare = welcomed(standing, without=("SENTRY_DSN",)) if is_told else kernel
    with socket.socket() as away:
        away.bind(("127.0.0.1", 0))  # held, so that nobody listens there
        dsn = f"http://public@127.0.0.1:{away.getsockname()[1]}/1"
        reporting = welcomed(standing, {"SENTRY_DSN": dsn})

        signs = [each.sign() for each in (bare, reporting)]
        reporting.process.kill()

    claim.require(any(sign.is_done for sign in signs), f"nothing is signed: {signs}")
    for sign in signs:
        claim.expect(status=sign.status)


def _signs(tap: Tap) -> int:
    """How many signs the KMS was asked for so far."""
    return sum(exchange.path == "/sign" for exchange in tap.exchanges())


def _counted(kernel: Kernel, name: str, **labels: str) -> float:
    """What a counter stands at, over all its series with these labels; 0 where there is none."""
    return sum(sample.value for sample in kernel.samples().of(name, **labels))


def _pid(process: Controlled) -> int | None:
    """Its number, where it is a process of this machine's."""
    try:
        return process.pid
    except NotAsked:
        return None


def _levels(process: Controlled) -> set[str]:
    """The levels of a log's lines; a line that is no JSON has none."""
    return {level for line in process.lines() if (level := _level(line))}


def _level(line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return ""
    return str(told.get("level", "")) if isinstance(told, dict) else ""
