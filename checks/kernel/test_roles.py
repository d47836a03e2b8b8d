"""Who may do what: each endpoint by each role alone, and by a caller who has none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.kernel.adapter_access import NOBODY, ROLES
from checks.kernel.doors import GUARDED, KNOWN, place
from checks.kernel.known_answers import vectors
from checks.kernel.remains import remains
from proofbook import exercises

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.doors import Place
    from proofbook import ClaimHandle

EVERYBODY = (*ROLES, NOBODY)
#: Who may not come in is told so; whatever else is answered was let in.
KEPT_OUT = (401, 403)
BROKEN = 500


@pytest.fixture(scope="module")
@exercises
def there(kernel: Kernel) -> Place:
    """Things for requests to name."""
    return place(kernel)


@pytest.mark.claim("kernel.divisions-by-leads")
def test_divisions_are_written_by_those_who_lead(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, there: Place
) -> None:
    """Each role alone; what was refused left nothing."""
    _judge(claim, standing, kernel, there, "division")


@pytest.mark.claim("kernel.signing-by-services")
def test_manifests_are_signed_for_services(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, there: Place
) -> None:
    """Each role alone; not even an answer that is already there is given to another."""
    _judge(claim, standing, kernel, there, "sign")
    key, sign = str(uuid4()), GUARDED["sign"]
    first = sign.knock(kernel, there, "repeated", role="Service", key=key)
    again = sign.knock(kernel, there, "repeated", role=NOBODY, key=key)
    claim.require(first.status == 200, f"nothing was signed: {first!r}")
    claim.expect(refused=again.status)


@pytest.mark.claim("kernel.audit-read-by-auditors")
def test_the_chain_is_read_by_those_who_audit(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, there: Place
) -> None:
    """One event, the head, the export, the verification: each role alone."""
    for door in ("event", "head", "export", "verify"):
        _judge(claim, standing, kernel, there, door)


@pytest.mark.claim("kernel.allocations-by-operators")
def test_allocations_are_asked_for_by_those_who_operate(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, there: Place
) -> None:
    """Each role alone; what was refused left nothing."""
    _judge(claim, standing, kernel, there, "allocate")


@pytest.mark.claim("kernel.agents-and-upgrades-by-operators")
def test_agents_and_upgrades_are_made_by_those_who_operate(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, there: Place
) -> None:
    """An agent, an upgrade, its application: each role alone."""
    for door in ("agent", "upgrade", "apply"):
        _judge(claim, standing, kernel, there, door)


@pytest.mark.claim("kernel.signers-changed-by-superadmins")
def test_signers_are_changed_by_superadmins(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, there: Place
) -> None:
    """A rotation, a compromise: each role alone."""
    for door in ("rotation", "compromise"):
        _judge(claim, standing, kernel, there, door)


@pytest.mark.claim("kernel.known-callers-read-and-report")
def test_whoever_is_known_reads_and_reports(
    claim: ClaimHandle, kernel: Kernel, there: Place
) -> None:
    """Every role, none at all, and nobody whom nobody knows."""
    seen = {
        (name, role): door.knock(kernel, there, role=role).status
        for name, door in KNOWN.items()
        for role in EVERYBODY
    }
    strangers = {name: door.knock(kernel, there) for name, door in KNOWN.items()}

    claim.expect(endpoints=len(KNOWN))
    for reply in strangers.values():
        claim.expect(refused=reply.status)
    assert {who: status for who, status in seen.items() if status in KEPT_OUT} == {}


@pytest.mark.claim("kernel.roles-matched-exactly")
def test_a_role_is_matched_whole(claim: ClaimHandle, standing: Deployment, kernel: Kernel) -> None:
    """Spaces and capitals aside; what only looks like a role is none."""
    issuer = standing.access.signer()
    cases = vectors("role_claims")

    seen = {}
    for case in cases:
        token = issuer.token(sub="suite-roles", roles=case["claim"])
        seen[str(case["claim"])] = _granted(kernel, token)

    claim.expect(claims=len(seen))
    assert seen == {str(case["claim"]): sorted(case["granted"]) for case in cases}


#: A door for each role that it alone opens, or opens beside SuperAdmin.
ALONE = {"Service": "sign", "Auditor": "head", "Operator": "agent", "DivisionLead": "division"}


def _granted(kernel: Kernel, token: str) -> list[str]:
    """The roles that a token shows to have, by the doors that it opens."""
    there = place(kernel)
    headers = {"Authorization": f"Bearer {token}"}
    opened = {
        name: GUARDED[name].knock(kernel, there, headers=headers).status not in KEPT_OUT
        for name in ("rotation", *ALONE.values())
    }
    if opened["rotation"]:
        return ["SuperAdmin"]
    return sorted(role for role, door in ALONE.items() if opened[door])


def _judge(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, there: Place, door: str
) -> None:
    """The door opens to the claim's roles and is shut to all others, who leave nothing."""
    allowed = _words(claim["roles"])
    subjects = {role: str(uuid4()) for role in EVERYBODY}
    seen = {
        role: GUARDED[door].knock(kernel, there, subject, role=role)
        for role, subject in subjects.items()
    }

    broke = [reply for reply in seen.values() if reply.status >= BROKEN]
    claim.require(not broke, f"{door} answered nothing of use: {broke}")
    shut = [role for role in allowed if seen[role].status in KEPT_OUT]
    assert shut == [], f"{door} is shut to those whom it is open to"
    kept_out = [role for role in EVERYBODY if role not in allowed]
    assert shut == [], f"{door} is shut to {' or '.join(allowed)}"
    for role in kept_out:
        claim.expect(refused=seen[role].status)
    assert remains(standing, kernel, *(subjects[role] for role in kept_out)) == []


def _words(literal: object) -> Sequence[str]:
    """One word of a sentence, or several."""
    return literal if isinstance(literal, tuple) else (str(literal),)
