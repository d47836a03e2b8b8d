"""Keys change: on record, under two signatures, and without anybody who waits."""

from __future__ import annotations

import base64
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from checks.kernel.adapter_kms import public_bytes, spelled_bytes
from checks.kernel.changes import ROTATED, Keys
from checks.kernel.files_holding import files_holding
from checks.kernel.keepers import missed_answers, record_rotation, signs_rotation
from checks.kernel.manifests import verifies
from proofbook import NoVerdict, exercises
from proofbook.instruments.facts import facts_of
from proofbook.instruments.signatures import is_ed25519
from proofbook.instruments.waiting import pause_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("kernel-rotation")

#: How a private key begins: in PEM, and an Ed25519 key's PKCS#8 in base64 (RFC 8410).
BEGINNINGS = ("PRIVATE KEY-----", "MC4CAQAwBQYDK2Vw")
#: What it looks like then: a beginning alone is somebody's mention of a key.
PRIVATE = re.compile(
    r"-----BEGIN (?:\w+ )*PRIVATE KEY-----(?:\s|\\n)*[A-Za-z0-9+/]{16}"
    r"|MC4CAQAwBQYDK2VwBCIEI[A-Za-z0-9+/]{40}"
)
#: Before the 32 bytes of an Ed25519 public key in DER (RFC 8410).
SPKI = bytes.fromhex("302a300506032b6570032100")
#: Where an image keeps what is not the Kernel's.
OTHERS = ("/usr/", "/etc/", "/lib", "/opt/")
#: When, of all the time, the key is rotated.
MIDDLE = 0.4
#: Clocks of files are coarser than ours.
COARSE_SECONDS = 2.0


@pytest.fixture(scope="module")
@exercises
def keys(standing: Deployment) -> Keys:
    """Keys of the check's own at the shared KMS; Kernels are started as they are asked for."""
    return Keys(standing, time.time() - COARSE_SECONDS)


@pytest.mark.claim("kernel.rotation-recorded")
def test_a_rotation_is_on_record(claim: ClaimHandle, keys: Keys) -> None:
    """A new version, another public key, and one event that names both."""
    old = keys.keeper.kms.record(keys.signer)
    before = _rotations(keys.production)

    new = keys.keeper.rotate(keys.signer)
    reply = record_rotation(keys.production, keys.signer, old["keyVersion"])
    published = keys.keeper.kms.record(keys.signer)

    claim.require(reply.status == 201, f"the Kernel does not take it: {reply!r}")
    assert published["keyVersion"] == new["keyVersion"] != old["keyVersion"]
    assert _public(published["publicKey"]) == _public(new["publicKey"])
    assert _public(published["publicKey"]) != _public(old["publicKey"])
    events = _rotations(keys.production)[len(before) :]
    claim.expect(events=len(events))
    versions = [events[0].get(name) for name in ("previousKeyId", "keyId")]
    publics = [_public(events[0].get(name)) for name in ("previousPublicKey", "publicKey")]
    assert versions == [old["keyVersion"], new["keyVersion"]]
    assert publics == [_public(each["publicKey"]) for each in (old, new)]


@pytest.mark.claim("kernel.new-key-published")
def test_a_new_key_is_published(claim: ClaimHandle, keys: Keys) -> None:
    """By the KMS and by the Kernel that signs with it: the same one, and it verifies."""
    change, kms = keys.change, keys.keeper.kms
    public = kms.public_key(change.new)

    spelled = spelled_bytes(str(kms.record(change.new)["publicKey"]))
    signed = kms.sign("/signData", signerId=change.new, data="a check")
    status = change.staging.status()

    claim.require(signed.status == 200, f"the new key signs nothing: {signed!r}")
    claim.expect(bytes=len(spelled.removeprefix(SPKI)))
    signature = base64.b64decode(signed.body["signature"])
    assert is_ed25519(public, b"a check", signature)
    assert not is_ed25519(public, b"a chect", signature)
    assert status.status == 200, f"the Kernel publishes no key: {status!r}"
    assert status.body.get("signer_id") == change.new
    assert _public(status.body.get("public_key")) == public


@pytest.mark.claim("kernel.staging-signs-first")
def test_staging_changes_before_production(claim: ClaimHandle, keys: Keys) -> None:
    """When the rotation is written down, only the staging Kernel has the new key."""
    change = keys.change

    claim.require(change.payload, "nothing is on record")
    assert change.signers == {"staging": change.new, "production": keys.signer}
    for reply in change.signs.values():
        claim.expect(status=reply.status)


@pytest.mark.claim("kernel.rotation-signed-by-both")
def test_both_keys_sign_the_rotation(claim: ClaimHandle, keys: Keys) -> None:
    """The old one says that it goes, the new one that it comes; neither can say it for the other."""
    change, kms = keys.change, keys.keeper.kms
    payload = change.payload
    publics = (kms.public_key(keys.signer, change.version), kms.public_key(change.new))

    claim.require(missed_answers() == (), "the suite reads rotations otherwise than the contract")
    claim.require(publics[0] != publics[1], "both keys are one")
    claim.expect(signatures=len(payload["signatures"]))
    told = (payload["previousSignerId"], payload["previousKeyId"], payload["signerId"])
    assert told == (keys.signer, change.version, change.new)
    names = [(each["signerId"], each["keyId"]) for each in payload["signatures"]]
    assert names == [(keys.signer, change.version), (change.new, payload["keyId"])]
    assert [
        [signs_rotation(payload, number, public) for public in publics] for number in (0, 1)
    ] == [[True, False], [False, True]]


@pytest.mark.claim("kernel.rotation-without-outage")
def test_signing_goes_on(claim: ClaimHandle, keys: Keys) -> None:
    """Whoever signs while the key is rotated notices nothing but another version."""
    kernel, kms = keys.production, keys.keeper.kms
    count = round(claim["rate"] * claim["lasting"].total_seconds())
    before = kernel.samples().total("kernel_sign_operations_total", operation="manifest")

    pace = 1 / claim["rate"]
    with ThreadPoolExecutor(count) as pool:
        began, replies = time.monotonic(), []
        for number in range(count):
            pause_until(began + number * pace)
            replies.append(pool.submit(kernel.sign, {"id": f"m-{number}"}))
            if number == round(count * MIDDLE):
                keys.keeper.rotate(keys.signer)
    after = kernel.samples().total("kernel_sign_operations_total", operation="manifest")

    answers = [each.result() for each in replies]
    for reply in answers:
        claim.expect(status=reply.status)
    records = [reply.body["signature_record"] for reply in answers]
    versions = {record["key_version"] for record in records}
    claim.require(len(versions) == 2, f"signatures are of the versions {sorted(versions)} only")
    assert [
        record
        for number, record in enumerate(records)
        if not verifies({"id": f"m-{number}"}, record, kms.keys(keys.signer, record["key_version"]))
    ] == []
    assert after - before >= count, "its counters began anew: it is another process"


@pytest.mark.claim("kernel.private-keys-in-kms-alone")
def test_private_keys_stay_in_the_kms(claim: ClaimHandle, keys: Keys) -> None:
    """Whatever the Kernel holds, writes or stores: no private key is in it."""
    kernel, deployment = keys.production, keys.deployment
    old = keys.keeper.version(keys.signer)
    signs = [kernel.sign() for _ in range(claim["signs"])]
    keys.keeper.rotate(keys.signer)
    recorded = record_rotation(kernel, keys.signer, old)

    facts = facts_of(kernel.process)
    environment = "\n".join(facts.environment.values())
    elsewhere = (*OTHERS, keys.keeper.kms.process.env.get("KMS_DATA_DIR") or OTHERS[0])
    files = [
        path
        for path in files_holding(kernel.process, BEGINNINGS, since=keys.began)
        if not path.startswith(elsewhere) and PRIVATE.search(facts.text(path))
    ]
    tables = [name for name, text in _tables(deployment) if PRIVATE.search(text)]

    claim.require(all(each.is_done for each in (*signs, recorded)), "it signs or rotates nothing")
    claim.require(kernel.process.output(), "it logs nothing")
    assert not PRIVATE.search(environment), "its environment holds a private key"
    assert not PRIVATE.search(kernel.process.output()), "its log holds a private key"
    assert files == []
    assert tables == []


def _public(told: object) -> bytes:
    """The 32 bytes of a public key, however it is spelled; none for what is none."""
    try:
        return public_bytes(str(told))
    except NoVerdict:
        return b""


def _rotations(kernel: Kernel) -> list[Mapping[str, Any]]:
    """The payloads of all rotations on record, oldest first."""
    return [event.payload for event in kernel.events() if event.event_type == ROTATED]


def _tables(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Each table, and all that is in it as text."""
    listed = deployment.sql.rows("select tablename from pg_tables where schemaname = 'public'")
    for row in listed:
        name = str(row["tablename"]).replace('"', '""')
        query = f'select t::text as told from public."{name}" t'  # noqa: S608 - a name of the store's own
        yield name, "\n".join(str(each["told"]) for each in deployment.sql.rows(query))
