"""
The KMS as the checks speak to it: the keys that it publishes, and what its administrator does.

    kms.public_key("kernel-signer-1")              the current version's 32 bytes
    kms.keys("kernel-signer-1", "v1")              for `chain` and `manifests`: asked once, kept
    kms.post("/keys/rotate", {"signerId": "k"})    as its administrator
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from checks.kernel.replies import UNANSWERED, Reply
from proofbook import NotAsked, NoVerdict

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_access import Access
    from checks.kernel.chain import Keys
    from proofbook.instruments.http import Client
    from proofbook.stack import Controlled

#: Bytes of an Ed25519 public key; DER puts others before them.
KEY_BYTES = 32


class Kms:
    """One KMS process of the target."""

    def __init__(self, client: Client, access: Access, process: Controlled) -> None:
        self.process = process
        self.url = client.base_url
        self._client = client
        self._access = access
        self._known: dict[tuple[str, str], tuple[bytes, ...]] = {}

    def send(
        self, method: str, path: str, json: Any = None, *, credential: str | None = "kms_admin"
    ) -> Reply:
        """One request, with `credentials.kms_admin`, `kms`, or `None`. Raises `NoVerdict` if no answer comes."""
        headers = self._access.bearer(credential) if credential else {}
        reply = Reply.to(self._client, method, path, json=json, headers=headers)
        if reply.status == UNANSWERED:
            raise NoVerdict(reply.text)
        return reply

    def post(self, path: str, json: Any) -> Reply:
        """A change that its administrator makes."""
        return self.send("POST", path, json)

    def sign(self, path: str, **body: Any) -> Reply:
        """A signature, as the Kernel asks for one: at `/sign` or `/signData`."""
        return self.send("POST", path, body, credential="kms")

    def record(self, signer_id: str, key_version: str = "") -> dict[str, Any]:
        """A key's public record, current or of a version; `publicKey` as it is spelled. Raises `NoVerdict` if there is none."""
        path = f"/publicKeys/{quote(signer_id, safe='')}"
        query = f"?keyVersion={quote(key_version, safe='')}" if key_version else ""
        reply = self.send("GET", path + query, credential="kms")
        if not reply.is_done:
            raise NoVerdict(f"the KMS publishes no key of {signer_id} {key_version}: {reply!r}")
        told = reply.body
        spelled = told.get("publicKey") or told.get("public_key") or ("" if told else reply.text)
        return {**told, "publicKey": spelled}

    def public_key(self, signer_id: str, key_version: str = "") -> bytes:
        """The 32 bytes that it publishes, however it spells them."""
        return public_bytes(str(self.record(signer_id, key_version)["publicKey"]))

    def keys(self, signer_id: str, key_version: str = "") -> tuple[bytes, ...]:
        """The public keys that may have signed: of that version, or of every one that it lists."""
        place = (signer_id, key_version)
        if place not in self._known:
            self._known[place] = self._found(signer_id, key_version)
        return self._known[place]

    def _found(self, signer_id: str, key_version: str) -> tuple[bytes, ...]:
        if key_version:
            return (self.public_key(signer_id, key_version),)
        listed = self.send("GET", "/keys").body.get("keys", [])
        versions = [str(key["keyVersion"]) for key in listed if key.get("signerId") == signer_id]
        return tuple(self.public_key(signer_id, version) for version in versions or [""])


def published_by(kernel: Kernel) -> Keys:
    """The key that a Kernel publishes; whoever asks for another raises `NotAsked`."""
    told = kernel.status().body
    public = public_bytes(str(told.get("public_key")))

    def keys(signer_id: str, key_version: str) -> tuple[bytes, ...]:
        if (signer_id, key_version) != (told.get("signer_id"), told.get("key_version")):
            raise NotAsked(
                f"the target names no KMS: the public key of {signer_id} {key_version} is not known"
            )
        return (public,)

    return keys


def public_bytes(text: str) -> bytes:
    """The key in PEM, in base64 of its DER, or in base64 of its 32 bytes. Raises `NoVerdict` for anything else."""
    raw = spelled_bytes(text)
    if len(raw) < KEY_BYTES:
        raise NoVerdict(f"{text[:80]!r} is no public key")
    return raw[-KEY_BYTES:]


def spelled_bytes(text: str) -> bytes:
    """All that a key's PEM or base64 spells; nothing where it is neither."""
    lines = [line for line in text.strip().strip('"').splitlines() if not line.startswith("-----")]
    try:
        return base64.b64decode("".join(lines), validate=True)
    except ValueError:
        return b""
