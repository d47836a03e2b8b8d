"""Signatures: by the KMS and nobody else, over what was sent, and verified before anybody gets one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.kernel.adapter import SIGN
from checks.kernel.adapter_kms import public_bytes
from checks.kernel.chain import iso, signature_bytes
from checks.kernel.damages import DAMAGES, PATIENCE_SECONDS, flipped
from checks.kernel.formulas import missed_answers
from checks.kernel.known_answers import vectors
from checks.kernel.manifests import manifest_text, verifies
from checks.kernel.remains import remains
from proofbook.instruments.signatures import flipped as flips
from proofbook.instruments.signatures import is_ed25519

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.between import Tapped
    from checks.kernel.chain import Keys
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle
    from proofbook.instruments.exchanges import Received
    from proofbook.instruments.tap import Tap

SIGNS = "/sign"
#: What a KMS may say beside its signature, and nobody may believe.
FOREIGN = {
    "ts": "2001-01-01T00:00:00.000Z",
    "id": "no-uuid",
    "manifestId": "another",
    "version": "9",
}


@pytest.mark.claim("kernel.kms-alone-signs")
def test_whoever_gets_a_signature_has_it_from_the_kms(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Each signature verifies under the KMS's key, and says that a version of it signed."""
    manifests = [{"id": str(uuid4())} for _ in range(claim["signs"])]

    replies = [kernel.sign(manifest) for manifest in manifests]

    claim.require(all(r.status == 200 for r in replies), f"not each is signed: {replies}")
    for manifest, reply in zip(manifests, replies, strict=True):
        record = reply.body["signature_record"]
        claim.expect(version=record["key_version"])
        assert verifies(
            manifest, record, standing.kms.keys(record["signer_id"], record["key_version"])
        )


@pytest.mark.claim("kernel.unwell-kms-signs-nothing")
def test_without_the_kms_nothing_is_signed(
    claim: ClaimHandle, standing: Deployment, tapped: Tapped
) -> None:
    """Stopped, slow, broken, talking nonsense, or with another key: each request is refused."""
    sound = tapped.kernel.sign()
    refused: dict[str, Reply] = {}
    for name, damage in DAMAGES.items():
        damage(tapped.tap, SIGNS)
        refused[name] = tapped.kernel.sign({"id": f"away-{name}"}, timeout=PATIENCE_SECONDS)
        tapped.tap.forward()
    DAMAGES["stopped"](tapped.tap, None)
    refused["gone"] = tapped.kernel.sign({"id": "away-gone"})
    tapped.tap.forward()

    claim.require(sound.status == 200, f"nothing is signed while the KMS is well: {sound!r}")
    for reply in refused.values():
        claim.expect(refused=reply.status)
    assert remains(standing, tapped.kernel, *(f"away-{name}" for name in refused)) == []


@pytest.mark.claim("kernel.signature-verifies")
def test_a_signature_verifies_as_answered_and_as_stored(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, tapped_here: Tapped | None
) -> None:
    """Over the manifest that was sent and the instant that is stored, whatever else the KMS says."""
    manifest = {"id": str(uuid4()), "name": "Verified", "goals": [1, 2.5, "drei"]}
    signing = tapped_here.kernel if tapped_here else kernel
    if tapped_here:
        tapped_here.tap.change(lambda _, status, body: (status, body | FOREIGN), path=SIGNS)

    record = signing.signed(manifest)

    [public] = standing.kms.keys(record["signer_id"], record["key_version"])
    raw, text = signature_bytes(record["signature"]), manifest_text(manifest, record["ts"])
    claim.require(
        not any(is_ed25519(public, changed, raw) for _, changed in flips(text, every_bit=False)),
        "a flipped bit verifies, too",
    )
    claim.expect(bytes=len(raw))
    assert is_ed25519(public, text, raw)
    assert record["manifest_id"] == manifest["id"]
    if standing.system.sql is not None:
        assert _stored(standing, record["id"]) == {
            name: record[name] for name in ("manifest_id", "signature", "signer_id", "ts")
        }


@pytest.mark.claim("kernel.manifests-signed-canonically")
def test_one_value_has_one_signed_text(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """However it is spelled; what has no such text is refused."""
    cases = vectors("manifests")

    replies = [_signed(kernel, case["manifest"]) for case in cases]

    claim.require(missed_answers() == (), f"the suite itself misses: {missed_answers()}")
    claim.expect(manifests=len(replies))
    keys = standing.keys(kernel)
    seen = {case["manifest"]: _seen(keys, case, r) for case, r in zip(cases, replies, strict=True)}
    assert seen == {case["manifest"]: case.get("error", "signed") for case in cases}


@pytest.mark.claim("kernel.kms-answers-verified")
def test_no_answer_of_the_kms_is_believed(
    claim: ClaimHandle, standing: Deployment, tapped: Tapped
) -> None:
    """What verifies is taken, however it is spelled; what does not is refused."""
    cases = vectors("kms_answers")
    seen: dict[str, Reply] = {}
    for case in cases:
        ALTERATIONS[case["name"]](standing, tapped.tap)
        seen[case["name"]] = tapped.kernel.sign({"id": f"altered {case['name']}"})
        tapped.tap.forward()

    claim.require(any(reply.status == 200 for reply in seen.values()), f"nothing is signed: {seen}")
    claim.expect(answers=len(seen))
    for case in cases:
        if not case["taken"]:
            claim.expect(refused=seen[case["name"]].status)
    taken = [case["name"] for case in cases if seen[case["name"]].status == 200]
    assert taken == [case["name"] for case in cases if case["taken"]]
    left = remains(standing, tapped.kernel, *(f"altered {n}" for n in seen if n not in taken))
    assert left == []


def _signed(kernel: Kernel, manifest: str) -> Reply:
    """Ask for a signature of a manifest in these very characters."""
    content = f'{{"manifest":{manifest}}}'.encode("utf-8", "surrogatepass")
    return kernel.ask("POST", SIGN, "Service", content=content)


def _seen(keys: Keys, case: Mapping[str, str], reply: Reply) -> str:
    """`signed` if it is, over the text that the case says; the error if it was refused with 400."""
    if reply.status == 400:
        return reply.error
    record = reply.body.get("signature_record")
    if reply.status != 200 or record is None:
        return repr(reply)
    text = f'{{"manifest":{case.get("canonical")},"ts":"{record["ts"]}"}}'.encode()
    publics = keys(record["signer_id"], record["key_version"])
    raw = signature_bytes(record["signature"])
    return "signed" if any(is_ed25519(key, text, raw) for key in publics) else "over other bytes"


def _stored(standing: Deployment, record: str) -> dict[str, Any]:
    query = "select manifest_id, signature, signer_id, ts from manifest_signatures where id = %s"
    [row] = standing.sql.rows(query, record)
    return {**row, "ts": iso(row["ts"])}


def _signature(spell: Callable[[bytes], str]) -> Callable[[Deployment, Tap], None]:
    """Spell the signature otherwise."""

    def alter(_: Deployment, tap: Tap) -> None:
        def change(_: Received, status: int, body: Any) -> tuple[int, Any]:
            return status, body | {"signature": spell(signature_bytes(body["signature"]))}

        tap.change(change, path=SIGNS)

    return alter


def _algorithm(name: str) -> Callable[[Deployment, Tap], None]:
    """Call the algorithm otherwise."""
    return lambda _, tap: tap.change(
        lambda _, status, body: (status, body | {"algorithm": name}), path=SIGNS
    )


def _key(spell: Callable[[bytes], str]) -> Callable[[Deployment, Tap], None]:
    """Spell the public key otherwise."""

    def alter(deployment: Deployment, tap: Tap) -> None:
        def change(_: Received, status: int, body: Any) -> tuple[int, Any]:
            name = "publicKey" if "publicKey" in body else "public_key"
            return status, body | {name: spell(public_bytes(str(body.get(name))))}

        tap.change(change, path=f"/publicKeys/{_signer(deployment)}")

    return alter


def _over_other_bytes(deployment: Deployment, tap: Tap) -> None:
    """Have the KMS sign a byte more than it was asked to."""

    def change(request: Received, _: int, __: Any) -> tuple[int, Any]:
        asked = request.json()
        reply = deployment.kms.sign(SIGNS, **(asked | {"payload": asked["payload"] + " "}))
        return reply.status, reply.body

    tap.change(change, path=SIGNS)


def _signer(deployment: Deployment) -> str:
    return str(deployment.twin.env("api").get("SIGNER_ID", ""))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


#: What is done to an answer, by the vectors' names.
ALTERATIONS: Mapping[str, Callable[[Deployment, Tap], None]] = {
    "its key as DER": lambda *_: None,
    "its key as 32 bytes": _key(_base64),
    "another algorithm": _algorithm("Ed25519ph"),
    "no algorithm": _algorithm(""),
    "a bit flipped": lambda _, tap: tap.change(flipped, path=SIGNS),
    "over other bytes": _over_other_bytes,
    "no signature": _signature(lambda _: ""),
    "signature in hexadecimal": _signature(bytes.hex),
    "key in hexadecimal": _key(bytes.hex),
    "base64 for addresses": _signature(
        lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    ),
    "algorithm in capitals": _algorithm("ED25519"),
}
