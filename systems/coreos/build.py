"""
Build a release: freeze the public values of the environment.

`python -m systems.coreos.build` writes the eight NEXT_PUBLIC_* values of this moment to COREOS_BUILD_DIR, or else to
the user's cache; the API shows those and never what its own environment says later. The build's output names variables,
never values.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = (
    "NEXT_PUBLIC_FIREBASE_API_KEY",
    "NEXT_PUBLIC_FIREBASE_AUTH_DOMAIN",
    "NEXT_PUBLIC_FIREBASE_PROJECT_ID",
    "NEXT_PUBLIC_FIREBASE_STORAGE_BUCKET",
    "NEXT_PUBLIC_FIREBASE_MESSAGING_SENDER_ID",
    "NEXT_PUBLIC_FIREBASE_APP_ID",
    "NEXT_PUBLIC_AUTH_MODE",
    "NEXT_PUBLIC_SUPER_ADMIN_ID",
)


def folder(environ: Mapping[str, str]) -> Path:
    """Where builds are kept."""
    said = environ.get("COREOS_BUILD_DIR")
    return Path(said) if said else Path(environ.get("HOME") or Path.home()) / ".cache" / "coreos"


def write(environ: Mapping[str, str]) -> list[str]:
    """Freeze the public values; the names of those that were there."""
    values = {name: environ[name] for name in NAMES if environ.get(name)}
    target = folder(environ) / "public.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(values), encoding="utf-8")
    draft.replace(target)
    return list(values)


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """The values of the last build; none if nothing was built."""
    try:
        text = (folder(environ) / "public.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return {str(name): str(value) for name, value in json.loads(text).items()}


def main() -> None:
    """Build, and say what went in."""
    frozen = write(os.environ)
    sys.stdout.write(f"built coreos: {len(frozen)} of {len(NAMES)} public values frozen\n")
    for name in NAMES:
        sys.stdout.write(f"  {name}: {'frozen' if name in frozen else 'absent'}\n")


if __name__ == "__main__":
    main()
