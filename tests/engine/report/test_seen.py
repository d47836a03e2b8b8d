"""The matrix of faults as a person and the site read it."""

from __future__ import annotations

import json
from io import StringIO

from rich.console import Console

from proofbook.matrix import Cell, Seen, State
from proofbook.report import seen

CELLS = (
    Cell(fault="coreos.no-fencing", claim="coreos.zombie-refused", state=State.SEEN, why="[200]"),
    Cell(fault="coreos.no-fencing", claim="coreos.healthy", state=State.HELD),
    Cell(fault="coreos.late", claim="coreos.claimed-once", state=State.UNSEEN, why="it held"),
    Cell(
        fault="coreos.late", claim="coreos.healthy", state=State.NOT_ASKED, why="no \x1b[1mDocker"
    ),
)
CLAIMS = {
    "coreos.zombie-refused": Seen(seen=1, faults=("coreos.no-fencing",)),
    "coreos.claimed-once": Seen(seen=0, faults=("coreos.late",)),
    "coreos.healthy": Seen(seen=0, faults=()),
}


def shown(*things: object) -> str:
    """What a log shows of them."""
    out = StringIO()
    Console(file=out, width=100, markup=False).print(*things)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def test_the_tables_show_each_fault_then_each_claim() -> None:
    """What each fault did, why, and how often each claim was seen to fail."""
    assert shown(seen.tables(CELLS, CLAIMS)) == (
        "fault              claim                  outcome         why\n"
        "coreos.no-fencing  coreos.zombie-refused  ✓ seen to fail  [200]\n"
        "                   coreos.healthy         · held\n"
        "coreos.late        coreos.claimed-once    ✗ not seen      it held\n"
        "                   coreos.healthy         ? not asked     no Docker\n"
        "\n"
        "claim                  seen to fail        by\n"
        "coreos.zombie-refused  1/1                 no-fencing\n"
        "coreos.claimed-once    0/1                 late\n"
        "coreos.healthy         no fault breaks it\n"
        "\n"
    )


def test_the_line_of_a_fault_says_what_went_wrong_with_it() -> None:
    """One line where all is as it must be; one more for each claim that is not."""
    assert shown(seen.line("coreos.no-fencing", CELLS[:2])) == "✓ coreos.no-fencing\n"
    assert shown(seen.line("coreos.late", CELLS[2:])) == (
        "✗ coreos.late\n    coreos.claimed-once not seen: it held\n"
    )


def test_the_site_reads_counts_and_names() -> None:
    """How often seen, of how many, under which names."""
    text = seen.to_json("coreos", "local", "2026-11-21T12:34:56Z", CLAIMS)
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "schema": 1,
        "system": "coreos",
        "target": "local",
        "at": "2026-11-21T12:34:56Z",
        "claims": {
            "coreos.zombie-refused": {"seen": 1, "of": 1, "faults": ["coreos.no-fencing"]},
            "coreos.claimed-once": {"seen": 0, "of": 1, "faults": ["coreos.late"]},
            "coreos.healthy": {"seen": 0, "of": 0, "faults": []},
        },
    }
