"""The public vectors of CORE OS, as its checks keep them."""

from __future__ import annotations

import json
from typing import Any

from tests.systems.deployment import ROOT


def vectors(name: str) -> Any:
    """One file of vectors."""
    file = ROOT / "checks" / "coreos" / "vectors" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))
