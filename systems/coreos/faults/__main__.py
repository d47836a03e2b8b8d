"""
Start CORE OS broken in one way: `python -m systems.coreos.faults NAME -- python -m systems.coreos.api`.

`--json` lists what there is. This is the only place that knows of faults: each exchanges one thing before the
process starts, and the process's own code knows nothing of it.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import TYPE_CHECKING

from systems.coreos.faults import (
    access_faults,
    build_faults,
    claim_faults,
    input_faults,
    ops_faults,
    result_faults,
    signing_faults,
    start_faults,
    step_faults,
    store_faults,
    worker_faults,
)

if TYPE_CHECKING:
    from systems.coreos.faults.seams import Fault

#: In this order they are planted: first those that take long, so that nobody waits for one at the end.
FAULTS: tuple[Fault, ...] = (
    *worker_faults.FAULTS,
    *build_faults.FAULTS,
    *step_faults.FAULTS,
    *claim_faults.FAULTS,
    *result_faults.FAULTS,
    *start_faults.FAULTS,
    *store_faults.FAULTS,
    *access_faults.FAULTS,
    *signing_faults.FAULTS,
    *input_faults.FAULTS,
    *ops_faults.FAULTS,
)
USAGE = "usage: python -m systems.coreos.faults --json | NAME -- python -m systems.coreos.PROCESS"


def listing() -> str:
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
            for fault in FAULTS
        ],
        indent=1,
    )


def start(name: str, command: list[str]) -> None:
    """Plant a fault, then be the process that was to be started."""
    found = [fault for fault in FAULTS if fault.name == name]
    if not found:
        sys.exit(f"no fault {name}; there are: {', '.join(fault.name for fault in FAULTS)}")
    fault = found[0]
    if fault.edits:
        os.execvp(command[0], [*command[:-1], edited(fault, command[-1])])  # noqa: S606 - the shell that was asked for
    match command:
        case [_, "-m", module, *_]:
            pass
        case _:
            sys.exit(f"cannot break {' '.join(command)}: it is no `python -m MODULE`\n{USAGE}")
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


def main() -> None:
    """List, or start."""
    match sys.argv[1:]:
        case ["--json"]:
            sys.stdout.write(listing() + "\n")
        case [name, "--", *command]:
            start(name, command)
        case _:
            sys.exit(USAGE)


if __name__ == "__main__":
    main()
