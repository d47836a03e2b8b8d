"""What the signature of a manifest covers, by the contract's formula and an Ed25519 that is not the system's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.kernel.chain import signature_bytes
from proofbook.instruments.signatures import canonical_json, is_ed25519

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def manifest_text(manifest: Any, ts: str) -> bytes:
    """The signed bytes: the canonical form of manifest and instant."""
    return canonical_json({"manifest": manifest, "ts": ts}).encode()


def verifies(manifest: Any, record: Mapping[str, Any], publics: Iterable[bytes]) -> bool:
    """Whether a signature record holds over a manifest under any of the keys."""
    return any(
        is_ed25519(
            public,
            manifest_text(manifest, str(record.get("ts"))),
            signature_bytes(record.get("signature")),
        )
        for public in publics
    )
