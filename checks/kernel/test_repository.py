"""What the repository says about secrets: nothing, in any of its commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.repository import Repository, scratch
from checks.kernel.secret_patterns import kinds, planted

if TYPE_CHECKING:
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle


@pytest.mark.claim("kernel.no-secret-in-history")
def test_no_commit_holds_a_secret(claim: ClaimHandle, described: Deployment) -> None:
    """What was committed once is in every clone, whatever was removed since."""
    characters = claim["characters"]
    files = planted(characters)
    with scratch(files) as copy:
        noticed = {path: kinds(content, characters) for path, content in copy.blobs()}

    blobs = list(Repository(described.twin.file("repository")).blobs())
    found = {path: held for path, content in blobs if (held := kinds(content, characters))}

    claim.require(noticed == {kind: {kind} for kind in files}, f"planted, and noticed: {noticed}")
    claim.require(blobs, "no commit of the repository holds a file")
    assert {path: sorted(held) for path, held in found.items()} == {}
