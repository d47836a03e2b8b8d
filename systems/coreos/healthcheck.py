"""
What a container's HEALTHCHECK asks: `python -m systems.coreos.healthcheck api | worker`; exit 0 if it is well.

Of the API, whether its health page answers 200; of a worker, which listens nowhere, whether it runs.
"""

from __future__ import annotations

import http.client
import os
import sys
from pathlib import Path

PAGE = "/api/worker/health"
#: Shorter than the five seconds that the container gives it.
SECONDS = 4
OK = 200
#: States of `/proc/<pid>/stat` in which nothing runs.
ENDED = "ZX"


def api_is_well(port: int) -> bool:
    """Whether the API on this port says that it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", PAGE)
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker_is_well(processes: Path = Path("/proc")) -> bool:
    """Whether a worker's process runs."""
    return any(_is_worker(entry) for entry in processes.iterdir() if entry.name.isdigit())


def _is_worker(entry: Path) -> bool:
    try:
        words = (entry / "cmdline").read_bytes().split(b"\0")
        state = (entry / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return words[1:3] == [b"-m", b"systems.coreos.worker"] and state not in ENDED


def main() -> None:
    """Answer by the exit code."""
    match sys.argv[1:]:
        case ["api"]:
            sys.exit(not api_is_well(int(os.environ.get("PORT") or 3001)))
        case ["worker"]:
            sys.exit(not worker_is_well())
        case _:
            sys.exit("usage: python -m systems.coreos.healthcheck api | worker")


if __name__ == "__main__":
    main()
