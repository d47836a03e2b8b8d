"""What is private stays where it was put."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

import pytest

from checks.coreos.adapter import CLAIM, HEALTH, JOB, PUBLIC_KEY, RESULT, STUCK, SUMMARY, TIMESERIES
from checks.coreos.adapter_access import header_signature, result_signature
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.bad_input import bad_requests, sent
from proofbook import NotAsked
from proofbook.stack import Finished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

PRIVATE = ("FIREBASE_PRIVATE_KEY", "ATTESTATION_PRIVATE_KEY", "JOB_WORKER_HMAC_SECRET")
SOON_SECONDS = 30
PAGES = (HEALTH, SUMMARY, TIMESERIES, STUCK, PUBLIC_KEY, "/ops/login")
OWNER_PAGES = ("/ops", "/api/ops/audit", "/api/ops/workers", "/api/jobs/dlq")


@pytest.mark.claim("coreos.private-values-stay-private")
def test_private_values_reach_neither_client_nor_log(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """In no spelling, not in part, and not what a right signature would have been."""
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    job = api.add()
    worker = deployment.worker(api.url, "w1", pace.env)
    done = api.wait_for(job, "COMPLETED", SOON_SECONDS)["status"]
    worker.process.kill()
    refused, expected = _refused(api)
    clumsy = WireWorker(api, "w-bad")
    bad = [sent(api, clumsy, each) for each in bad_requests(job, clumsy)]
    built = _built(deployment)
    private = {**dict(_spellings(deployment)), **expected}

    outputs = {"the API's log": api.process.output(), "the worker's log": worker.process.output()}
    answers = {f"the refusal of {what}": reply.text for what, reply in refused.items()}
    answers["the answers to bad requests"] = "\n".join(reply.text for reply in bad)
    pages = dict(_replies(api, job))
    shown = {**outputs, **answers, **pages, "the build's log": built or ""}

    beginnings = {what: value[: claim["characters"]] for what, value in private.items()}
    leaks = [
        f"{what} in {where}"
        for where, text in shown.items()
        for what, beginning in beginnings.items()
        if beginning in text
    ]
    assert leaks == []
    claim.require(done == "COMPLETED", f"the worker completed no job: it is {done}")
    statuses = {reply.status for reply in refused.values()}
    claim.require(statuses == {403}, f"wrong signatures were not refused: {refused}")
    claim.require(all(outputs.values()), "a log is empty: nothing was looked through")
    if built is None:
        raise NotAsked(
            "the target gives no build, whose output is a log, too", remedy="commands.build"
        )


def _spellings(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Each private value as it is, in hexadecimal, base64 and URL form."""
    given = deployment.twin.env("api")
    for name in PRIVATE:
        value = given.get(name, "")
        # Of a PEM, what is private begins after the first line.
        core = value.split("-----")[2].strip() if value.count("-----") == 4 else value
        if core:
            raw = core.encode()
            yield name, core
            yield f"{name} in hex", raw.hex()
            yield f"{name} in base64", base64.b64encode(raw).decode()
            yield f"{name} in a URL", quote(core, safe="")
            if re.fullmatch("[0-9a-f]{64}", core):
                yield f"{name}, its bytes in base64", base64.b64encode(bytes.fromhex(core)).decode()


def _refused(api: Api) -> tuple[dict[str, Reply], dict[str, str]]:
    """Post a result and a claim under wrong signatures: the answers, and what was expected instead."""
    api.add()
    worker = WireWorker(api, "w-wrong")
    result = {**worker.result(worker.take()), "signature": "0" * 64}
    content, now = json.dumps(worker.identity).encode(), int(time.time() * 1000)
    wrong = api.access.stamped(now, "0" * 64)
    replies = {
        "a result": worker.post(RESULT, result),
        "a claim": api.send("POST", CLAIM, content=content, headers=wrong),
    }
    return replies, {
        "a result's right signature": result_signature(worker.secret, result),
        "a claim's right signature": header_signature(
            worker.secret, now, api.access.path(CLAIM), content
        ),
    }


def _replies(api: Api, job: str) -> Iterator[tuple[str, str]]:
    """Every page that can be read, and the scripts that they load from the same place."""
    pages = {name: api.send("GET", name) for name in PAGES}
    pages |= {name: api.send("GET", name, role="owner") for name in OWNER_PAGES}
    pages[JOB] = api.find(job)
    for name, page in pages.items():
        yield name, page.text + json.dumps(dict(page.headers))
        for path in re.findall(r'<script[^>]+src="([^"]+)"', page.text):
            url = urljoin(api.url + api.access.path(name), path)
            if url.startswith(api.url):
                yield path, api.raw("GET", urlsplit(url).path).text


def _built(deployment: Deployment) -> str | None:
    """What the target's build prints with the private values at hand; `None` where it has none."""
    if "build" not in deployment.system.commands:
        return None
    given = deployment.twin.env("api")
    env = {name: given[name] for name in PRIVATE if name in given}
    outcome = deployment.twin.command("build", env=env)
    return outcome.output if isinstance(outcome, Finished) else None
