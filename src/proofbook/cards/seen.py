"""How often each claim was seen to fail: what `proofbook faults` left in `reports/faults/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FAULTS = "reports/faults"


@dataclass(frozen=True, slots=True)
class Seen:
    """Under how many of the faults that are to break it a claim was seen to fail."""

    seen: int
    of: int
    faults: tuple[str, ...]


def read(text: str, path: str) -> Mapping[str, Seen]:
    """Claim → how often it was seen to fail; `ReportError` where `text` is not such a report."""
    try:
        whole = json.loads(text)
        if whole["schema"] != 1:
            raise ReportError(
                f"{path}: schema {whole['schema']} is unknown; read it with a newer proofbook."
            )
        return {
            str(claim): Seen(int(found["seen"]), int(found["of"]), tuple(map(str, found["faults"])))
            for claim, found in whole["claims"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReportError(
            f"{path}: this is no count of faults; run `proofbook faults` for its system again."
        ) from None


def read_all(root: Path) -> Mapping[str, Seen]:
    """The counts of every system under `root`; `ReportError` where one cannot be read."""
    found: dict[str, Seen] = {}
    for file in sorted((root / FAULTS).glob("*.json")):
        path = f"{FAULTS}/{file.name}"
        try:
            text = file.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError(f"{path}: it cannot be read: {error}.") from None
        found |= read(text, path)
    return found
