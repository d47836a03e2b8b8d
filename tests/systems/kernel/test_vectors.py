"""The vectors of the contract: every `must` holds, of each `defect` the answer that is right is given."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from nacl.signing import SigningKey

from systems.chassis.canonical import canonical, digest, parse
from systems.chassis.settings import Misconfigured
from systems.kernel import multisig, principals, sentinel, settings, signatures
from systems.kernel.chain import event_hash
from systems.kernel.metrics import Metrics
from tests.systems.kernel.kernels import VECTORS

if TYPE_CHECKING:
    from nacl.signing import VerifyKey

    from tests.systems.kernel.kernels import Kernel

KEY = SigningKey(bytes.fromhex(VECTORS["manifestSigning"]["keys"]["seed_hex"]))


def cases(kind: str) -> list[Any]:
    """The cases of a kind that bind on the wire or in stored data."""
    return [case for case in VECTORS[kind]["cases"] if case["binding"] != "function"]


def signature(text: str, key: SigningKey = KEY) -> str:
    """A signature as it is published."""
    return base64.b64encode(key.sign(text.encode()).signature).decode()


@pytest.mark.parametrize("case", cases("canonicalizePayload"), ids=lambda case: case["json"][:40])
def test_a_signed_manifest_is_canonical(common: Kernel, case: dict[str, Any]) -> None:
    """On the wire: the signature is over the canonical form; what cannot be signed alike is refused."""
    answer = common.post(
        "/kernel/sign", b'{"manifest":{"v":' + case["json"].encode() + b"}}", "Service"
    )

    if case["binding"] == "defect":
        assert (answer.status_code, answer.json()["error"]) == (400, case["expect"]["error"])
        return
    record = answer.json()["signature_record"]
    text = '{"manifest":{"v":' + case["canonical"] + '},"ts":"' + record["ts"] + '"}'
    assert signatures.is_signed(text, record["signature"], common.signer)
    assert canonical(parse(case["json"].encode())) == case["canonical"]
    assert case["canonical"].encode().hex() == case["utf8_hex"]
    assert digest(case["canonical"]) == case["sha256"]


@pytest.mark.parametrize(
    "case", cases("manifestSigning"), ids=lambda case: case["manifest_json"][:40]
)
def test_a_manifest_s_signature_is_exact(common: Kernel, case: dict[str, Any]) -> None:
    """With the vectors' key to the byte; on the wire with the Kernel's own."""
    body = b'{"manifest":' + case["manifest_json"].encode() + b"}"
    answer = common.post("/kernel/sign", body, "Service")

    expect = case.get("expect", case)
    if "status" in expect:
        assert (answer.status_code, answer.json()["error"]) == (400, expect["error"])
        return
    manifest = parse(case["manifest_json"].encode())
    text = signatures.manifest_text(manifest, case["ts"])
    assert (text, signature(text)) == (expect["payload"], expect["signature_b64"])
    record = answer.json()["signature_record"]
    own = signatures.manifest_text(manifest, record["ts"])
    assert signatures.is_signed(own, record["signature"], common.signer)
    assert record["version"] == case["version"]
    told = case["manifestId"].partition("<")[0]
    assert record["manifest_id"].startswith(told)


@pytest.mark.parametrize("case", cases("auditHash"), ids=lambda case: case["eventType"])
def test_an_event_s_hash(case: dict[str, Any]) -> None:
    """Over its four parts, and every key of its payload."""
    payload = parse(case["payload_json"].encode())

    found = event_hash(case["eventType"], payload, case["prevHash"], case["ts"])

    assert found == case.get("expect", case)["hash"]


def test_a_chain_s_hashes() -> None:
    """Each over the one before it."""
    prev = None
    for event in VECTORS["auditChain"]["events"]:
        assert event["prevHash"] == prev
        prev = event_hash(event["eventType"], event["payload"], prev, event["ts"])
        assert prev == event["hash"]


@pytest.mark.parametrize("case", cases("dataSigning"), ids=lambda case: case["signing_ts"])
def test_an_event_s_signature(case: dict[str, Any]) -> None:
    """Over its hash and its own time."""
    text = signatures.data_text(case["hash"], case["event_ts"])

    expect = case.get("expect", case)
    assert (text, signature(text)) == (expect["payload"], expect["signature_b64"])


@pytest.mark.parametrize("case", cases("verifySignaturePayload"), ids=lambda case: case["label"])
def test_what_counts_as_a_signature(case: dict[str, Any]) -> None:
    """Standard base64 with its padding, Ed25519, the right key."""
    expected = case.get("expect", case)["result"] == "ok"

    assert _counts(case) == expected


def _counts(case: dict[str, Any]) -> bool:
    try:
        key: VerifyKey = signatures.public_key(case["publicKey"])
    except ValueError:
        return False
    is_named = signatures.is_ed25519(case["algorithm"])
    return is_named and signatures.is_signed(case["payload"], case["signature"], key)


@pytest.mark.parametrize("case", cases("multisigConfig"), ids=lambda case: str(case["env"]))
def test_who_must_approve(case: dict[str, Any]) -> None:
    """Whatever the variables hold."""
    env = case["env"]

    rule = multisig.read(
        env.get("UPGRADE_APPROVER_IDS", ""), env.get("UPGRADE_REQUIRED_APPROVALS", "")
    )

    assert {"approvers": list(rule.approvers), "required": rule.required} == case["config"]


@pytest.mark.parametrize(
    "case", VECTORS["multisigQuorum"]["cases"], ids=lambda c: str(c["approvals"])
)
def test_a_quorum(case: dict[str, Any]) -> None:
    """Distinct, authorised, enough."""
    rule = multisig.read("", "")

    found = multisig.quorum(rule, case["approvals"])

    assert list(found) == case["out"]["uniqueApprovers"]
    assert (len(found) >= rule.required) == case["out"]["hasQuorum"]


@pytest.mark.parametrize("case", cases("roleMatch"), ids=lambda case: str(case["roles_claim"]))
def test_which_roles_a_token_names(case: dict[str, Any]) -> None:
    """Trimmed and in any case, but no other word."""
    found = principals.principal({"sub": "x", "roles": case["roles_claim"]})

    assert set(found.roles) == set(case["granted"])


@pytest.mark.parametrize("case", cases("kmsEndpoint"), ids=lambda case: case["env"])
def test_one_kms_under_two_addresses(case: dict[str, Any]) -> None:
    """With the path of its first call, or without."""
    assert settings.kms_base(case["env"]) == case["base"]


@pytest.mark.parametrize("case", cases("requireKms"), ids=lambda case: case["value"] or "empty")
def test_what_requires_a_kms(case: dict[str, Any]) -> None:
    """A switch; what is none is refused."""
    environ = {"POSTGRES_URL": "postgresql://x@127.0.0.1/y", "KMS_ENDPOINT": "http://127.0.0.1:1"}

    if case["required"] is None:
        with pytest.raises(Misconfigured) as told:
            settings.read(environ | {"REQUIRE_KMS": case["value"]})
        assert told.value.invalid == ("REQUIRE_KMS",)
        return
    read = settings.read(environ | {"REQUIRE_KMS": case["value"]})
    assert read.kms.is_required == case["required"]


@pytest.mark.parametrize("case", cases("auditHead"), ids=lambda case: str(case["count"]))
def test_a_head_s_signature(case: dict[str, Any]) -> None:
    """Over how many there are, and the last one's hash."""
    data = signatures.head_digest(case["count"], case["headHash"])

    text = signatures.data_text(data, case["ts"])

    assert (data, signature(text)) == (case["data"], case["signature_b64"])


@pytest.mark.parametrize("case", cases("rotationEvent"), ids=lambda case: case["data"][:8])
def test_a_rotation_is_signed_twice(case: dict[str, Any]) -> None:
    """By the previous key, then by the new one, over the same bytes."""
    payload = case["event_payload"]
    new = SigningKey(bytes.fromhex(VECTORS["rotationEvent"]["keys"]["new"]["seed_hex"]))

    data = signatures.rotation_digest(payload)

    text = signatures.data_text(data, payload["rotatedAt"])
    assert data == case["data"]
    assert [each["signature"] for each in payload["signatures"]] == [
        signature(text),
        signature(text, new),
    ]


@pytest.mark.parametrize("case", cases("approvalSignature"), ids=lambda case: case["upgradeId"])
def test_what_an_approver_signs(case: dict[str, Any]) -> None:
    """The upgrade, the approver, and the manifest as it is."""
    key = SigningKey(bytes.fromhex(VECTORS["approvalSignature"]["keys"]["seed_hex"]))

    text = signatures.approval_text(case["upgradeId"], case["approverId"], case["manifest"])

    assert (text, signature(text, key)) == (case["signed"], case["signature_b64"])


@pytest.mark.parametrize("case", cases("sentinelReply"), ids=lambda case: str(case["body"])[:40])
def test_what_a_policy_server_says(case: dict[str, Any]) -> None:
    """`allowed` alone decides; whatever else is said is no decision."""
    found = sentinel.decision("manifest.sign", case["status"], case["body"])

    word = "unavailable" if not found.is_valid else "allow" if found.is_allowed else "deny"
    assert word == case["kernel"]


def test_quantiles() -> None:
    """The bound in which the share is reached; beyond the last, the longest; samples by metric."""
    metrics, expect = Metrics(), VECTORS["metricsText"]["expect"]
    for seconds in (0.001, 0.005, 0.006, 0.2, 0.3, 12):
        metrics.requests["GET", "/r", "200"].observe(seconds)
    metrics.requests["GET", "/r", "503"].observe(0.02)

    lines = metrics.text().decode().splitlines()

    name = "kernel_http_request_duration_quantiles_seconds"
    for status in ("200", "503"):
        for quantile, value in expect[f"status_{status}"].items():
            labels = f'method="GET",quantile="{quantile}",route="/r",status_code="{status}"'
            assert f"{name}{{{labels}}} {float(value)}" in lines
    samples = [line.partition("{")[0].partition(" ")[0] for line in lines if line[0] != "#"]
    starts = [each for n, each in enumerate(samples) if n == 0 or samples[n - 1] != each]
    totals = [each for each in starts if each.endswith("_total")]
    assert len(totals) == len(set(totals))
