"""The contract's test vectors, as they stand in `vectors/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("vectors")


def vectors(name: str) -> Any:
    """What `vectors/<name>.json` holds."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
