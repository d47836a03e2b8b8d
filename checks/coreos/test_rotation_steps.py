"""Keys changed as the page says it, and a smoke test that would notice if they were not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from nacl.signing import SigningKey

from checks.coreos.adapter import PUBLIC_KEY
from checks.coreos.key_pair import Pair
from proofbook import NoVerdict
from proofbook.stack import Finished

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.adapter_steps import Host
    from proofbook import ClaimHandle

#: What these checks run: a step that is edited makes their evidence stale.
STEPS = ("runbooks/coreos/key-rotation.md",)
PAGE = "key-rotation"
WALK = (
    "queue-is-empty",
    "new-ticket-keys",
    "put-keys-in-place",
    "restart-both",
    "new-key-is-published",
    "prove-keys",
    "forget-old-keys",
)


@pytest.mark.claim("coreos.smoke-proves-rotation")
def test_the_smoke_test_knows_a_half_rotation(claim: ClaimHandle, drill: Deployment) -> None:
    """A worker that kept the old key gets no smoke job done, and that shows."""
    new = Pair(SigningKey.generate())
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2)
    delay = drill.settings(RETRY_MAX_DELAY_MS=500)
    api = drill.api({**delay.env, **new.api})

    late = drill.worker(api.url, "w-late", pace.env)
    partial = _smoke(drill, api)
    late.process.kill()
    drill.worker(api.url, "w-new", {**pace.env, **new.worker})
    whole = _smoke(drill, api)

    enqueued = api.summary()["aggregated"]["total"]
    claim.require(enqueued >= 2, f"the smoke test enqueued {enqueued} jobs in two runs")
    claim.expect(whole=whole.code, partial=partial.code)


@pytest.mark.claim("coreos.rotation-steps-take-hold")
def test_the_steps_rotate_the_key(claim: ClaimHandle, host: Host) -> None:
    """From an empty queue to a job done under the new key; then the old one is gone."""
    old = host.api().send("GET", PUBLIC_KEY).body.get("publicKey")

    host.pages.walk(PAGE, *WALK)

    published = host.api().send("GET", PUBLIC_KEY).body.get("publicKey")
    kept = host.pages.run(PAGE, "old-keys-kept")
    claim.require(old, "the key was not published before")
    assert published != old
    assert kept.code == 0, kept.output
    assert kept.output.split() == ["none"], "an old key is still kept"


def _smoke(deployment: Deployment, api: Api) -> Finished:
    """The target's smoke script, told where this API is."""
    end = deployment.twin.command("smoke", env={"COREOS_API_URL": api.url})
    if not isinstance(end, Finished):
        raise NoVerdict(f"the smoke test did not end: {end.output[-400:]}")
    return end
