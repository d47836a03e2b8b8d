"""
The web front: `python -m systems.jobsources.web`.

A page that says what this is, and its health, on PORT (3002) of HOST.
"""

from __future__ import annotations

import os
import sys

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured, Reader, integer
from systems.jobsources import front


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong."""
    reader = Reader(os.environ)
    host = reader.optional("HOST", str, "127.0.0.1")
    port = reader.optional("PORT", integer(1, 65535), 3002)
    try:
        reader.check()
    except Misconfigured as problem:
        server.refuse(problem, {"PORT": "1 to 65535"})
        sys.exit(1)
    logs.start()
    server.serve(front.application(), host=host, port=port)


if __name__ == "__main__":
    main()
