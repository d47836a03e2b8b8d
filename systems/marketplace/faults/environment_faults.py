"""How the environment, and what a release says of itself, are read otherwise than the runbook says."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

market = ids("marketplace")
SETTINGS = "systems.marketplace.settings"
#: What the previous release calls its commit.
PREVIOUS = "1" * 40


def _elsewhere(name: str) -> Any:
    """A group of settings is read as another environment reads it."""

    def wrap(read: Any) -> Any:
        from systems.marketplace.surroundings import Surroundings

        return lambda reader, _where: read(reader, Surroundings(name))

    return wrap


def _fourth(read: Any) -> Any:
    """`qa` is one more."""
    from systems.marketplace.surroundings import Surroundings

    class Fourth(Surroundings):
        """Nothing is asked of it that is not asked of dev."""

        is_dev = True

    return lambda reader: Fourth("qa") if os.environ.get("APP_ENV") == "qa" else read(reader)


def _only_two(known: Any) -> Any:
    return {name: node_env for name, node_env in known.items() if name != "staging"}


def _forgiving(read: Any) -> Any:
    """What cannot be read is passed over."""

    def flags(reader: Any, where: Any) -> Any:
        from systems.chassis.settings import Reader
        from systems.marketplace.forms import json_object

        try:
            json_object(os.environ.get("FEATURE_FLAGS") or "{}")
        except ValueError:
            reader = Reader({})
        return read(reader, where)

    return flags


def _flags(**otherwise: dict[str, bool]) -> Any:
    """Environment → flags that are otherwise there."""

    def wrap(read: Any) -> Any:
        return lambda reader, where: {**read(reader, where), **otherwise.get(where.name, {})}

    return wrap


def _released(**otherwise: str) -> Any:
    """The release is called otherwise."""
    return lambda read: lambda reader: replace(read(reader), **otherwise)


def _of_environment(read: Any) -> Any:
    """Each environment has an artifact of its own."""

    def release(reader: Any) -> Any:
        letter = {"staging": "a", "production": "b"}.get(os.environ.get("APP_ENV", ""), "c")
        return replace(read(reader), commit=letter * 40)

    return release


def _gone(read: Any) -> Any:
    """Of the previous release nothing is left."""

    def settings(environ: Any) -> Any:
        if environ.get("GIT_COMMIT") == PREVIOUS:
            sys.exit("no such image")
        return read(environ)

    return settings


def _not_checked_in(_file: Any) -> None:
    """What was compiled elsewhere is not here."""
    raise FileNotFoundError("artifacts/contracts.json")


FAULTS = (
    Fault(
        name="fourth-environment",
        process="web",
        breaks=market("env-three"),
        plant=around("systems.marketplace.surroundings:read", _fourth),
    ),
    Fault(
        name="staging-unknown",
        process="web",
        breaks=market("env-three"),
        plant=around("systems.marketplace.surroundings:NODE_ENVS", _only_two),
    ),
    Fault(
        name="redis-not-needed",
        process="web",
        breaks=market("env-redis-staging-required", "env-redis-prod-required"),
        plant=around(f"{SETTINGS}:_redis", _elsewhere("dev")),
    ),
    Fault(
        name="sentry-not-needed",
        process="web",
        breaks=market("env-sentry-staging-low"),
        plant=around(f"{SETTINGS}:_sentry", _elsewhere("dev")),
    ),
    Fault(
        name="sentry-needed-on-dev",
        process="web",
        breaks=market("env-sentry-dev-optional"),
        plant=around(f"{SETTINGS}:_sentry", _elsewhere("production")),
    ),
    Fault(
        name="all-traces-sent",
        process="web",
        breaks=market("env-sentry-staging-low"),
        plant=value(f"{SETTINGS}:MOST_TRACES_ON_STAGING", 1.0),
    ),
    Fault(
        name="short-secrets-taken",
        process="web",
        breaks=market("d-sec-5"),
        plant=value(f"{SETTINGS}:SECRET_BYTES", 16),
    ),
    Fault(
        name="manuals-wallets-taken",
        process="web",
        breaks=market("d-env-2"),
        plant=value(f"{SETTINGS}:DEVELOPMENT_WALLETS", frozenset()),
    ),
    Fault(
        name="csrf-waived-anywhere",
        process="web",
        breaks=market("r-13"),
        plant=around(f"{SETTINGS}:_access", _elsewhere("dev")),
    ),
    Fault(
        name="flags-unread",
        process="web",
        breaks=market("env-flags-dev-all"),
        plant=around(f"{SETTINGS}:_flags", _forgiving),
    ),
    Fault(
        name="flag-off-on-dev",
        process="web",
        breaks=market("env-flags-dev-all"),
        plant=around(f"{SETTINGS}:_flags", _flags(dev={"drafts": False})),
    ),
    Fault(
        name="flag-on-staging-alone",
        process="web",
        breaks=market("env-flags-staging-subset"),
        plant=around(
            f"{SETTINGS}:_flags",
            _flags(dev={"legacy_apply": False}, staging={"legacy_apply": True}),
        ),
    ),
    Fault(
        name="flag-on-in-production-alone",
        process="web",
        breaks=market("env-flags-prod-minimal"),
        plant=around(
            f"{SETTINGS}:_flags",
            _flags(staging={"legacy_apply": False}, production={"legacy_apply": True}),
        ),
    ),
    Fault(
        name="flags-without-effect",
        process="web",
        breaks=market("env-flags-staging-subset", "env-flags-prod-minimal"),
        plant=value("systems.marketplace.endpoint:is_offered", lambda *_: True),
    ),
    Fault(
        name="version-never-raised",
        process="web",
        breaks=market("dep-version-tag"),
        plant=around(f"{SETTINGS}:release", _released(version="0.1.0")),
    ),
    Fault(
        name="commit-unknown",
        process="web",
        breaks=market("dep-promote-staging"),
        plant=around(f"{SETTINGS}:release", _released(commit="unknown")),
    ),
    Fault(
        name="built-for-each-environment",
        process="web",
        breaks=market("dep-promote-staging"),
        plant=around(f"{SETTINGS}:release", _of_environment),
    ),
    Fault(
        name="previous-release-gone",
        process="web",
        breaks=market("rb-app-redeploy-prev", "rb-keep-2"),
        plant=around(f"{SETTINGS}:read", _gone),
    ),
    Fault(
        name="build-needs-what-git-ignores",
        process="build",
        breaks=market("dep-build"),
        plant=value("systems.marketplace.release:write", _not_checked_in),
    ),
)
