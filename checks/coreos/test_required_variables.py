"""Every required variable of the API: without it, or with nonsense in it, no job is taken."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from nacl.signing import SigningKey

from checks.coreos.adapter import PUBLIC_KEY
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.refusals import HEX_DAMAGES, answer_of, bad_hex, called, changed
from checks.coreos.tickets import verifies

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.refusals import Answer
    from proofbook import ClaimHandle

PEM_HEADER = "-----BEGIN PRIVATE KEY-----\n"


@pytest.mark.claim("coreos.firebase-key-is-pem")
@pytest.mark.parametrize("damage", ["absent", "not a PEM", "header only"])
def test_no_job_is_taken_without_a_firebase_key(
    claim: ClaimHandle, standing: Deployment, shared: Api, damage: str
) -> None:
    """A Firebase key that is no PEM shows at the start, not at the first login."""
    junk = secrets.token_urlsafe(40)
    value = {"absent": None, "not a PEM": junk, "header only": PEM_HEADER}[damage]

    answer = _answer(standing, "FIREBASE_PRIVATE_KEY", value)

    claim.require(_is_sound(shared), "the unchanged environment takes no job either")
    _judge_refused(standing, answer, "FIREBASE_PRIVATE_KEY")
    assert not answer.shows(junk)


@pytest.mark.claim("coreos.signing-key-is-hex64")
@pytest.mark.parametrize("damage", HEX_DAMAGES)
def test_no_job_is_taken_without_a_signing_key(
    claim: ClaimHandle, standing: Deployment, shared: Api, damage: str
) -> None:
    """No key is made up where the given one cannot sign."""
    value = bad_hex(damage, claim["digits"])

    answer = _answer(standing, "ATTESTATION_PRIVATE_KEY", value)

    claim.require(_is_sound(shared), "the unchanged environment takes no job either")
    _judge_refused(standing, answer, "ATTESTATION_PRIVATE_KEY")
    assert not answer.shows(value or "")


@pytest.mark.claim("coreos.published-key-matches")
@pytest.mark.parametrize("damage", ["absent", "short", "another key's"])
def test_the_published_key_is_the_signing_key_s(
    claim: ClaimHandle, standing: Deployment, shared: Api, damage: str
) -> None:
    """A public key that is not the signing key's own is refused before anybody trusts it."""
    digits = claim["digits"]
    another = SigningKey.generate().verify_key.encode().hex()
    value = another if damage == "another key's" else bad_hex(damage, digits)

    answer = _answer(standing, "ATTESTATION_PUBLIC_KEY", value)
    shared.add()
    ticket = WireWorker(shared, "w-key").take().ticket

    claim.require(_is_sound(shared), "the unchanged environment takes no job either")
    _judge_refused(standing, answer, "ATTESTATION_PUBLIC_KEY")
    published = shared.send("GET", PUBLIC_KEY).body.get("publicKey")
    assert published == standing.twin.env("api").get("ATTESTATION_PUBLIC_KEY", published)
    assert verifies(ticket, str(published))
    assert len(str(published)) == digits


@pytest.mark.claim("coreos.firebase-project-required")
@pytest.mark.parametrize("value", [None, "  "], ids=["absent", "blank"])
def test_the_firebase_project_is_required(
    claim: ClaimHandle, standing: Deployment, shared: Api, value: str | None
) -> None:
    """Health names a project id that is missing."""
    answer = _answer(standing, "FIREBASE_PROJECT_ID", value)

    claim.require(_is_sound(shared), "the unchanged environment takes no job either")
    claim.expect(status=answer.status)
    assert answer.names(*called(standing, "FIREBASE_PROJECT_ID")), answer


@pytest.mark.claim("coreos.firebase-email-required")
@pytest.mark.parametrize("value", [None, "  "], ids=["absent", "blank"])
def test_the_firebase_email_is_required(
    claim: ClaimHandle, standing: Deployment, shared: Api, value: str | None
) -> None:
    """Health names a service account that is missing."""
    answer = _answer(standing, "FIREBASE_CLIENT_EMAIL", value)

    claim.require(_is_sound(shared), "the unchanged environment takes no job either")
    claim.expect(status=answer.status)
    assert answer.names(*called(standing, "FIREBASE_CLIENT_EMAIL")), answer


def _answer(deployment: Deployment, variable: str, value: str | None) -> Answer:
    """What an API says whose variable has another value, or none."""
    env, without = changed(variable, value)
    return answer_of(deployment, env, without)


def _is_sound(api: Api) -> bool:
    """Whether the API is well in the environment that the target gives it."""
    return api.health().body.get("status") == "ok" and api.enqueue().status == 201


def _judge_refused(deployment: Deployment, answer: Answer, variable: str) -> None:
    """It names the variable, and takes no job."""
    assert answer.names(*called(deployment, variable)), answer
    assert not answer.takes_jobs, answer
