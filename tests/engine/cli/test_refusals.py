"""What verbs refuse before they start anything: said in a moment, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.cli import main

if TYPE_CHECKING:
    from tests.engine.cli.conftest import Project


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["demo.count"], 3, "Error: there is no claim 'demo.count'. Did you mean demo.counted?\n"),
        (["dmeo"], 3, "Error: there is no system 'dmeo'. Did you mean demo?\n"),
        (["zzz"], 3, "Error: there is no system 'zzz'. The runbooks know these systems: demo.\n"),
        (
            ["demo", "*.zzz"],
            5,
            (
                "nothing was inspected: no claim matches *.zzz. "
                "`proofbook verify --plan` lists them all.\n"
            ),
        ),
    ],
)
def test_words_that_mean_nothing(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that does not exist is a mistake; a glob that matches nothing inspected nothing."""
    assert main(["verify", *words]) == code
    assert capsys.readouterr().err.endswith(said)


@pytest.mark.parametrize("verb", ["verify", "lint", "up", "status", "faults demo", "site build"])
def test_a_folder_outside_any_project(
    verb: str, inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the line that makes one."""
    (inside.root / "gates.toml").unlink()
    assert main(verb.split()) == 3
    assert capsys.readouterr().err.endswith(
        f"Error: no gates.toml in {inside.root} or above it: this is no Proofbook project. "
        "Go to yours, or make one here with `touch gates.toml`.\n"
    )


@pytest.mark.parametrize("verb", ["verify", "lint", "faults demo"])
def test_a_runbook_that_is_wrong(
    verb: str, inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every problem, as `path:line: message`."""
    inside.change("runbooks/demo/counting.md", "600 ms", "600 mss")
    inside.write("runbooks/demo/other.md", "> **demo.fast** — It is `fast = 1` again.\n")
    assert main(verb.split()) == 3
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("runbooks/demo/counting.md:10: ")
    assert {line.partition(":")[0] for line in lines} == {
        "runbooks/demo/counting.md",
        "runbooks/demo/other.md",
    }


def test_a_project_without_checks(inside: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can have been inspected."""
    (inside.root / "checks").rename(inside.root / "else")
    assert main(["verify"]) == 5
    assert capsys.readouterr().err == (
        f"nothing was inspected: there is no folder {inside.root}/checks. Write a check there.\n"
    )


def test_a_project_that_claims_nothing(inside: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """No promise, no proof."""
    (inside.root / "runbooks").rename(inside.root / "else")
    assert main(["verify"]) == 5
    assert capsys.readouterr().err == (
        "nothing was inspected: the runbooks state no claim. Write one first.\n"
    )


def test_reports_that_cannot_be_written(
    inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The machine's fault, told before anything runs."""
    inside.write("reports", "a file")
    assert main(["verify"]) == 20
    error = capsys.readouterr().err
    assert error.startswith("reports/runs/")
    assert "cannot be written: Not a directory. Earlier runs are untouched." in error


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["moon"], 3, "targets/local.toml:1: there is no system moon here; there are: demo.\n"),
        (
            ["demo", "--only", "zzz"],
            3,
            "Error: there is no fault 'zzz' of demo. `proofbook faults demo --plan` lists all 1.\n",
        ),
        (["demo", "--target", "moon"], 3, "targets/moon.toml:1: there is no such target. "),
        (["demo", "-j", "0"], 3, "Error: Invalid value for '-j': 0 is not in the range x>=1.\n"),
    ],
)
@pytest.mark.usefixtures("inside")
def test_faults_that_do_not_exist(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What there is instead is listed."""
    assert main(["faults", *words]) == code
    assert said in capsys.readouterr().err


def test_a_fault_that_speaks_of_no_claim(
    inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not planted, and that is no success."""
    inside.change("targets/local.toml", 'unaffected = ["demo.fast"]', 'unaffected = ["demo.slow"]')
    assert main(["faults", "demo", "--only", "miscount"]) == 5
    assert (
        "✗ demo.miscount\n"
        "    demo.counted no verdict: not planted: no runbook states demo.slow; "
        "correct the fault or claim it\n"
    ) in capsys.readouterr().out


def test_two_faults_of_one_name(inside: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could say which of them is to be planted."""
    target = (inside.root / "targets" / "local.toml").read_text()
    other = target.partition("[systems")[2].replace("demo.counter", "demo.other")
    inside.write("targets/local.toml", f"{target}\n[systems{other}")
    assert main(["faults", "demo"]) == 3
    assert capsys.readouterr().err == (
        "targets/local.toml:1: two faults are called demo.miscount; "
        "give one of them another name.\n"
    )


def test_a_system_without_faults(inside: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing planted is nothing seen."""
    target = (inside.root / "targets" / "local.toml").read_text()
    inside.write("targets/local.toml", target.partition("[systems.demo.counter.faults")[0])
    assert main(["faults", "demo"]) == 5
    assert capsys.readouterr().err == (
        "nothing was planted: targets/local.toml knows no fault of demo.\n"
    )


@pytest.mark.usefixtures("inside")
def test_nothing_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Asking is no error of its own, and neither is ending nothing."""
    assert main(["status"]) == 5
    assert main(["status", "--json"]) == 5
    assert main(["down"]) == 0
    assert capsys.readouterr().out == (
        "nothing stands; `proofbook up` starts the local target\nnull\nnothing stood\n"
    )
