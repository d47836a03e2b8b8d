"""
What an artifact knows of itself: its commit and its version, in a file that a build writes.

    python -m systems.marketplace.release              the commit
    python -m systems.marketplace.release write FILE   lines of NAME=value

A stand-in that nobody released has the digest of its own tree for a commit: 40 hexadecimal digits. RELEASE_FILE names
the file; what stands there is read as if it were the environment, which wins.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis import tree
from systems.chassis.settings import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "0.2.0"
DIGITS = 40


def commit() -> str:
    """The commit of these programs."""
    return tree.digest("marketplace").partition(":")[2][:DIGITS]


def write(file: Path) -> None:
    """Write it down, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(f"GIT_COMMIT={commit()}\nAPP_VERSION={VERSION}\n", encoding="utf-8")
    draft.replace(file)


def laid_under(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, on top of what the artifact knows of itself: nothing, where there is none yet."""
    name = environ.get("RELEASE_FILE", "")
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines() if name else []
    except FileNotFoundError:
        lines = []
    except OSError:
        raise Misconfigured((), ("RELEASE_FILE",)) from None
    return {key: value for key, _, value in (line.partition("=") for line in lines)} | {**environ}


def main() -> None:
    """Say it, or write it down."""
    match sys.argv[1:]:
        case []:
            sys.stdout.write(f"{commit()}\n")
        case ["write", name]:
            write(Path(name))
        case _:
            sys.exit("usage: python -m systems.marketplace.release [write FILE]")


if __name__ == "__main__":
    main()
