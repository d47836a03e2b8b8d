"""Where the secrets of a Kernel are: in its environment, and nowhere that outlives it."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from checks.kernel.files_holding import files_holding
from checks.kernel.repository import Repository
from proofbook.instruments.facts import facts_of

if TYPE_CHECKING:
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: A shorter word may stand anywhere without being the password.
SHORTEST = 12
#: Clocks of files are coarser than ours.
COARSE_SECONDS = 2.0


@pytest.mark.claim("kernel.secrets-only-in-environment")
def test_secrets_stand_in_the_environment_alone(
    claim: ClaimHandle, deployment: Deployment, embedded: frozenset[str]
) -> None:
    """Who has the files, and not the process, has no secret."""
    began = time.time()
    token = secrets.token_urlsafe(24)
    deployment.start_kms({"KMS_BEARER_TOKEN": token})
    kernel = deployment.kernel({"KMS_BEARER_TOKEN": token})
    password = unquote(urlsplit(kernel.process.env["POSTGRES_URL"]).password or "")
    marks = {"the database's password": password, "the KMS token": token}

    sign = kernel.sign()
    told = "\0".join(facts_of(kernel.process).environment.values())
    is_new = deployment.system.store in embedded
    since = began - COARSE_SECONDS if is_new else 0
    holding = files_holding(kernel.process, marks.values(), since=since)
    committed = [
        path
        for path, content in Repository(deployment.twin.file("repository")).blobs()
        if any(mark.encode() in content for mark in marks.values())
    ]

    claim.require(sign.is_done, f"it signs nothing: {sign!r}")
    claim.require(
        len(password) >= SHORTEST, "the database's password is too short to be looked for"
    )
    assert [name for name, mark in marks.items() if mark not in told] == []
    assert holding == []
    assert committed == []
