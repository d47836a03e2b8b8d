"""A worker that was not told what it needs ends, and says what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.refusals import HEX_DAMAGES, LEAK, answer_of, bad_hex, called, changed
from checks.coreos.worker_ends import end_of, names

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle


@pytest.mark.claim("coreos.hmac-secret-is-hex64")
@pytest.mark.parametrize("damage", HEX_DAMAGES)
def test_a_malformed_secret_is_refused_on_both_sides(
    claim: ClaimHandle, standing: Deployment, shared: Api, sound_worker: int, damage: str
) -> None:
    """Neither side starts work with a secret that is not one."""
    variable = "JOB_WORKER_HMAC_SECRET"
    value = bad_hex(damage, claim["digits"])
    env, without = changed(variable, value)

    answer = answer_of(standing, env, without)
    ended = end_of(standing, env, without)

    claim.require(shared.enqueue().status == 201, "the unchanged environment takes no job either")
    claim.require(sound_worker, "the unchanged worker does not poll either")
    assert answer.names(*called(standing, variable)), answer
    assert not answer.takes_jobs, answer
    assert not answer.shows(value or "")
    claim.expect(exit=ended.code)
    assert names(standing, ended, variable), ended
    assert value is None or value[:LEAK] not in ended.output


@pytest.mark.claim("coreos.api-url-required")
def test_a_worker_needs_to_know_where_the_api_is(
    claim: ClaimHandle, standing: Deployment, sound_worker: int
) -> None:
    """A worker without an address does not sit idle: it ends."""
    ended = end_of(standing, without=("COREOS_API_URL",))

    claim.require(sound_worker, "the unchanged worker does not poll either")
    claim.expect(exit=ended.code)
    assert names(standing, ended, "COREOS_API_URL"), ended
