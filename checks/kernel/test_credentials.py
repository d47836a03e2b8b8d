"""Who somebody is says a verified token, and nothing else; and it is asked before anything is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.kernel.adapter_access import NOBODY
from checks.kernel.doors import BAD_BODIES, GUARDED, KNOWN, place
from checks.kernel.forgeries import forgeries
from checks.kernel.remains import remains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.doors import Door
    from proofbook import ClaimHandle

SUPER = "SuperAdmin"
#: Headers by which a caller may claim to be somebody; of the contract, and of what stands before services.
ESCALATIONS = (
    "X-Roles",
    "X-User-Roles",
    "X-Role-Override",
    "X-Local-Dev-Principal",
    "X-OIDC-Sub",
    "X-OIDC-Roles",
    "X-OIDC-Claims",
    "X-Service-Id",
    "X-Service-Name",
    "X-Service-Roles",
    "X-Forwarded-User",
    "X-Client-Cert",
)
#: What such a header says.
WORDS = (SUPER, "Service", json.dumps({"id": "root", "type": "human", "roles": [SUPER]}))


@pytest.mark.claim("kernel.credentials-before-body")
def test_who_asks_is_judged_before_what_is_asked(claim: ClaimHandle, kernel: Kernel) -> None:
    """Every endpoint, with a sound body and with bad ones: none learns more than that it may not."""
    there = place(kernel)
    doors = _doors()
    strangers, others, supers = {}, {}, {}
    for name, door in doors.items():
        bad = [] if door.body is None else [{"content": body} for body in BAD_BODIES]
        bodies: list[dict[str, Any]] = [{}, *bad]
        for number, body in enumerate(bodies):
            strangers[name, number] = door.knock(kernel, there, **body).status
            supers[name, number] = door.knock(kernel, there, role=SUPER, **body).status
            if name.startswith("guarded"):
                others[name, number] = door.knock(kernel, there, role=NOBODY, **body).status

    kept_out = {who: status for who, status in supers.items() if status in (401, 403)}
    claim.require(not kept_out, f"a SuperAdmin is kept out: {kept_out}")
    claim.expect(endpoints=len(doors))
    assert {who: s for who, s in strangers.items() if s != claim["stranger"]} == {}
    assert {who: s for who, s in others.items() if s != claim["other"]} == {}


@pytest.mark.claim("kernel.headers-give-no-role")
def test_no_header_makes_anybody_more(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Beside a token without roles, and beside none; at each endpoint, in production and in development."""
    there, manifest = place(kernel), str(uuid4())
    granted = kernel.sign(role=SUPER)
    kernels = [kernel]
    if standing.is_ours:
        kernels.append(standing.kernel({"NODE_ENV": "development"}))

    known = [
        door.knock(one, there, manifest, role=NOBODY, headers=header)
        for one in kernels
        for door, header in _attempts()
    ]
    bare = [door.knock(kernel, there, manifest, headers=header) for door, header in _attempts()]

    claim.require(granted.status == 200, f"a SuperAdmin's token signs nothing: {granted!r}")
    for reply in known:
        claim.expect(refused=reply.status)
    for reply in bare:
        claim.expect(stranger=reply.status)
    assert remains(standing, kernel, manifest) == []


@pytest.mark.claim("kernel.forged-tokens-refused")
def test_only_the_issuer_s_own_word_counts(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Each forgery at each endpoint that asks who comes, beside a sound token."""
    there, subject = place(kernel), str(uuid4())
    issuer = standing.access.signer()
    claims = issuer.claims(sub="suite-forger", roles=[SUPER])
    tokens = dict(forgeries(issuer, claims))

    taken = GUARDED["head"].knock(kernel, there, headers=_bearer(issuer.signed(claims)))
    statuses = {
        (name, what): door.knock(kernel, there, subject, headers=_bearer(token)).status
        for name, token in tokens.items()
        for what, door in _doors().items()
    }

    claim.require(taken.status == 200, f"a sound token is refused: {taken!r}")
    claim.expect(forgeries=len(tokens), endpoints=len(_doors()))
    assert {who: status for who, status in statuses.items() if status != claim["refused"]} == {}
    assert remains(standing, kernel, subject) == []


def _doors() -> dict[str, Door]:
    """Every endpoint that asks who comes."""
    guarded = {f"guarded {name}": door for name, door in GUARDED.items()}
    return guarded | {f"open {name}": door for name, door in KNOWN.items()}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _attempts() -> Iterator[tuple[Door, dict[str, str]]]:
    """Each header with each word, at one door; at each other that asks for a role all of them at once."""
    for name in ESCALATIONS:
        for word in WORDS:
            yield GUARDED["sign"], {name: word}
    for door in GUARDED.values():
        for word in WORDS:
            yield door, dict.fromkeys(ESCALATIONS, word)
