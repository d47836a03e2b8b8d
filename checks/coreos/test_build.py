"""What a build makes, and what it lets slip."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from checks.coreos.layout import SHARED
from checks.coreos.refusals import called
from checks.coreos.worker_ends import SOON_SECONDS
from proofbook import NoVerdict
from proofbook.instruments.waiting import until
from proofbook.stack import Exited, Finished, Ready

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

FROZEN = "NEXT_PUBLIC_FIREBASE_PROJECT_ID"


@pytest.mark.claim("coreos.build-log-names-no-value")
def test_a_build_prints_no_value(claim: ClaimHandle, deployment: Deployment) -> None:
    """A build's log is read by more people than the environment that it was made in."""
    given = {name: each for name, each in _canaries().items() if name not in _absent(deployment)}

    built = _built(deployment, given)

    claim.require(len(SHARED) == claim["variables"], "the claim speaks of other variables")
    claim.require(built.output.strip(), "the build wrote nothing: there is no log to look through")
    assert [name for name, value in given.items() if value in built.output] == []
    claim.expect(exit=built.code)


@pytest.mark.claim("coreos.public-variables-frozen-at-build")
def test_a_page_shows_what_it_was_built_with(claim: ClaimHandle, deployment: Deployment) -> None:
    """What is baked into a page stays there, whatever the environment says when it is served."""
    before, later = (f"{word}-{secrets.token_hex(6)}" for word in ("built", "started"))
    built = _built(deployment, {FROZEN: before})
    api = deployment.api({FROZEN: later})

    page = api.send("GET", "/ops/login")
    shown = "\n".join([page.text, *_scripts(api, page.text)])

    claim.require(built.code == 0, f"the build ended with {built.code}: {built.output[-400:]}")
    claim.require(page.status == claim["status"], f"there is no login page: {page!r}")
    assert before in shown, f"{FROZEN} of the build is nowhere on the page"
    assert later not in shown, f"{FROZEN} of the start is on the page"


@pytest.mark.claim("coreos.api-builds-and-starts")
def test_the_api_builds_and_starts(claim: ClaimHandle, deployment: Deployment) -> None:
    """What was just built serves."""
    built = _built(deployment, {})
    claim.expect(exit=built.code)
    api = deployment.api()

    claim.require(built.output.strip(), "the build wrote nothing")
    claim.expect(status=api.health().status)


@pytest.mark.claim("coreos.worker-builds-and-starts")
def test_the_worker_builds_and_starts(claim: ClaimHandle, deployment: Deployment) -> None:
    """One program, which says what it lacks, and works once it is told."""
    built = _built(deployment, {})
    needed = deployment.twin.env("worker")

    bare = deployment.twin.start("worker", instance="bare", without=tuple(needed))
    code, said = _end(bare)
    idle = deployment.fake_api(lambda _: (200, {"job": None}))
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    deployment.worker(idle.url, "w1", pace.env)
    patience = SOON_SECONDS + pace["POLL_INTERVAL_SECONDS"]
    polls = until(lambda: len(idle.exchanges()), bool, patience)

    claim.require(built.code == 0, f"the build ended with {built.code}: {built.output[-400:]}")
    claim.expect(exit=code)
    names = [each for name in needed for each in called(deployment, name)]
    assert re.search(rf"Configuration error.*\b({'|'.join(names)})\b", said), said[-400:]
    assert polls, f"the worker did not poll within {patience:g} s"


def _canaries() -> Mapping[str, str]:
    """A value for each shared variable that stands nowhere else, in the form that it has."""
    return {
        "FIREBASE_PROJECT_ID": f"canary-{secrets.token_hex(8)}",
        "FIREBASE_CLIENT_EMAIL": f"canary@{secrets.token_hex(8)}.example",
        "ATTESTATION_PUBLIC_KEY": secrets.token_hex(32),
        "JOB_TICKET_PUBLIC_KEY": f"{secrets.token_urlsafe(32)}=",
        "WORKER_ID": f"worker-{secrets.token_hex(8)}",
        "COREOS_API_URL": f"http://{secrets.token_hex(8)}.example:48391",
        "PORT": "48391",
    }


def _absent(deployment: Deployment) -> frozenset[str]:
    return deployment.system.absent


def _built(deployment: Deployment, env: Mapping[str, str]) -> Finished:
    """The target's build, run to its end."""
    outcome = deployment.twin.command("build", env=env)
    if not isinstance(outcome, Finished):
        raise NoVerdict(f"the build did not end: {outcome.output[-400:]}")
    return outcome


def _end(outcome: object) -> tuple[int, str]:
    """Exit code and output of a worker that was told nothing; an AssertionError if it runs on."""
    if isinstance(outcome, Ready):
        code = outcome.process.wait(SOON_SECONDS)
        said = outcome.process.output()
        assert code is not None, f"a worker that was told nothing runs on: {said[-400:]}"
        return code, said
    assert isinstance(outcome, Exited), f"the worker neither started nor ended: {outcome}"
    return outcome.code, outcome.output


def _scripts(api: Api, page: str) -> list[str]:
    """The scripts that a page loads from where it came from."""
    urls = (
        urljoin(f"{api.url}/ops/login", path)
        for path in re.findall(r'<script[^>]+src="([^"]+)"', page)
    )
    return [api.raw("GET", urlsplit(url).path).text for url in urls if url.startswith(api.url)]
