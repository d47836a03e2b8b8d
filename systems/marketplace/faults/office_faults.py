"""How operators' gates stand open, rotations are told of by nobody, and the first admin is made by anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, default, ids, together, value

market = ids("marketplace")
GATES = "systems.marketplace.record_gates"
SEEDING = "systems.marketplace.seeding"
SEED = "systems.marketplace.seed_settings"


def _of_any_release(check: Any) -> Any:
    """What passed on one release counts for all."""
    return lambda entries, release: check(
        [replace(each, release=release) for each in entries], release
    )


def _reset(admin: Any) -> Any:
    """Each run sets the password anew."""

    def made(connection: Any, seed: Any, hashed: str) -> Any:
        found = admin(connection, seed, hashed)
        connection.execute("UPDATE users SET password = %s WHERE id = %s", [hashed, found.id])
        return found

    return made


def _stranger(admin: Any) -> Any:
    """Whoever has the name is the admin."""

    def made(connection: Any, seed: Any, hashed: str) -> Any:
        from systems.marketplace.operation import Failed

        try:
            return admin(connection, seed, hashed)
        except Failed:
            verified = """UPDATE users SET "isVerified" = true WHERE username = %s OR email = %s
                RETURNING *"""
            return connection.execute(verified, [seed.username, seed.email]).fetchone()

    return made


def _no_admins(made: Any) -> Any:
    def without(callers: Any, settings: Any, _admins: Any) -> None:
        made(callers, settings, frozenset())

    return without


FAULTS = (
    Fault(
        name="deployed-without-the-flow",
        process="record",
        breaks=market("dep-e2e-order"),
        plant=value(f"{GATES}:check_deploy", lambda *_: None),
    ),
    Fault(
        name="another-release-passed",
        process="record",
        breaks=market("dep-e2e-order"),
        plant=around(f"{GATES}:check_deploy", _of_any_release),
    ),
    Fault(
        name="production-rotates-first",
        process="record",
        breaks=market("rot-staging-first"),
        plant=value(f"{GATES}:check_rotation", lambda *_: None),
    ),
    Fault(
        name="rotated-by-nobody",
        process="record",
        breaks=market("d-sec-3"),
        plant=default("OPERATOR", "system"),
    ),
    Fault(
        name="rotation-untold",
        process="record",
        breaks=market("d-sec-13"),
        plant=value("systems.marketplace.events:Events.tell", lambda *_: None),
    ),
    Fault(
        name="seeded-without-rights",
        process="seed_admin",
        breaks=market("seed-cmd"),
        plant=around("systems.marketplace.callers:Callers.__init__", _no_admins),
    ),
    Fault(
        name="nothing-to-look-at",
        process="seed_admin",
        breaks=market("seed-demo-data"),
        plant=value(f"{SEEDING}:_demo", lambda *_: None),
    ),
    Fault(
        name="seeded-in-production",
        process="seed_admin",
        breaks=market("seed-local-staging-only"),
        plant=together(
            default("SEED_ADMIN_ALLOW_PRODUCTION", "true"),
            value(f"{SEED}:is_weak", lambda _seed: False),
        ),
    ),
    Fault(
        name="weak-admin-in-production",
        process="seed_admin",
        breaks=market("seed-prod-explicit"),
        plant=value(f"{SEED}:is_weak", lambda _seed: False),
    ),
    Fault(
        name="demo-in-production",
        process="seed_admin",
        breaks=market("seed-prod-explicit"),
        plant=value(f"{SEED}:Seed.has_demo", property(lambda _seed: True)),
    ),
    Fault(
        name="password-set-anew",
        process="seed_admin",
        breaks=market("seed-idempotent"),
        plant=around(f"{SEEDING}:_admin", _reset),
    ),
    Fault(
        name="seeding-does-not-queue",
        process="seed_admin",
        breaks=market("seed-idempotent"),
        plant=value(f"{SEEDING}:_queue", lambda _connection: None),
    ),
    Fault(
        name="any-wallet-is-an-admins",
        process="seed_admin",
        breaks=market("seed-wallet-allowlist"),
        plant=value(f"{SEED}:is_allowed", lambda _seed: True),
    ),
    Fault(
        name="stranger-made-admin",
        process="seed_admin",
        breaks=market("seed-wallet-allowlist"),
        plant=around(f"{SEEDING}:_admin", _stranger),
    ),
)
