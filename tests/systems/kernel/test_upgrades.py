"""Upgrades: three of five, each with their own key, and applied once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.systems.kernel.approvals import apply, approve, submit

if TYPE_CHECKING:
    import httpx

    from tests.systems.kernel.conftest import Starter
    from tests.systems.kernel.kernels import Kernel


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and error."""
    return answer.status_code, answer.json()["error"]


def test_three_of_five(common: Kernel) -> None:
    """Two are too few, one twice is one, and nobody speaks for somebody else."""
    manifest = submit(common)
    for given in range(3):
        answer = apply(common, manifest)
        missing = {"approvals": given, "required": 3, "missing": 3 - given}
        assert (answer.status_code, answer.json()) == (
            400,
            {"error": "insufficient_quorum"} | missing,
        )
        assert approve(common, manifest, given + 1).status_code == 201
        assert told(approve(common, manifest, given + 1)) == (409, "approver_already_signed")
    assert told(approve(common, manifest, 4, sub="approver-5")) == (403, "approver_mismatch")
    assert told(approve(common, manifest, 4, key=5)) == (400, "invalid_signature")
    assert told(approve(common, manifest, 9, key=1)) == (400, "approver_not_authorized")
    assert told(approve(common, {"upgradeId": "none"}, 1)) == (404, "upgrade_not_found")

    applied = apply(common, manifest)

    upgrade, quorum = applied.json()["upgrade"], applied.json()["quorum"]
    assert (applied.status_code, upgrade["status"], upgrade["appliedBy"]) == (200, "applied", "op")
    assert quorum == {"approvers": [f"approver-{n}" for n in (1, 2, 3)], "required": 3}
    assert told(apply(common, manifest)) == (409, "upgrade_already_applied")
    assert told(approve(common, manifest, 4)) == (409, "upgrade_already_applied")
    events = [event for event in common.export()[:-1] if event["eventType"] == "upgrade.applied"]
    assert events[-1]["payload"] == {
        "upgradeId": manifest["upgradeId"],
        "appliedBy": "op",
        "approvers": quorum["approvers"],
    }


def test_an_upgrade_is_applied_once(start_kernel: Starter) -> None:
    """However many try at once, at two Kernels."""
    kernels = [start_kernel(), start_kernel(instance="2")]
    for _ in range(3):
        manifest = submit(kernels[0])
        for n in range(1, 4):
            assert approve(kernels[0], manifest, n).status_code == 201
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(apply, kernels * 4, [manifest] * 8))
        assert sorted(each.status_code for each in answers) == [200] + [409] * 7

    assert kernels[0].events().count("upgrade.applied") == 3


def test_what_is_wrong_with_an_upgrade(common: Kernel) -> None:
    """By name."""
    manifest = submit(common)
    for body, expected in (
        ({}, "invalid_manifest"),
        ({"manifest": []}, "invalid_manifest"),
        ({"manifest": {}}, "missing_upgrade_id"),
    ):
        assert told(common.post("/kernel/upgrade", body, "Operator")) == (400, expected)
    again = common.post("/kernel/upgrade", {"manifest": manifest}, "Operator")
    assert told(again) == (409, "upgrade_exists")
    path = f"/kernel/upgrade/{manifest['upgradeId']}/approve"
    assert told(common.post(path, {})) == (400, "missing_approver_id")
    assert told(common.post(path, {"approverId": "a"})) == (400, "missing_signature")


def test_an_approver_without_a_key(start_kernel: Starter) -> None:
    """Cannot approve: nothing could be verified."""
    kernel = start_kernel(env={"UPGRADE_APPROVER_KEYS": "{}"})

    assert told(approve(kernel, submit(kernel), 1)) == (400, "approver_key_unknown")
