"""
What the bridge adds to pytest, on 10,000 trivial checks: 100 claims with 100 cases each.

The baseline is plain pytest on the same files with the same marks and one fixture that does nothing.
Rounds of both alternate; the ratio is the median of each round's, in processor time, which other work
on the machine disturbs less than the clock. At most 1.10 is wanted. Beside it stands the ratio of the
quickest of each: other work only ever adds to either.

Beside it stands what 10,000 claims with one case each cost: there the runbook's 10,000 sentences are
read and as many rows are written and printed, which plain pytest has no counterpart of.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

CHECKS = 10_000
FILES = 20
CASES = 100
ROUNDS = 9
WANTED = 1.10

_CONFTEST = """
import pytest

@pytest.fixture
def claim():
    pass
"""
_INI = "[pytest]\nmarkers = claim(id)\naddopts = -q -p no:valkey -p no:locust\n"
_TARGET = 'kind = "twin"\n[systems.shop.api]\nurl = "http://shop.invalid"\n'


def main(checks: int = CHECKS, rounds: int = ROUNDS) -> int:
    """Print both ratios; 1 if the first is more than is wanted."""
    ratio = _measured(f"{checks // CASES} claims of {CASES} cases", checks, CASES, rounds)
    _measured(f"{checks} claims of one case", checks, 1, max(1, rounds // 4))
    return int(ratio > WANTED)


def _measured(what: str, checks: int, cases: int, rounds: int) -> float:
    """Print and give the ratio of one shape of a project."""
    with tempfile.TemporaryDirectory(prefix="proofbook-bench-") as folder:
        plain, bridged = Path(folder) / "plain", Path(folder) / "bridged"
        for root in (plain, bridged):
            _write(root, checks, cases)
        (plain / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
        for root in (plain, bridged):  # once without a stopwatch: pytest compiles the files
            _seconds(root)
        times = [(_seconds(plain), _seconds(bridged)) for _ in range(rounds)]
    before, after = min(before for before, _ in times), min(after for _, after in times)
    ratios = sorted(b / a for a, b in times)
    print(f"{what}: plain pytest {before:.2f} s, with claims {after:.2f} s of processor time")
    print(
        f"  ratio {median(ratios):.3f} (at most {WANTED:.2f} wanted), rounds {ratios[0]:.3f} to "
        f"{ratios[-1]:.3f}; the quickest of each {after / before:.3f}"
    )
    return median(ratios)


def _write(root: Path, checks: int, cases: int) -> None:
    """A project: a page of the runbook and a file of checks for each part."""
    claims = checks // cases
    files = min(FILES, claims)
    for part in range(files):
        ids = [f"c{part:02}-{n:04}" for n in range(claims // files)]
        page = "".join(f"> **shop.{id_}** — It holds.\n\n" for id_ in ids)
        mark = f'@pytest.mark.parametrize("n", range({cases}))\n' if cases > 1 else ""
        named = "claim, n" if cases > 1 else "claim"
        tests = "".join(
            f'@pytest.mark.claim("shop.{id_}")\n{mark}def test_{id_.replace("-", "_")}({named}):\n'
            "    pass\n\n\n"
            for id_ in ids
        )
        _put(root / f"runbooks/shop/p{part:02}.md", f"---\nowner: a\nescalation: b\n---\n\n{page}")
        _put(root / f"checks/shop/test_p{part:02}.py", f"import pytest\n\n\n{tests}")
    _put(root / "gates.toml", "schema = 1\n")
    _put(root / "targets/local.toml", _TARGET)
    _put(root / "pytest.ini", _INI)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _seconds(root: Path) -> float:
    """Processor time of one session of pytest."""
    plain = ["-p", "no:proofbook"] if root.name == "plain" else []
    # What a session has compiled, the next one finds.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "pytest", *plain, "checks"],
        cwd=root,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**env, "GIT_CEILING_DIRECTORIES": str(root.parent)},
    )
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


if __name__ == "__main__":
    sys.exit(main())
