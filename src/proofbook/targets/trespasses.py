"""What a target must not reach, and what a deployment's file must not hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from proofbook.effects import Effect
from proofbook.targets.logins import refers
from proofbook.targets.places import named, strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.targets.lines import KeyPath
    from proofbook.targets.model import Target
    from proofbook.targets.tables import Report

_PASSWORD = re.compile(r"://[^/@:\s]*:([^/@\s]+)@|(?:^|\s)password\s*=\s*(\S+)")


def check(document: Mapping[str, Any], target: Target, report: Report) -> None:
    """Report addresses that another target protects, and a deployment's secrets in plain sight."""
    if target.allowed > Effect.OBSERVES:
        for path, found in named(document).items():
            for each in sorted(found & target.off_limits.keys()):
                report.add(
                    path,
                    f"{each} is protected by {target.off_limits[each]}; "
                    'here, too, it may only be looked at: say permits = "observes", '
                    "or name another address.",
                )
    if target.kind == "deployment":
        _check_passwords(document, report)
        _check_logins(target, report)


def _check_passwords(document: Mapping[str, Any], report: Report) -> None:
    for path, text in strings(dict(document)):
        found = _PASSWORD.search(text)
        if found and not refers(found[1] or found[2]):
            report.add(
                path, "holds a password; refer to the whole text with env:NAME or file:PATH."
            )


def _check_logins(target: Target, report: Report) -> None:
    for name, system in target.systems.items():
        here: KeyPath = ("systems", name)
        for role, body in system.login.bodies.items() if system.login else ():
            if not _has_reference(body):
                report.add((*here, "login", role), _PLAIN)
        if system.worker_auth and not _has_reference(system.worker_auth):
            report.add((*here, "worker_auth"), _PLAIN)


def _has_reference(value: object) -> bool:
    return any(refers(text) for _, text in strings(value))


_PLAIN = (
    "holds no reference, and a deployment's file holds no secret; "
    "write env:NAME, file:PATH, or {secret.NAME} of [secrets]."
)
