"""The faults of accounts, jobs, lists and numbers: each takes hold, and a sound marketplace shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from systems.marketplace.faults import account_faults, job_faults, list_faults, number_faults
from tests.systems.marketplace import account_looks, job_looks, list_looks, number_looks
from tests.systems.marketplace.forks import Told

if TYPE_CHECKING:
    from pathlib import Path

    from tests.systems.marketplace.forks import Forks, Look

FAULTS = (
    *account_faults.FAULTS,
    *job_faults.FAULTS,
    *list_faults.FAULTS,
    *number_faults.FAULTS,
)
#: Fault → the look that sees it, and what that look is told beside.
LOOKS: dict[str, tuple[Look, dict[str, Any]]] = {
    "registered-unverified": (account_looks.registered, {}),
    "types-grant-nothing": (account_looks.registered, {}),
    "old-secret-refused": (account_looks.rotated, {}),
    "removed-secret-counts": (account_looks.rotated, {}),
    "old-tokens-never-expire": (account_looks.expired, {}),
    "tokens-unverified": (account_looks.unrelated, {}),
    "pepper-ignored": (account_looks.hashed, {}),
    "sessions-of-one-process": (account_looks.hashed, {}),
    "refresh-tokens-in-clear": (account_looks.hashed, {}),
    "refresh-tokens-used-again": (account_looks.refreshed, {}),
    "stolen-chain-lives-on": (account_looks.refreshed, {}),
    "logout-ends-nothing": (account_looks.refreshed, {}),
    "access-tokens-last-a-day": (account_looks.lasting, {}),
    "admin-lost-on-refresh": (account_looks.admins, {}),
    "nonces-replayed": (account_looks.wallet, {}),
    "nonces-made-up": (account_looks.wallet, {}),
    "addresses-in-both-cases": (account_looks.wallet, {}),
    "wallets-bound-unproved": (account_looks.wallet, {}),
    "figures-of-one-s-own": (account_looks.figures, {}),
    "passwords-cut": (account_looks.long_passwords, {}),
    "hash-told": (account_looks.secret_replies, {}),
    "logins-unlimited": (account_looks.limited, {}),
    "refusals-uncounted": (account_looks.limited, {}),
    "limits-of-one-process": (account_looks.limited, {}),
    "limits-of-one": (account_looks.usual_load, {}),
    "ping-open": (account_looks.ping, {}),
    "second-application-fails": (job_looks.applied_twice, {}),
    "two-accepted": (job_looks.accepted, {}),
    "drafts-published-twice": (job_looks.published, {}),
    "foreign-drafts-overwritten": (job_looks.foreign, {}),
    "applications-open": (job_looks.foreign, {}),
    "jobs-reopened": (job_looks.reopened, {}),
    "budgets-below-nothing": (job_looks.bad_input, {}),
    "pages-unclamped": (job_looks.bad_input, {}),
    "posting-unseen": (list_looks.unseen, {"change": "post"}),
    "accepting-unseen": (list_looks.unseen, {"change": "accept"}),
    "applying-unseen": (list_looks.unseen, {"change": "apply"}),
    "publishing-unseen": (list_looks.unseen, {"change": "publish"}),
    "profiles-unseen": (list_looks.unseen_profile, {}),
    "bumps-uncounted": (list_looks.bumps, {}),
    "bump-at-each-read": (list_looks.bumps, {}),
    "unchanged-lists-sent-again": (list_looks.sent_again, {}),
    "lists-need-redis": (list_looks.without_redis, {}),
    "lists-of-one-process": (list_looks.replicas, {}),
    "lists-kept-for-ever": (list_looks.unending, {}),
    "nothing-kept": (list_looks.warmed, {}),
    "keys-never-met-again": (list_looks.warmed, {}),
    "hits-uncounted": (list_looks.warmed, {}),
    "own-list-public": (list_looks.own, {}),
    "basic-lists-heavy": (list_looks.heavy, {}),
    "lists-slow": (list_looks.slow, {}),
    "lists-fail-now-and-then": (list_looks.failing, {}),
    "lists-untimed": (number_looks.timed, {}),
    "times-constant": (number_looks.timed, {}),
    "server-errors-uncounted": (number_looks.server_errors, {}),
    "buckets-not-cumulative": (number_looks.buckets, {}),
    "types-repeated": (number_looks.page, {}),
    "last-line-unended": (number_looks.page, {}),
    "scrape-open": (number_looks.page, {}),
    "events-unbounded": (number_looks.recent, {}),
    "windows-never-end": (number_looks.windows, {}),
    "targets-always-met": (number_looks.windows, {}),
    "operations-untold": (number_looks.operations, {}),
    "cpu-untold": (number_looks.costs, {}),
    "garbage-unmeasured": (number_looks.costs, {}),
    "sentry-never-started": (number_looks.reported, {}),
    "reports-of-no-release": (number_looks.reported, {}),
    "every-request-traced": (number_looks.traced, {}),
    "dsn-remembered": (number_looks.moved, {}),
}


@pytest.fixture
def told(stores: dict[str, str], tmp_path: Path) -> Told:
    """What a look is told."""
    return Told(stores | {"OPS_LEDGER": str(tmp_path / "ops" / "ledger.jsonl")}, tmp_path)


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
