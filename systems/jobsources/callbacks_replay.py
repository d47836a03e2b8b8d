"""
Replay the dead letters: `python -m systems.jobsources.callbacks_replay`, in the worker's environment.

The last line of its output is `{"total", "sent", "failed"}`; exit 0 if every letter went, else 1.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured
from systems.jobsources import worker_settings
from systems.jobsources.letters import Letters
from systems.jobsources.replay import Replay
from systems.jobsources.sender import Sender


def main() -> None:
    """Answer by the exit code."""
    try:
        settings = worker_settings.read_callbacks(os.environ)
    except Misconfigured as problem:
        server.refuse(problem, worker_settings.WANTED)
        sys.exit(1)
    logs.start(worker_settings.secrets(os.environ))
    counts = asyncio.run(Replay(Sender(settings), Letters(settings.letters)).run())
    sys.stdout.write(json.dumps(counts.shown()) + "\n")
    sys.exit(counts.exit_code)


if __name__ == "__main__":
    main()
