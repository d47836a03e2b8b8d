"""The vectors of the contract, as the stand-in's tests read them."""

from __future__ import annotations

import json
from typing import Any

from tests.systems.deployment import ROOT

VECTORS: dict[str, Any] = json.loads(
    (ROOT / "tests/systems/marketplace/vectors.json").read_text(encoding="utf-8")
)


def cases(kind: str, *bindings: str) -> list[dict[str, Any]]:
    """The cases of a kind with one of these bindings; none told: those that bind."""
    wanted = bindings or ("must", "defect")
    return [case for case in VECTORS[kind]["cases"] if case["binding"] in wanted]
