"""What must be there before a Kernel is: a PostgreSQL that it reaches, over TLS, and a KMS that signs."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

import pytest

from checks.kernel.adapter_kms import public_bytes
from checks.kernel.chain import signature_bytes
from proofbook import NotAsked
from proofbook.instruments.signatures import is_ed25519
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

UNAUTHENTICATED = 401
#: The connections of a role (or of everybody) to this database, without the suite's own.
LINKS = """
select s.ssl
from pg_stat_activity a left join pg_stat_ssl s using (pid)
where a.datname = current_database() and a.backend_type = 'client backend'
  and a.application_name <> 'proofbook' and (a.usename = %s or %s::text is null)
"""


@pytest.mark.claim("kernel.postgres-reachable")
def test_it_tells_whether_it_reaches_postgres(claim: ClaimHandle, store_drill: Deployment) -> None:
    """Whoever sends requests its way hears of it before they do."""
    kernel = store_drill.kernel()
    patience = claim.bound("within").upper.total_seconds()
    health, ready = kernel.health(), kernel.ready()

    store_drill.twin.store().stop()
    began = time.monotonic()
    down = until(
        lambda: (kernel.health(unanswered=True), kernel.ready(unanswered=True)),
        lambda seen: seen[0].body.get("db_reachable") is False and seen[1].status == claim["down"],
        patience,
    )
    seconds = time.monotonic() - began

    assert health.body.get("db_reachable") is True, health
    claim.expect(up=ready.status, down=down[1].status)
    assert down[0].body.get("db_reachable") is False, down[0]
    claim.expect(within=seconds)


@pytest.mark.claim("kernel.database-link-encrypted")
def test_each_link_to_postgres_is_encrypted(
    claim: ClaimHandle, standing: Deployment, embedded: frozenset[str]
) -> None:
    """Whoever listens between the two learns nothing."""
    if standing.system.store in embedded:
        raise NotAsked("the PostgreSQL that the suite brings has no TLS", remedy='url = "env:…"')
    kernel = standing.kernel()
    told = kernel.process.env.get("POSTGRES_URL", "") if standing.is_ours else ""

    sign = kernel.sign()
    role = unquote(urlsplit(told).username or "") or None
    links = standing.sql.rows(LINKS, role, role)

    claim.require(sign.is_done, f"it signs nothing: {sign!r}")
    claim.require(links, "the Kernel holds no connection")
    claim.require(None not in [link["ssl"] for link in links], "PostgreSQL does not tell this role")
    assert [link for link in links if not link["ssl"]] == []


@pytest.mark.claim("kernel.kms-signs-ed25519")
def test_the_kms_signs_what_it_is_given(claim: ClaimHandle, standing: Deployment) -> None:
    """Whoever has the public key can tell a signed text from any other."""
    kms, signer = standing.kms, _signer(standing)
    text = f"text-{secrets.token_hex(16)}"
    flipped = bytes([text.encode()[0] ^ 1]) + text.encode()[1:]

    signs = {
        "/sign": kms.sign("/sign", signerId=signer, payload=text, manifestId=text),
        "/signData": kms.sign("/signData", signerId=signer, data=text),
    }
    published = kms.send("GET", f"/publicKeys/{quote(signer, safe='')}", credential="kms")

    if "kms" not in standing.access.credentials and signs["/sign"].status == UNAUTHENTICATED:
        raise NotAsked("the KMS asks for a credential", remedy='credentials.kms = "…"')
    assert published.is_done, published
    record = published.body or {"publicKey": published.text}
    key = public_bytes(str(record.get("publicKey") or record.get("public_key")))
    for path, reply in signs.items():
        assert reply.is_done, f"{path}: {reply!r}"
        signature = signature_bytes(reply.body.get("signature"))
        claim.expect(bytes=len(signature))
        assert is_ed25519(key, text.encode(), signature), f"{path}: it does not verify: {reply!r}"
        assert not is_ed25519(key, flipped, signature), f"{path}: another text verifies, too"


def _signer(deployment: Deployment) -> str:
    """The key that the Kernel signs with: as it is told where we start it, else as it tells."""
    if deployment.is_ours:
        return deployment.twin.env("api").get("SIGNER_ID", "kernel-signer-local")
    return str(deployment.kernel().health().body.get("signer_id"))
