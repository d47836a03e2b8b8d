"""Remove what a stack left in Docker: `python -m proofbook.stack.sweeping NAME`, the warden's last act."""

from __future__ import annotations

import sys

from proofbook.stack.docker import connect, sweep

if __name__ == "__main__":
    client = connect()
    sweep(client, sys.argv[1])
    client.close()
