"""The faults of chain, escrows, backups and operators: each takes hold, and a sound marketplace shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from systems.marketplace.faults import backup_faults, chain_faults, escrow_faults, office_faults
from tests.systems.marketplace import backup_looks, chain_looks, escrow_looks, office_looks
from tests.systems.marketplace.forks import Told

if TYPE_CHECKING:
    from pathlib import Path

    from tests.systems.marketplace.forks import Forks, Look

FAULTS = (
    *chain_faults.FAULTS,
    *escrow_faults.FAULTS,
    *backup_faults.FAULTS,
    *office_faults.FAULTS,
)
#: Fault → the look that sees it.
LOOKS: dict[str, Look] = {
    "paid-before-completion": chain_looks.milestones,
    "paid-twice": chain_looks.milestones,
    "reviewed-twice": chain_looks.reviews,
    "reviewed-by-one-party": chain_looks.reviews,
    "reviewed-without-escrow": chain_looks.reviews,
    "certified-twice": chain_looks.certificates,
    "certified-without-escrow": chain_looks.certificates,
    "certified-by-anybody": chain_looks.certificates,
    "certificate-given-away": chain_looks.certificates,
    "rollback-is-no-function": chain_looks.rollback,
    "rolled-back-by-anybody": chain_looks.rollback,
    "fee-kept-at-rollback": chain_looks.rollback,
    "paid-out-of-others": chain_looks.funds,
    "deployed-on-a-word": escrow_looks.owner_wallet,
    "deployed-without-id": escrow_looks.created,
    "any-milestone-releasable": escrow_looks.released,
    "chain-not-asked": escrow_looks.identified,
    "retried-while-young": escrow_looks.threshold,
    "pending-for-ever": escrow_looks.threshold,
    "attempts-uncounted": escrow_looks.threshold,
    "confirmed-before-the-chain": escrow_looks.rolled_back,
    "flags-stay-after-rollback": escrow_looks.rolled_back,
    "rollback-is-any-action": escrow_looks.told_of,
    "retried-after-cancellation": escrow_looks.invariants,
    "deployed-while-rolled-back": escrow_looks.invariants,
    "escrow-read-then-written": escrow_looks.invariants,
    "list-keeps-the-escrow": escrow_looks.listed,
    "anybody-spends-the-escrows-limit": escrow_looks.limits,
    "backups-unscheduled": backup_looks.due,
    "backup-never-ends": backup_looks.ends,
    "backup-of-nothing": backup_looks.ends,
    "backup-in-the-open": backup_looks.sealed,
    "backup-under-a-known-key": backup_looks.sealed,
    "any-key-opens": backup_looks.damaged,
    "backups-for-each-day": backup_looks.kept,
    "no-days-no-backups": backup_looks.kept,
    "backup-cut-in-half": backup_looks.complete,
    "backup-one-table-short": backup_looks.complete,
    "pruned-after-a-failure": backup_looks.failed,
    "named-before-it-is-whole": backup_looks.watched,
    "stamped-in-local-time": backup_looks.stamped,
    "dump-in-another-format": backup_looks.complete,
    "dump-names-owners": backup_looks.complete,
    "password-in-command-line": backup_looks.private,
    "backups-for-everybody": backup_looks.private,
    "backup-unheard-of": backup_looks.written,
    "key-in-use-alone": backup_looks.older_keys,
    "sealed-once-for-all": backup_looks.older_keys,
    "deployed-without-the-flow": office_looks.deployed,
    "another-release-passed": office_looks.deployed,
    "production-rotates-first": office_looks.rotated,
    "rotated-by-nobody": office_looks.signed,
    "rotation-untold": office_looks.audited,
    "seeded-without-rights": office_looks.opens,
    "nothing-to-look-at": office_looks.demo,
    "seeded-in-production": office_looks.unmeant,
    "weak-admin-in-production": office_looks.unmeant,
    "demo-in-production": office_looks.demo,
    "password-set-anew": office_looks.again,
    "seeding-does-not-queue": office_looks.again,
    "any-wallet-is-an-admins": office_looks.strangers,
    "stranger-made-admin": office_looks.strangers,
}


@pytest.fixture
def told(stores: dict[str, str], tmp_path: Path) -> Told:
    """What a look is told."""
    return Told(stores, tmp_path)


@pytest.mark.parametrize("name", LOOKS)
def test_it_takes_hold(forks: Forks, told: Told, name: str) -> None:
    """The look sees it."""
    assert forks.see(name, LOOKS[name], told)


@pytest.mark.parametrize("look", dict.fromkeys(LOOKS.values()), ids=lambda look: look.__name__)
def test_a_sound_marketplace_shows_nothing(forks: Forks, told: Told, look: Look) -> None:
    """The same look, without a fault."""
    assert forks.see("", look, told) == ""


def test_each_breaks_claims_and_is_looked_for() -> None:
    """None without a look, none without a claim."""
    assert {fault.name for fault in FAULTS} == {*LOOKS}
    for fault in FAULTS:
        assert fault.breaks, fault.name
        assert all(claim.startswith("marketplace.") for claim in fault.breaks), fault.name
