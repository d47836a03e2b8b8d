"""Upgrades as tests submit, approve and apply them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from uuid import uuid4

from nacl.signing import SigningKey

from systems.kernel.signatures import approval_text

if TYPE_CHECKING:
    import httpx

    from tests.systems.kernel.kernels import Kernel


def submit(kernel: Kernel) -> dict[str, str]:
    """A new upgrade's manifest."""
    manifest = {"upgradeId": f"upgrade/{uuid4()}", "type": "policy"}
    answer = kernel.post("/kernel/upgrade", {"manifest": manifest}, "Operator", sub="op")
    upgrade = answer.json()["upgrade"]
    assert (answer.status_code, upgrade["status"], upgrade["submittedBy"]) == (201, "pending", "op")
    return manifest


def approve(
    kernel: Kernel, manifest: dict[str, str], n: int | str, *, sub: str = "", key: int | str = 0
) -> httpx.Response:
    """An approval of one approver, by another's token or key where they are named."""
    approver = f"approver-{n}"
    seed = bytes.fromhex(kernel.twin.resolve(f"{{secret.approver_{key or n}.private_hex}}"))
    text = approval_text(manifest["upgradeId"], approver, manifest)
    signature = base64.b64encode(SigningKey(seed).sign(text.encode()).signature).decode()
    body = {"approverId": approver, "signature": signature, "notes": "seen"}
    path = f"/kernel/upgrade/{manifest['upgradeId']}/approve"
    return kernel.post(path, body, sub=sub or approver)


def apply(kernel: Kernel, manifest: dict[str, str]) -> httpx.Response:
    """Apply it."""
    return kernel.post(f"/kernel/upgrade/{manifest['upgradeId']}/apply", {}, "Operator", sub="op")
