"""
The digest of a stand-in's own tree: what its release is called where nobody released it.

    python -m systems.chassis.tree coreos      → sha256:…

It covers every program, query and migration of the system and of this chassis; faults are not part
of the service.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

_KINDS = (".py", ".sql", ".html", ".css", ".js")
_SYSTEMS = Path(__file__).parent.parent


def digest(system: str) -> str:
    """`sha256:` and 64 hexadecimal digits over names and bytes, in the order of the names."""
    found = hashlib.sha256()
    for folder in (_SYSTEMS / "chassis", _SYSTEMS / system):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(_SYSTEMS).as_posix()
            if path.suffix in _KINDS and "/faults" not in name:
                found.update(f"{name}\0{path.stat().st_size}\0".encode())
                found.update(path.read_bytes())
    return f"sha256:{found.hexdigest()}"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (_SYSTEMS / sys.argv[1]).is_dir():  # noqa: PLR2004 - program, system
        sys.exit("usage: python -m systems.chassis.tree SYSTEM")
    print(digest(sys.argv[1]))  # noqa: T201 - a program's answer
