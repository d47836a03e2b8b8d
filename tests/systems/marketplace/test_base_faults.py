"""The faults of settings, requests, health and migrations: each takes hold, and a sound marketplace shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from systems.marketplace.faults import environment_faults, migration_faults, rule_faults
from systems.marketplace.settings import DEVELOPMENT_WALLETS
from tests.systems.marketplace import environment_looks, migration_looks, rule_looks
from tests.systems.marketplace.forks import Told
from tests.systems.marketplace.looks import LIVE, STAGING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.systems.marketplace.forks import Forks, Look

FAULTS = (*environment_faults.FAULTS, *rule_faults.FAULTS, *migration_faults.FAULTS)
WALLET = min(DEVELOPMENT_WALLETS)
TAKEN, REFUSED = environment_looks.accepts, environment_looks.refuses
#: Fault → the look that sees it, and what that look is told beside.
LOOKS: dict[str, tuple[Look, dict[str, Any]]] = {
    "fourth-environment": (TAKEN, {"environ": {"APP_ENV": "qa"}}),
    "staging-unknown": (REFUSED, {"environ": STAGING}),
    "redis-not-needed": (TAKEN, {"environ": LIVE, "without": ["REDIS_URL"]}),
    "sentry-not-needed": (TAKEN, {"environ": STAGING, "without": ["SENTRY_DSN"]}),
    "sentry-needed-on-dev": (REFUSED, {"environ": {}}),
    "all-traces-sent": (TAKEN, {"environ": STAGING | {"SENTRY_TRACES_SAMPLE_RATE": "1.0"}}),
    "short-secrets-taken": (TAKEN, {"environ": LIVE | {"JWT_SECRET": "s" * 31}}),
    "manuals-wallets-taken": (TAKEN, {"environ": LIVE | {"ADMIN_WALLETS": WALLET}}),
    "csrf-waived-anywhere": (TAKEN, {"environ": LIVE | {"REQUIRE_CSRF": "false"}}),
    "flags-unread": (TAKEN, {"environ": {"FEATURE_FLAGS": "{"}}),
    "flag-off-on-dev": (environment_looks.flags, {}),
    "flag-on-staging-alone": (environment_looks.flags, {}),
    "flag-on-in-production-alone": (environment_looks.flags, {}),
    "flags-without-effect": (environment_looks.flag_effect, {}),
    "version-never-raised": (environment_looks.released, {}),
    "commit-unknown": (environment_looks.released, {}),
    "built-for-each-environment": (environment_looks.released, {}),
    "previous-release-gone": (environment_looks.previous, {}),
    "build-needs-what-git-ignores": (environment_looks.builds, {}),
    "hsts-on-dev": (rule_looks.headers, {}),
    "hsts-nowhere": (rule_looks.headers, {}),
    "staging-is-looser": (rule_looks.headers, {}),
    "profile-without-csrf": (rule_looks.unmeant_writes, {}),
    "written-from-anywhere": (rule_looks.foreign_pages, {}),
    "read-from-anywhere": (rule_looks.foreign_pages, {}),
    "timing-overwritten": (rule_looks.request_ids, {}),
    "ids-are-our-own": (rule_looks.request_ids, {}),
    "peer-is-what-it-says": (rule_looks.spoofed_peer, {}),
    "outage-is-a-bad-token": (rule_looks.outage, {}),
    "nul-is-taken": (rule_looks.bad_bodies, {}),
    "any-type-is-json": (rule_looks.bad_bodies, {}),
    "maintenance-unheard-of": (rule_looks.maintenance, {}),
    "health-is-always-well": (rule_looks.health, {}),
    "health-forgets-redis": (rule_looks.health, {}),
    "health-waits-for-ever": (rule_looks.slow_health, {}),
    "migrations-uncounted": (rule_looks.health, {}),
    "migrations-miscounted": (rule_looks.health, {}),
    "pending-unseen": (rule_looks.health, {}),
    "dropped-at-sigterm": (rule_looks.ends, {}),
    "slow-statements-untold": (rule_looks.slow_statements, {}),
    "each-statement-is-slow": (rule_looks.slow_statements, {}),
    "root-is-gone": (rule_looks.root, {}),
    "never-rehearsed": (migration_looks.rehearsal, {}),
    "another-was-rehearsed": (migration_looks.rehearsal, {}),
    "destroyed-without-plan": (migration_looks.plans, {}),
    "dev-command-works-anywhere": (migration_looks.dev_command, {}),
    "dry-run-of-another-tool": (migration_looks.dry_run, {}),
    "dry-run-backwards": (migration_looks.dry_run, {}),
    "dry-run-is-none": (migration_looks.dry_run, {}),
    "last-migration-left": (migration_looks.deployed, {}),
    "migrations-in-another-order": (migration_looks.deployed, {}),
    "deployments-do-not-queue": (migration_looks.at_once, {}),
    "index-forgotten": (migration_looks.deployed, {}),
    "skill-indexes-dropped": (migration_looks.deployed, {}),
    "column-by-hand": (migration_looks.deployed, {}),
    "migration-edited-since": (migration_looks.deployed, {}),
    "suffix-twice": (migration_looks.deployed, {}),
    "undone-blindly": (migration_looks.undone, {}),
    "undone-by-halves": (migration_looks.undone, {}),
}


@pytest.fixture
def told(stores: dict[str, str], tmp_path: Path) -> Told:
    """What a look is told."""
    return Told(stores, tmp_path)


@pytest.mark.parametrize("name", LOOKS)
def test_it_takes_hold(forks: Forks, told: Told, name: str) -> None:
    """The look sees it."""
    look, more = LOOKS[name]

    assert forks.see(name, look, told, **more)


@pytest.mark.parametrize(
    ("look", "more"),
    [each for number, each in enumerate(LOOKS.values()) if each not in [*LOOKS.values()][:number]],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_sound_marketplace_shows_nothing(
    forks: Forks, told: Told, look: Look, more: dict[str, Any]
) -> None:
    """The same look, without a fault."""
    assert forks.see("", look, told, **more) == ""


def test_each_breaks_claims_and_is_looked_for() -> None:
    """None without a look, none without a claim."""
    assert {fault.name for fault in FAULTS} == {*LOOKS}
    for fault in FAULTS:
        assert fault.breaks, fault.name
        assert all(claim.startswith("marketplace.") for claim in fault.breaks), fault.name
