"""Faults come from the target and from a launcher, which must say what it has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import StackError, TargetError
from proofbook.stack import Fault, fault, faults
from proofbook.stack.faults import strange
from proofbook.targets import Overlay
from tests.engine.stack.tiny import target_of

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
kind = "twin"
[systems.demo.api]
command = ["api"]
[systems.demo.api.faults.no-lease]
env = { LEASE = "0" }
breaks = ["demo.claimed-once"]
unaffected = ["demo.health"]
[systems.demo.commands.build]
command = ["build"]
[systems.demo.commands.build.faults.leak]
command = ["build", "--leak"]
breaks = ["demo.no-leak"]
"""

LAUNCHED = """
kind = "twin"
[systems.demo]
faults_from = ["{python}", "-IS", "faults.py"]
[systems.demo.api]
command = ["api"]
"""


def test_faults_of_the_target() -> None:
    """Processes and commands may each have some."""
    found = faults(target_of(OWN), "demo", root=None)  # type: ignore[arg-type]

    assert found == (
        Fault(
            system="demo",
            process="api",
            name="no-lease",
            overlay=Overlay(
                env={"LEASE": "0"}, breaks=("demo.claimed-once",), unaffected=("demo.health",)
            ),
            breaks=("demo.claimed-once",),
            unaffected=("demo.health",),
        ),
        Fault(
            system="demo",
            process="build",
            name="leak",
            overlay=Overlay(command=("build", "--leak"), breaks=("demo.no-leak",)),
            breaks=("demo.no-leak",),
        ),
    )


def test_faults_of_a_service() -> None:
    """What systems share is broken for each of them, as far as its own claims go."""
    text = """
kind = "twin"
[services.store]
command = ["pg"]
[services.store.faults.open]
env = { DOOR = "open" }
breaks = ["demo.closed", "shop.closed"]
[services.store.faults.other]
env = { DOOR = "none" }
breaks = ["shop.served"]
[systems.demo.api]
command = ["api"]
"""
    (found,) = faults(target_of(text), "demo", root=None)  # type: ignore[arg-type]

    assert (found.process, found.name, found.breaks) == ("services.store", "open", ("demo.closed",))


def test_faults_of_a_launcher(tmp_path: Path) -> None:
    """The launcher's own list, with the launcher's command to start the process broken."""
    listed = """[{"name": "no-lease", "process": "api", "breaks": ["demo.claimed-once"],
        "unaffected": ["demo.health"], "reason": "held by two"},
        {"name": "slow", "process": "api", "breaks": ["demo.fast"]}]"""
    (tmp_path / "faults.py").write_text(
        f"import sys\nif sys.argv[1:] == ['--json']: print('''{listed}''')"
    )
    launcher = (sys.executable, "-IS", "faults.py")

    found = faults(target_of(LAUNCHED), "demo", tmp_path)

    assert found == (
        Fault(
            system="demo",
            process="api",
            name="no-lease",
            launcher=launcher,
            breaks=("demo.claimed-once",),
            unaffected=("demo.health",),
            reason="held by two",
        ),
        Fault(system="demo", process="api", name="slow", launcher=launcher, breaks=("demo.fast",)),
    )
    assert fault(target_of(LAUNCHED), "demo.slow", tmp_path) == found[1]
    assert str(found[1]) == "demo.slow"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "demo.leaky",
            (
                "targets/demo.toml:1: there is no fault 'leaky' of demo. "
                "Did you mean leak? `proofbook faults demo --plan` lists all 2."
            ),
        ),
        (
            "demo",
            (
                "targets/demo.toml:1: there is no fault '' of demo. "
                "`proofbook faults demo --plan` lists all 2."
            ),
        ),
        ("other.x", "targets/demo.toml:1: there is no system other here; there are: demo."),
    ],
)
def test_a_fault_that_is_not_there(tmp_path: Path, name: str, message: str) -> None:
    """The message says what may have been meant, and who lists all."""
    with pytest.raises(TargetError) as unknown:
        fault(target_of(OWN), name, tmp_path)

    assert str(unknown.value) == message


def test_who_has_no_fault_lists_none() -> None:
    """Of one system or of several."""
    assert strange("x", ["demo", "twin"], []) == (
        "there is no fault 'x' of demo or twin, nor any other."
    )


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit('no way')", "ended with code 1: no way\n"),
        ("print('soon')", "printed no JSON: 'soon\\n'"),
        (
            "print('{}')",
            "must print a list of objects with name, process, breaks, unaffected, reason",
        ),
        (
            """print('[{"name": "x", "process": "api", "breaks": "all"}]')""",
            "must print a list of objects with name, process, breaks, unaffected, reason",
        ),
        (
            """print('[{"name": "x", "process": "api", "breaks": [], "more": 1}]')""",
            "must print a list of objects with name, process, breaks, unaffected, reason",
        ),
    ],
)
def test_a_launcher_that_misbehaves(tmp_path: Path, program: str, message: str) -> None:
    """What it did instead is named, with its command."""
    (tmp_path / "faults.py").write_text(program)

    with pytest.raises(StackError) as wrong:
        faults(target_of(LAUNCHED), "demo", tmp_path)

    assert str(wrong.value) == f"{sys.executable} -IS faults.py --json {message}"


def test_a_launcher_that_does_not_exist(tmp_path: Path) -> None:
    """The system's own reason is given."""
    text = LAUNCHED.replace('["{python}", "-IS", "faults.py"]', '["./faults"]')

    with pytest.raises(StackError) as gone:
        faults(target_of(text), "demo", tmp_path)

    assert str(gone.value) == (
        "./faults --json cannot be run: [Errno 2] No such file or directory: './faults'"
    )
