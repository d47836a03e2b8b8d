"""What the files say that an operator fills in, builds from and starts with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from checks.coreos.layout import PRIVATE, PUBLIC, SHARED, arguments, lines, text

if TYPE_CHECKING:
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: What a private value looks like, or the beginning of one.
_SECRET = re.compile(r"[0-9a-fA-F]{64}|-----BEGIN")


@pytest.mark.claim("coreos.public-variables-are-build-args")
def test_public_variables_are_arguments_of_the_build(
    claim: ClaimHandle, described: Deployment
) -> None:
    """A variable that the build is not handed is blank in the pages, whatever the operator wrote."""
    handed = described.layout().api.build_args
    taken = arguments(described.twin.file("dockerfile_api"))

    claim.require(len(PUBLIC) == claim["variables"], "the claim speaks of other variables")
    assert [name for name in PUBLIC if name not in handed] == []
    assert [name for name in PUBLIC if name not in taken] == []


@pytest.mark.claim("coreos.template-complete")
def test_the_template_lists_every_variable(claim: ClaimHandle, described: Deployment) -> None:
    """Whoever fills in each line has told the system all that it needs, and found no secret there."""
    template = described.twin.file("env_template")
    wanted = {*PRIVATE, *SHARED, *PUBLIC} - described.system.absent

    listed = lines(template)

    claim.require(text(template).strip(), f"{template.name} is empty")
    claim.require(
        len({*PRIVATE, *SHARED, *PUBLIC}) == claim["variables"],
        "the claim speaks of other variables",
    )
    own = described.system.names.env
    assert sorted(name for name in wanted if own.get(name, name) not in listed) == []
    assert _SECRET.findall(text(template)) == []
