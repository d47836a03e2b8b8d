"""
What this release is called: `python -m systems.jobsources.release`.

A stand-in that nobody released has the digest of its own tree for a revision: 40 hexadecimal digits. With
`write FILE`, the metadata of the release are written there: lines of `key=value`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis import instants, tree

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA = ".release/metadata.txt"
DIGITS = 40
IMAGES = ("api", "worker", "web")


def revision() -> str:
    """The revision of these programs."""
    return tree.digest("jobsources").partition(":")[2][:DIGITS]


def metadata(sha: str, ref: str, created_at: str) -> str:
    """The text of a release's metadata."""
    told = {"ref": ref, "sha": sha, "created_at": created_at}
    told |= {f"{image}_image": f"jobsources-{image}:{sha}" for image in IMAGES}
    return "".join(f"{key}={value}\n" for key, value in told.items())


def place(environ: Mapping[str, str]) -> Path:
    """Where the metadata lie."""
    return Path(environ.get("RELEASE_METADATA_FILE") or METADATA)


def read(path: Path) -> dict[str, str]:
    """The keys of a metadata file; none, if there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def main() -> None:
    """Say it, or write it down."""
    match sys.argv[1:]:
        case []:
            sys.stdout.write(f"{revision()}\n")
        case ["write", name]:
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            ref = os.environ.get("RELEASE_REF") or "refs/heads/main"
            path.write_text(metadata(revision(), ref, instants.now()), encoding="utf-8")
        case _:
            sys.exit("usage: python -m systems.jobsources.release [write FILE]")


if __name__ == "__main__":
    main()
