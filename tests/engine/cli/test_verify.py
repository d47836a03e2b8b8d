"""`proofbook verify` in a project of its own, as a person and as a script run it."""

from __future__ import annotations

import json
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from proofbook import runs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.cli.conftest import Project

pytestmark = pytest.mark.slow

NOT_PERMITTED = "targets/local.toml permits exercises; this check disrupts"


def test_a_whole_run_shows_every_claim_and_leaves_its_reports(project: Project) -> None:
    """A line a claim while it runs, the table, what to do, and the count; exits on what was asked."""
    ended = project.run("verify", "-n", "2")
    assert (ended.code, ended.err) == (0, "")
    (run_id,) = project.runs()
    lines = ended.out.splitlines()
    assert lines[-1] == f"2 asked: 2 pass · 2 not asked: 1 × {NOT_PERMITTED}, 1 × awaits SRE"
    assert f"run {run_id} on local (stand-in)" in lines
    seen = "\n".join(re.sub(r" +(\d+\.\d$)?", " ", line).strip() for line in lines)
    assert (
        "runbooks/demo/counting.md\n"
        "demo.counted ✓ pass\n"
        "demo.fast ✓ pass p95 <= 600 ms → 412 ms\n"
        "demo.survives ? no_verdict not asked\n"
        "demo.known ? no_verdict not asked\n"
    ) in seen
    assert '    → write permits = "disrupts" in targets/local.toml, if that may be' in ended.out
    assert "noise" not in ended.out
    folder = project.root / "reports" / "runs" / run_id
    exports = {"ctrf.json", "junit.xml", "summary.md", "test-result.intoto.jsonl"}
    assert {f.name for f in folder.iterdir()} - exports <= {"logs", "pytest.log", "run.json"}
    assert lines[-2].startswith(f"head of the log: {run_id}:")
    assert 'classname="runbooks.demo.counting"' in (folder / "junit.xml").read_text()
    assert "3 passed" in (folder / "pytest.log").read_text()


def test_json_stands_alone_on_standard_output(project: Project) -> None:
    """A script reads the run from there and from its file alike."""
    ended = project.run("verify", "demo.fast", "--json", "-n0", cwd="runbooks/demo")
    (run_id,) = project.runs()
    assert ended.code == 0
    assert re.fullmatch(rf"head of the log: {run_id}:3:[0-9a-f]{{32}}\n", ended.err)
    assert runs.from_json(ended.out).id == run_id
    assert ended.out == (project.root / f"reports/runs/{run_id}/run.json").read_text()
    verdicts = {r["claim"]: (r["verdict"], r["note"]) for r in json.loads(ended.out)["records"]}
    assert verdicts["demo.fast"] == ("pass", "")
    assert verdicts["demo.counted"] == ("no_verdict", "not selected")


def test_a_claim_that_does_not_hold_is_1(project: Project) -> None:
    """Editing a number of the sentence is enough; the report says where and what next."""
    project.change("runbooks/demo/counting.md", "jobs = 5", "jobs = 6")
    ended = project.run("verify", "demo.counted", "demo.fast", "-n0")
    assert ended.code == 1
    (run_id,) = project.runs()
    seed = json.loads((project.root / f"reports/runs/{run_id}/run.json").read_text())["seed"]
    assert "✗ fail       demo.counted" in ended.out
    assert (
        "✗ fail\n"
        "  demo.counted  runbooks/demo/counting.md:8\n"
        "    assert 'counted 6' in 'counted 5\\n'\n"
        "    → hold checks/demo/test_counting.py::test_counts against runbooks/demo/counting.md:8, "
        f"see reports/runs/{run_id}/, then run `proofbook verify demo.counted --seed {seed}`\n"
    ) in ended.out


def test_what_cannot_be_found_out_is_5_and_never_a_pass(project: Project) -> None:
    """A guard that does not hold; the twin's own output is quoted."""
    project.change("targets/local.toml", '"counter.py"]', '"-c", "raise SystemExit(\'no store\')"]')
    ended = project.run("verify", "demo.counted", "-n0")
    assert ended.code == 5
    assert "1 asked: 1 no_verdict" in ended.out
    assert "    it did not start\n" in ended.out


def test_a_target_that_permits_too_little_inspects_nothing(project: Project) -> None:
    """Nothing asked is no pass."""
    ended = project.run("verify", "demo.survives", "-n0")
    assert ended.code == 5
    assert ended.out.splitlines()[-1].startswith(
        f"nothing was asked · 1 not asked: 1 × {NOT_PERMITTED}"
    )


def test_words_and_options_narrow_the_run(project: Project) -> None:
    """-k, and whatever stands after `--`; a claim half asked is no pass."""
    ended = project.run("verify", "demo.fast", "-k", "100", "-n0", "--", "-vv")
    assert ended.code == 5
    assert ended.out.startswith("? no_verdict demo.fast  ")
    assert "1 of 2 cases ran" in ended.out
    (run_id,) = project.runs()
    log = (project.root / f"reports/runs/{run_id}/pytest.log").read_text()
    assert "test_answers_fast[100] PASSED" in log


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "moon"], "targets/moon.toml:1: there is no such target. There are: local"),
        (["--fault", "demo.zzz"], "there is no fault 'zzz' of demo. `proofbook faults demo"),
        (["-n", "0", "--", "--zzz"], "error: unrecognized arguments: --zzz\n"),
    ],
)
def test_a_wrong_option_says_what_is_right_and_leaves_no_run(
    words: list[str], said: str, project: Project
) -> None:
    """One message on standard error, and nothing under reports/runs."""
    ended = project.run("verify", *words)
    assert (ended.code, ended.out) == (3, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert list((project.root / "reports").glob("runs/*")) == []


def test_checks_that_do_not_fit_are_refused_together(project: Project) -> None:
    """Every problem of every file, before anything runs."""
    project.change("checks/demo/test_counting.py", '"demo.fast"', '"demo.slow"')
    project.change("targets/local.toml", "permits =", "allows =")
    ended = project.run("verify")
    assert (ended.code, ended.out) == (3, "")
    assert [line.partition(": ")[0] for line in ended.err.splitlines()] == [
        "checks/demo/test_counting.py:10",
        "targets/local.toml:2",
    ]


def test_a_check_that_cannot_be_imported_is_told(project: Project) -> None:
    """With its file, and the error."""
    project.write("checks/demo/test_else.py", "import nowhere\n")
    ended = project.run("verify", "-n0")
    assert ended.code == 3
    assert "checks/demo/test_else.py:1: " in ended.err
    assert "No module named 'nowhere'" in ended.err


def test_a_project_without_checks_inspects_nothing(project: Project) -> None:
    """The claims are told one by one."""
    for file in sorted((project.root / "checks").rglob("*.py")):
        file.unlink()
    ended = project.run("verify", "-n0")
    assert ended.code == 5
    assert re.search("demo.counted +[?] no_verdict +no check +0.0\n", ended.out)


def test_a_run_with_a_planted_fault_is_marked_and_never_green(project: Project) -> None:
    """What holds under a fault proves nothing; what breaks is seen."""
    ended = project.run("verify", "demo.fast", "--fault", "demo.miscount", "-n0")
    assert ended.code == 5
    assert "planted: demo.miscount; nothing here is a verdict" in ended.out
    ended = project.run("verify", "demo.counted", "--fault", "demo.miscount", "-n0")
    assert ended.code == 1
    assert "assert 'counted 5' in 'counted 4\\n'" in ended.out


SLOW = """\
    open("waits", "w").close()
    __import__("time").sleep(600)
    assert claim["kills"]
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_ends_with_10_and_keeps_what_was_found_out(project: Project, workers: str) -> None:
    """What had ended is kept; what had not is no verdict; nothing is left running."""
    project.change("checks/demo/test_counting.py", '    assert claim["kills"]\n', SLOW)
    project.change("targets/local.toml", '"exercises"', '"disrupts"')
    with project.start("verify", "-n", workers) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(2)]
        while not (project.root / "waits").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (10, "")
    assert {line[:6] for line in lines} == {"✓ pass"}
    assert out.splitlines()[-1] == (
        "3 asked: 2 pass, 1 no_verdict · 1 not asked: 1 × awaits SRE · "
        "the run was cut short: interrupted"
    )


def test_a_path_among_the_options_is_no_place_to_look_for_settings(
    project: Project, tmp_path: Path
) -> None:
    """Target and store may lie anywhere: the project's own settings of pytest hold."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "reports").mkdir(parents=True)
    target = elsewhere / "blue.toml"
    target.write_text((project.root / "targets" / "local.toml").read_text())
    project.write("pytest.ini", "[pytest]\n")
    project.change(
        "checks/demo/test_counting.py",
        "def test_answers_fast(claim, rate):",
        "def test_answers_fast(claim, rate, pytestconfig):\n    assert pytestconfig.inipath",
    )

    ended = project.run(
        "verify", "demo.fast", "--target", str(target), "--store", str(elsewhere / "reports")
    )

    assert (ended.code, ended.err) == (0, "")
