"""The alerts of a system, read from the file that the target or the runbook holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, NoVerdict

if TYPE_CHECKING:
    from proofbook.alerts import Sheet
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.stack import Twin


def sheet(awake: Awake, twin: Twin) -> Sheet:
    """
    The alerts of a twin's system, with the numbers of the claims.

    Raises `NoVerdict` where there is no such file, `RunbookError` for one that is wrong.
    """
    from proofbook.alerts import Sheet, parse  # noqa: PLC0415 - most checks know of no alert

    system = twin.system.name
    try:
        file = twin.file("alerts")
    except NotAsked:
        file = awake.root / "runbooks" / system / "alerts.toml"
    shown = file.relative_to(awake.root) if file.is_relative_to(awake.root) else file
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise NoVerdict(f"{shown}: the table of alerts cannot be read: {error.strerror}") from None
    return Sheet(system, parse(text, shown.as_posix()), awake.claims)
