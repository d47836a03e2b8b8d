"""What one sees of an environment, a release and an artifact that are not as they must be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from systems.chassis.settings import Misconfigured
from systems.marketplace import release, settings
from tests.systems.marketplace.looks import LIVE, STAGING, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.systems.marketplace.forks import Told


def accepts(told: Told, environ: Mapping[str, str], without: tuple[str, ...] = ()) -> str:
    """An environment that must be refused is taken."""
    if _is_taken(told, environ, without):
        return "it is taken"
    return ""


def refuses(told: Told, environ: Mapping[str, str], without: tuple[str, ...] = ()) -> str:
    """An environment that must be taken is refused."""
    return "" if _is_taken(told, environ, without) else "it is refused"


def flags(told: Told) -> str:
    """Flags are on where fewer are to be, or off where more are to be."""
    by_place = [_flags_on(told, environ) for environ in ({}, STAGING, LIVE)]
    dev, staging, live = by_place
    if dev != set(settings.FLAGS):
        return f"on dev {sorted(dev)} alone"
    return "" if dev >= staging >= live else f"{by_place}"


def flag_effect(told: Told) -> str:
    """What a flag that is off guards is there."""
    with opened(told, FEATURE_FLAGS='{"drafts": false}') as market:
        status = market.get("/api/job-drafts").status_code
    return "" if status == 404 else f"drafts answer {status}"


def released(told: Told) -> str:
    """The release is not called what it is, in each environment."""
    called = {"GIT_COMMIT": "2" * 40, "APP_VERSION": "0.2.0"}
    for environ in (STAGING, LIVE):
        # As a process finds it: its own environment decides where it is.
        os.environ.update(environ)
        found = settings.read({**told.environ, **environ, **called}).release
        if found != settings.Release(commit="2" * 40, version="0.2.0"):
            return f"{found}"
    return ""


def previous(told: Told) -> str:
    """The previous release does not start."""
    try:
        settings.read({**told.environ, "GIT_COMMIT": "1" * 40})
    except SystemExit as ended:
        return str(ended)
    return ""


def builds(told: Told) -> str:
    """No artifact is made."""
    try:
        release.write(told.folder / "release.env")
    except OSError as problem:
        return str(problem)
    return ""


def _is_taken(told: Told, environ: Mapping[str, str], without: tuple[str, ...]) -> bool:
    whole = {**told.environ, **environ}
    kept = {name: text for name, text in whole.items() if name not in without}
    os.environ.update(environ)
    try:
        settings.read(kept)
    except Misconfigured:
        return False
    return True


def _flags_on(told: Told, environ: Mapping[str, str]) -> set[str]:
    told_flags = settings.read({**told.environ, **environ}).flags
    return {name for name, is_on in told_flags.items() if is_on}
