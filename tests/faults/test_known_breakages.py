"""Each way in which such a system was seen to break is a fault here, and some claim turns fail under it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from proofbook.stack.faults import faults
from proofbook.targets import load

ROOT = Path(__file__).parents[2]
KNOWN = tomllib.loads((ROOT / "tests" / "faults" / "known_breakages.toml").read_text("utf-8"))
#: M2 and M3 speak of windows and pages of which the runbook says nothing; D12 is of an old Compose.
NUMBERS = {
    *(f"Q{n}" for n in range(1, 14)),
    *(f"S{n}" for n in range(1, 14)),
    *(f"W{n}" for n in range(1, 5)),
    *(f"M{n}" for n in (1, 4, 5, 6)),
    *(f"D{n}" for n in range(1, 12)),
}


def test_no_breakage_is_left_out() -> None:
    """By its number."""
    assert set(KNOWN) == NUMBERS


def test_each_breakage_has_faults_that_break_a_claim() -> None:
    """All of them are there, in a target or its launcher."""
    targets = [load(ROOT, path.stem) for path in (ROOT / "targets").glob("*.toml")]
    ours = [each for each in targets if each.kind == "stand-in" and "coreos" in each.systems]
    breaks = {f.name: f.breaks for target in ours for f in faults(target, "coreos", ROOT)}

    named = {name for known in KNOWN.values() for name in known["faults"]}

    assert named - {name for name, broken in breaks.items() if broken} == set()
    assert all(known["faults"] for known in KNOWN.values())
