"""`proofbook faults`: each check is seen to fail, or is told that it was not."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook import runs

if TYPE_CHECKING:
    from proofbook.evidence import Run
    from tests.engine.cli.conftest import Project

pytestmark = pytest.mark.slow

MORE = """
[systems.demo.counter.faults.idle]
env = { UNUSED = "1" }
breaks = ["demo.counted"]

[systems.demo.counter.faults.crashing]
command = ["{python}", "-c", "raise SystemExit(7)"]
breaks = ["demo.counted"]

[systems.demo.counter.faults.elsewhere]
env = { COUNT = "4" }
breaks = ["demo.survives"]
unaffected = ["demo.counted"]
"""


def lines(text: str) -> list[str]:
    """The lines of a table, their columns forgotten."""
    return [" ".join(line.split()) for line in text.splitlines()]


def running_in(root: Path) -> list[str]:
    """Command lines of processes whose working directory is below a folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cwd").readlink().is_relative_to(root):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def project_runs(project: Project) -> list[Run]:
    """The runs that a matrix kept."""
    files = (project.root / "reports" / "faults" / "demo").glob("*/run.json")
    return [runs.from_json(file.read_text()) for file in files]


def test_a_check_that_sees_its_fault_is_counted_for_the_site(project: Project) -> None:
    """Only that fault is planted; with all claims that it speaks of."""
    ended = project.run("faults", "demo", "--only", "miscount")
    assert (ended.code, ended.err) == (0, "")
    assert lines(re.sub(r"after \d+ s", "after", ended.out)) == [
        "✓ demo.miscount 1/1 after",
        "fault claim outcome why",
        "demo.miscount demo.counted ✓ seen to fail assert 'counted 5' in 'counted 4\\n'",
        "demo.fast · held",
        "",
        "claim seen to fail by",
        "demo.counted 1/1 miscount",
        "",
        "1 faults: 0 not as they must be · 1 of 1 claims seen to fail under every fault of theirs",
    ]
    assert not (project.root / "reports" / "faults").exists(), "one fault is not all of them"
    left = [path.name for path in (project.root / "reports").glob("*")]
    assert left == [], "no evidence comes of a sabotaged run"


def test_few_faults_are_enough_to_break_each_claim(project: Project) -> None:
    """A claim that none breaks is told all the same; what was left out is not counted for the site."""
    target = (project.root / "targets" / "local.toml").read_text()
    project.write("targets/local.toml", target + MORE)
    ended = project.run("faults", "demo", "--cover")
    told = lines(ended.out)
    # Faults run beside each other, and each is told when it is done.
    done = [line.split()[1] for line in told if line.startswith(("✓", "✗"))]
    assert set(done[:2]) == {"demo.miscount", "demo.elsewhere"}
    assert told[-1].startswith("2 faults: 1 not as they must be")
    assert "1 that no fault breaks: demo.fast" in told[-1]
    assert ended.code == 1
    assert not (project.root / "reports" / "faults" / "demo.json").exists()


def test_faults_that_were_not_seen_and_claims_that_none_breaks_fail_the_run(
    project: Project,
) -> None:
    """Idle faults, crashes, disturbances and what was not permitted are each told apart."""
    target = (project.root / "targets" / "local.toml").read_text()
    project.write("targets/local.toml", target + MORE)
    ended = project.run("faults", "demo", "--json")
    assert ended.code == 1
    assert ended.out == (project.root / "reports" / "faults" / "demo.json").read_text()
    whole = json.loads(ended.out)
    names = ["demo.miscount", "demo.idle", "demo.crashing"]
    assert whole["claims"] == {
        "demo.counted": {"seen": 1, "of": 3, "faults": names},
        "demo.fast": {"seen": 0, "of": 0, "faults": []},
        "demo.survives": {"seen": 0, "of": 1, "faults": ["demo.elsewhere"]},
    }
    told = lines(ended.err)
    kept = sorted(f"reports/faults/demo/{run.id}/" for run in project_runs(project))
    assert kept == sorted(re.findall(r"\(see (.*)\)", ended.err))
    assert len(kept) == 5  # two showed nothing, and were tried once more
    assert list((project.root / kept[0]).glob("logs/**/*.log")), "and what was started there said"
    assert (
        "demo.counted not seen: it held: the fault did not take hold, or the check is blind to it"
        in told[told.index("✗ demo.idle") + 1]
    )
    assert "demo.counted no verdict: it did not start" in told[told.index("✗ demo.crashing") + 1]
    assert "demo.counted disturbed: assert" in told[told.index("✗ demo.elsewhere") + 1]
    assert told[-1] == (
        "4 faults: 3 not as they must be · "
        "0 of 3 claims seen to fail under every fault of theirs · "
        "1 that no fault breaks: demo.fast · 1 not asked"
    )


def test_what_the_target_does_not_permit_needs_no_fault_there(project: Project) -> None:
    """Another target asks it; its counts stand beside these."""
    project.change(
        "runbooks/demo/counting.md",
        "> **demo.fast** — An answer comes with `p95 <= 600 ms` at `rate = 200 req/s`.\n\n",
        "",
    )
    checks = (project.root / "checks" / "demo" / "test_counting.py").read_text()
    start, end = (
        checks.index('@pytest.mark.claim("demo.fast")'),
        checks.index('@pytest.mark.claim("demo.survives")'),
    )
    project.write("checks/demo/test_counting.py", checks[:start] + checks[end:])
    project.change("targets/local.toml", 'unaffected = ["demo.fast"]\n', "")
    project.write("targets/other.toml", (project.root / "targets" / "local.toml").read_text())

    ended = project.run("faults", "demo", "--target", "other")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == (
        "1 faults: 0 not as they must be · "
        "1 of 1 claims seen to fail under every fault of theirs · 1 not asked"
    )
    written = [file.name for file in (project.root / "reports" / "faults").iterdir()]
    assert written == ["demo.other.json"]


def test_all_systems_are_broken_in_one_go(project: Project) -> None:
    """What came of each is told, and written, for itself; one that no runbook speaks of has nothing to show."""
    for path, other in (
        ("runbooks/demo/counting.md", "runbooks/twin/counting.md"),
        ("checks/demo/conftest.py", "checks/twin/conftest.py"),
        ("checks/demo/test_counting.py", "checks/twin/test_twin.py"),
    ):
        project.write(other, (project.root / path).read_text().replace("demo", "twin"))
    target = (project.root / "targets" / "local.toml").read_text()
    systems = target[target.index("[systems") :]
    others = (systems.replace("demo", name) for name in ("twin", "unspoken"))
    project.write("targets/local.toml", "\n".join([target, *others]))

    ended = project.run("faults")
    for_a_script = project.run("faults", "--json")

    assert (ended.code, ended.err) == (1, "")
    said = lines(ended.out)
    done = [line.split()[1] for line in said if re.search(r"\d/2 after \d+ s$", line)]
    assert sorted(done) == ["demo.miscount", "twin.miscount"]
    came_to = (
        "1 faults: 0 not as they must be · 1 of 2 claims seen to fail under every fault of theirs · "
        "1 that no fault breaks: {0}.fast · 1 not asked"
    )
    assert [line for line in said if " faults: " in line] == [
        f"{system}: {came_to.format(system)}" for system in ("demo", "twin")
    ]
    for system in ("demo", "twin"):
        written = json.loads((project.root / "reports" / "faults" / f"{system}.json").read_text())
        assert written["claims"][f"{system}.counted"]["faults"] == [f"{system}.miscount"]
    assert (for_a_script.code, for_a_script.out) == (3, "")
    assert "--json tells of one system; name it: proofbook faults SYSTEM." in for_a_script.err


def test_ctrl_c_leaves_nothing_running(project: Project) -> None:
    """The runs that were under way end with it."""
    project.change("counter.py", 'print("counted"', 'time.sleep(60)\nprint("counted"')
    project.change("targets/local.toml", "30 s", "90 s")
    with project.start("faults", "demo") as process:
        while not any("counter.py" in command for command in running_in(project.root)):
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (10, "", "interrupted")
    assert running_in(project.root) == []
