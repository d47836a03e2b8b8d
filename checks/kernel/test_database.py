"""Who gets into the database, and what the Kernel's own role may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.database import Database, code_of, of_store, refusal
from checks.kernel.roles import plain_role
from checks.kernel.smoke import STEPS, walk
from proofbook import NotAsked, observes

if TYPE_CHECKING:
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.stack import Stack

FLAGS = """
    select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
    from pg_roles where rolname = current_user
"""
REWRITES = ("UPDATE audit_events SET ts = ts", "DELETE FROM audit_events", "TRUNCATE audit_events")


@pytest.fixture
@observes
def managed(described: Deployment, stack: Stack) -> str:
    """The address of a database that somebody manages. Raises `NotAsked` for the suite's own."""
    role = described.twin.store_role
    if role in stack.target.services and stack.target.services[role].provided:
        raise NotAsked(
            "the PostgreSQL that the suite brings speaks no TLS: this is asked of a target's own",
            remedy=f'url = "env:…" in services.{role}',
        )
    return described.twin.address(role).url


@pytest.mark.claim("kernel.database-refuses-plaintext")
def test_a_connection_without_tls_is_refused(claim: ClaimHandle, managed: str) -> None:
    """Nobody sends a password, or reads an audit event, in the open."""
    encrypted, plain = refusal(managed, "require"), refusal(managed, "disable")

    claim.require(encrypted == "", f"nobody gets in with TLS either: {encrypted}")
    assert plain != "", "a connection without TLS is let in"


@pytest.mark.claim("kernel.database-role-cannot-rewrite")
def test_the_kernels_role_cannot_rewrite_the_audit(
    claim: ClaimHandle, deployment: Deployment
) -> None:
    """Whoever has the Kernel's credentials can add to the chain, and take nothing away."""
    if not deployment.is_ours:
        _judge_role(claim, Database(deployment.twin, _own_url(deployment)))
        return
    owner = of_store(deployment.twin)
    with plain_role(owner.url) as role:
        granted = owner.migrate(KERNEL_DB_ROLE=role.name)
        claim.require(code_of(granted) == 0, f"nothing is granted: {granted.output[-300:]!r}")
        kernel = deployment.kernel({"POSTGRES_URL": role.url})
        walked = walk(kernel, deployment.kms.keys)
        claim.require(walked.is_answered, walked.unanswered)
        claim.require(walked.passed == STEPS, f"the smoke fails: {walked.problems[:3]}")
        kernel.process.stop()
        _judge_role(claim, Database(deployment.twin, role.url))


def _judge_role(claim: ClaimHandle, database: Database) -> None:
    flags = database.rows(FLAGS)[0]
    assert [name for name, is_set in flags.items() if is_set] == []
    for statement in REWRITES:
        refused = database.refusal(statement)
        assert refused, f"{statement} is let through"
        claim.expect(sqlstate=refused)


def _own_url(deployment: Deployment) -> str:
    """The Kernel's own address of its database, where the Kernel is only an address itself."""
    url = deployment.access.credentials.get("database_url")
    if url is None:
        raise NotAsked(
            "what role the Kernel has in its database is not known",
            remedy='credentials.database_url = "env:…"',
        )
    return url
