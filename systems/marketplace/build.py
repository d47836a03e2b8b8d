"""
Build the artifact: `python -m systems.marketplace.build`.

It compiles and imports every program of this package, reads every query and migration, and writes RELEASE_FILE
(.cache/marketplace/release.env). Anything that is missing or broken ends it with 1: a checkout that does not hold all builds nothing.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from systems.chassis import queries
from systems.marketplace import migration_table, release

HERE = Path(__file__).parent
FILE = ".cache/marketplace/release.env"


def build(file: Path) -> None:
    """Look at everything, then say which release it is. Raises what is wrong."""
    for module in sorted(HERE.glob("*.py")):
        importlib.import_module(f"systems.marketplace.{module.stem}")
    if not queries.load(HERE / "sql") or not migration_table.read(HERE / "migrations"):
        raise FileNotFoundError("the queries or the migrations are not in this checkout")
    release.write(file)


def main() -> None:
    """Build, and say what was built."""
    file = Path(os.environ.get("RELEASE_FILE") or FILE)
    try:
        build(file)
    except (ImportError, SyntaxError, OSError) as problem:
        sys.exit(f"build: {type(problem).__name__}: {problem}")
    sys.stdout.write(f"built {release.VERSION} of {release.commit()}\n")


if __name__ == "__main__":
    main()
