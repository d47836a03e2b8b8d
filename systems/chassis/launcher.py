"""
Start a program of a system broken in one way, or list the ways: what every system's launcher of faults does.

    python -m systems.coreos.faults --json
    python -m systems.coreos.faults NAME -- python -m systems.coreos.api
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from systems.chassis.seams import Fault


def listing(faults: Sequence[Fault]) -> str:
    """All faults as JSON."""
    return json.dumps(
        [
            {
                "name": fault.name,
                "process": fault.process,
                "breaks": list(fault.breaks),
                "unaffected": list(fault.unaffected),
                "reason": fault.reason,
            }
            for fault in faults
        ],
        indent=1,
    )


def start(faults: Sequence[Fault], name: str, command: list[str], usage: str) -> None:
    """Plant a fault, then be the process that was to be started."""
    found = [fault for fault in faults if fault.name == name]
    if not found:
        sys.exit(f"no fault {name}; there are: {', '.join(fault.name for fault in faults)}")
    fault = found[0]
    if fault.edits:
        os.execvp(command[0], [*command[:-1], edited(fault, command[-1])])  # noqa: S606 - the shell that was asked for
    match command:
        case [_, "-m", module, *_]:
            pass
        case _:
            sys.exit(f"cannot break {' '.join(command)}: it is no `python -m MODULE`\n{usage}")
    if fault.environ:
        os.execvpe(command[0], command, {**os.environ, **fault.environ})  # noqa: S606 - the command that was asked for
    fault.plant()
    sys.argv = command[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def edited(fault: Fault, script: str) -> str:
    """A step's script as the fault has it; other steps of its page are as ever."""
    for old, new in fault.edits:
        script = script.replace(old, new)
    return script


def main(faults: Sequence[Fault], usage: str) -> None:
    """List, or start."""
    match sys.argv[1:]:
        case ["--json"]:
            sys.stdout.write(listing(faults) + "\n")
        case [name, "--", *command]:
            start(faults, name, command, usage)
        case _:
            sys.exit(usage)
