"""Every variable that production requires: without it, or with nonsense in it, nobody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from checks.kernel.adapter import SIGN
from checks.kernel.manifests import verifies
from checks.kernel.refusals import judge_refused, refused_starts, welcomed
from proofbook.instruments.tcp_proxy import TcpProxy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.refusals import End
    from proofbook import ClaimHandle

#: An address that a request would never leave for: whoever takes it waits, or listens.
FOREIGN_DATABASE = "postgresql://u:p@db.invalid/illuvrse"
FOREIGN_KMS = "http://kms.example"


@pytest.mark.claim("kernel.postgres-url-required")
def test_no_start_without_a_database_of_its_own(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """No database is taken for granted, and none is spoken to in the open."""
    values = [None, "", "mysql://u:p@127.0.0.1/illuvrse", FOREIGN_DATABASE]

    ends = _ends(claim, standing, "POSTGRES_URL", values)

    claim.require(kernel.health().is_done, "with a good one it does not start either")
    judge_refused(claim, standing, "POSTGRES_URL", ends)


@pytest.mark.claim("kernel.kms-endpoint-understood")
def test_the_kms_is_found_however_its_address_was_copied(
    claim: ClaimHandle, standing: Deployment
) -> None:
    """One KMS, three spellings of where it is; and no way to it in the open."""
    base = standing.kms.url
    kernels = [
        welcomed(standing, {"KMS_ENDPOINT": spelling})
        for spelling in (base, f"{base}/", f"{base}/sign")
    ]

    signs = [each.sign() for each in kernels]
    for each in kernels:
        each.process.kill()
    ends = _ends(claim, standing, "KMS_ENDPOINT", [None, FOREIGN_KMS])

    claim.require(any(sign.is_done for sign in signs), f"nothing is signed: {signs}")
    for sign in signs:
        claim.expect(status=sign.status)
    judge_refused(claim, standing, "KMS_ENDPOINT", ends)


@pytest.mark.claim("kernel.signer-told-alike")
def test_the_signer_is_the_same_wherever_it_is_told(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Whoever looks anywhere sees the key that signs."""
    signer = f"check-{uuid4()}"
    made = standing.kms.post("/keys", {"signerId": signer})
    usual = kernel.health().body.get("signer_id")
    ours = welcomed(standing, {"SIGNER_ID": signer})

    record = ours.signed()
    row = standing.sql.rows("select signer_id from manifest_signatures where id = %s", record["id"])
    places = {
        "health": ours.health().body.get("signer_id"),
        "status": ours.status().body.get("signer_id"),
        "signature": record.get("signer_id"),
        "row": row[0]["signer_id"] if row else None,
        "event": ours.event(record["audit_id"]).body.get("signerId"),
    }
    ours.process.kill()
    ends = _ends(claim, standing, "SIGNER_ID", [None])

    claim.require(made.is_done, f"the KMS made no key: {made!r}")
    claim.require(usual != signer, "the key is the usual one")
    assert {place: told for place, told in places.items() if told != signer} == {}
    claim.expect(places=len(places))
    judge_refused(claim, standing, "SIGNER_ID", ends)


@pytest.mark.claim("kernel.kms-or-no-signature")
def test_without_the_kms_nothing_is_signed(claim: ClaimHandle, standing: Deployment) -> None:
    """No key of the moment signs, and what could not be signed is signed once the KMS is back."""
    place = urlsplit(standing.kms.url)
    manifest, key = {"id": f"manifest-{uuid4()}"}, str(uuid4())
    with TcpProxy(place.hostname or "", place.port or 0) as line:
        by_line = {"KMS_ENDPOINT": line.instead_of(standing.kms.url), "REQUIRE_KMS": "1"}
        ours = welcomed(standing, by_line)

        before = ours.sign()
        line.drop()
        away = ours.sign(manifest, key=key)
        line.forward()
        back = ours.sign(manifest, key=key)
        ours.process.kill()
    ends = _ends(claim, standing, "REQUIRE_KMS", [None, "false", "maybe"])

    claim.require(before.is_done, f"with the KMS it signs nothing either: {before!r}")
    claim.expect(refused=away.status, signed=back.status)
    record = back.body["signature_record"]
    assert verifies(manifest, record, standing.kms.keys(record["signer_id"])), record
    judge_refused(claim, standing, "REQUIRE_KMS", ends)


@pytest.mark.claim("kernel.production-demands-credentials")
def test_production_is_production(claim: ClaimHandle, standing: Deployment, kernel: Kernel) -> None:
    """Whoever brings nothing gets nothing, and a word for production that is none starts nothing."""
    manifest = {"manifest": {"id": f"manifest-{uuid4()}"}}

    bare = kernel.send("POST", SIGN, json=manifest)
    shown = kernel.send("POST", SIGN, json=manifest, role="SuperAdmin")
    ends = _ends(claim, standing, "NODE_ENV", ["prod"])

    claim.require(shown.is_done, f"with credentials it signs nothing either: {shown!r}")
    claim.expect(status=bare.status)
    judge_refused(claim, standing, "NODE_ENV", ends)


def _ends(
    claim: ClaimHandle, deployment: Deployment, variable: str, values: Sequence[str | None]
) -> list[End]:
    """How production starts with each of these values."""
    seconds = claim.bound("within").upper.total_seconds()
    return refused_starts(deployment, variable, values, within_seconds=seconds)
