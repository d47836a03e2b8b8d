"""`proofbook run`, as a person uses it: walked, stopped, undone, cut off and resumed."""

from __future__ import annotations

import fcntl
import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.cli.conftest import Ended, Project

pytestmark = pytest.mark.slow

PAGE = """\
# Changing shelves

```bash { name=first effect=observes }
echo first >> "$SHELF/log"
```

```bash { name=second effect=exercises }
echo second >> "$SHELF/log"
while [ -e "$SHELF/slow" ]; do touch "$SHELF/reached"; sleep 0.1; done
[ ! -e "$SHELF/broken" ]
```

```bash { name=third needs=lift effect=exercises }
demo-lift up
```

```expect
lifted up by …
```

```bash { name=third needs=crane }
crane
```

```bash { name=un-second rollback=second effect=exercises }
echo un-second >> "$SHELF/log"
[ ! -e "$SHELF/stuck" ]
```

```bash { name=un-third rollback=third needs=lift effect=exercises }
echo un-third >> "$SHELF/log"
```
"""
TARGET = """\
kind = "deployment"
permits = "exercises"
[systems.demo.shelf]
url = "http://127.0.0.1:9"
[systems.demo.commands.lift]
command = ["sh", "-c", "echo lifted $1 by $HAND; echo third >> $SHELF/log", "lift"]
env = { HAND = "env:LIFT_HAND", SHELF = "env:SHELF" }
"""


class Shelf:
    """The project's own deployment: a folder that steps write into."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.folder = folder
        folder.mkdir()
        project.write("runbooks/demo/shelves.md", PAGE)
        project.write("targets/shop.toml", TARGET)

    def run(self, *words: str) -> Ended:
        """The verb at the deployment."""
        return self.project.run("run", "shelves", *self.words, *words)

    @property
    def words(self) -> tuple[str, ...]:
        """Where, and what the steps are told."""
        return ("--target", "shop", "--set", f"SHELF={self.folder}")

    @property
    def log(self) -> list[str]:
        """What the steps wrote, in order."""
        path = self.folder / "log"
        return path.read_text().split() if path.exists() else []

    @property
    def runs(self) -> list[str]:
        """The runs that have a journal, the oldest first."""
        return sorted(p.parent.name for p in self.project.root.glob("reports/runs/*/steps.jsonl"))

    def journal(self, run: str) -> str:
        """A run's journal."""
        return (self.project.root / "reports/runs" / run / "steps.jsonl").read_text()


@pytest.fixture
def shelf(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A deployment with nothing done to it."""
    folder = tmp_path / "the shelf"
    monkeypatch.setenv("LIFT_HAND", "a secret hand")
    monkeypatch.setenv("SHELF", str(folder))
    return Shelf(project, folder)


def test_the_steps_are_walked_in_order(shelf: Shelf) -> None:
    """Those for this target; each is shown, and written down without secrets."""
    ended = shelf.run()

    (run,) = shelf.runs
    assert (ended.code, ended.err) == (0, "")
    assert [line for line in ended.out.splitlines() if not line.startswith("  ok after ")] == [
        "first  runbooks/demo/shelves.md:3  observes",
        "second  runbooks/demo/shelves.md:7  exercises",
        "third  runbooks/demo/shelves.md:13  exercises",
        f"done; the journal: reports/runs/{run}/steps.jsonl",
        f"what they left for each other: .proofbook/steps/{run}",
    ]
    assert shelf.log == ["first", "second", "third"]
    journal = shelf.journal(run)
    assert "lifted up by [redacted]" in journal
    assert "a secret hand" not in journal
    assert shelf.project.run("verify", "--plan").code == 0, "a journal is no damaged run"


def test_a_plan_does_nothing(shelf: Shelf) -> None:
    """It names what would be run, what undoes it, and what is for others."""
    ended = shelf.run("--plan")

    assert ended.code == 0
    assert ended.out == (
        "a plan for runbooks/demo/shelves.md at shop; nothing was done\n"
        "  first  runbooks/demo/shelves.md:3  observes\n"
        "  second  runbooks/demo/shelves.md:7  exercises, undone by un-second\n"
        "  third  runbooks/demo/shelves.md:13  exercises, undone by un-third\n"
    )
    assert (shelf.log, shelf.runs) == ([], [])
    assert not (shelf.project.root / ".proofbook").exists()


def test_a_plan_tells_what_is_for_other_targets(shelf: Shelf) -> None:
    """And which command they need."""
    text = TARGET[: TARGET.index("[systems.demo.commands")]
    shelf.project.write("targets/shop.toml", text)

    assert (
        "  third  runbooks/demo/shelves.md:13  not for this target: it needs lift\n"
        in shelf.run("--plan").out
    )


def test_it_stops_at_the_first_that_fails_and_is_resumed(shelf: Shelf) -> None:
    """What was done is not done again; what failed is."""
    (shelf.folder / "broken").touch()
    stopped = shelf.run()
    (run,) = shelf.runs
    (shelf.folder / "broken").unlink()

    # What it was told is known: it need not be said again.
    resumed = shelf.project.run("run", "shelves", "--target", "shop", "--resume", run)

    assert stopped.code == 1
    again = f"proofbook run demo/shelves --target shop --resume {run}"
    assert stopped.out.splitlines()[-3:] == [
        "  it ended with code 1",
        f"stopped at second (runbooks/demo/shelves.md:7); the journal: reports/runs/{run}/steps.jsonl",
        f"mend what stood in the way, then `{again}`; or undo it: add --rollback",
    ]
    assert resumed.code == 0
    assert "first  was done before" in resumed.out
    assert shelf.log == ["first", "second", "second", "third"]


def test_what_was_begun_is_undone(shelf: Shelf) -> None:
    """Last first, the step that failed too; the steps having failed, so has the command."""
    (shelf.folder / "broken").touch()

    ended = shelf.run("--rollback")

    assert ended.code == 1
    assert ended.out.splitlines()[-1].startswith("undone: un-second; ")
    assert shelf.log == ["first", "second", "un-second"]


def test_a_run_of_yesterday_is_undone(shelf: Shelf) -> None:
    """Once: there is nothing left to undo after that."""
    shelf.run()
    (run,) = shelf.runs

    undone = shelf.run("--resume", run, "--rollback")
    again = shelf.run("--resume", run, "--rollback")

    assert undone.code == 0
    assert undone.out.splitlines()[-1].startswith("undone: un-third, un-second; ")
    assert again.out.splitlines()[-1].startswith("undone: nothing had to be; ")
    assert shelf.log == ["first", "second", "third", "un-third", "un-second"]


def test_what_cannot_be_undone_is_told(shelf: Shelf) -> None:
    """Loudly, and with a code of its own."""
    shelf.run()
    (run,) = shelf.runs
    (shelf.folder / "stuck").touch()

    ended = shelf.run("--resume", run, "--rollback")

    assert ended.code == 7
    assert ended.out.splitlines()[-1] == (
        "NOT undone: stopped at un-second (runbooks/demo/shelves.md:25); "
        f"the journal: reports/runs/{run}/steps.jsonl"
    )


def test_output_that_is_not_as_expected_stops_it(shelf: Shelf) -> None:
    """The command went well, and yet."""
    shelf.project.change("runbooks/demo/shelves.md", "lifted up by …", "lifted down by …")

    ended = shelf.run("--json")

    told = json.loads(ended.out)
    assert ended.code == 1
    assert told["outcome"] == "stopped"
    assert [(step["step"], step["outcome"]) for step in told["steps"]] == [
        ("first", "ok"),
        ("second", "ok"),
        ("third", "unexpected"),
    ]
    assert told["steps"][2]["problem"] == (
        "line 1 is 'lifted up by [redacted]', not 'lifted down by …'"
    )


@pytest.mark.parametrize("after", ["first", "second"])
def test_a_run_that_was_killed_is_gone_on_with(shelf: Shelf, after: str) -> None:
    """Whether between two steps or within one: all are done in the end, and none is skipped."""
    if after == "second":
        (shelf.folder / "slow").touch()
    process = shelf.project.start("run", "shelves", *shelf.words)
    wanted = '"event": "ended", "step": "first"' if after == "first" else None
    _wait(
        lambda: (
            (shelf.folder / "reached").exists()
            if wanted is None
            else bool(shelf.runs) and wanted in shelf.journal(shelf.runs[0])
        )
    )
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (run,) = shelf.runs
    (shelf.folder / "slow").unlink(missing_ok=True)
    # A shell that was just being started goes with it, as soon as the machine lets it.
    with (shelf.project.root / "reports/runs" / run / "steps.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

    resumed = shelf.run("--resume", run)

    assert resumed.code == 0, resumed.err
    assert shelf.log[0] == "first"
    assert shelf.log.count("first") == 1
    assert shelf.log[-1] == "third"
    assert "second" in shelf.log


def test_a_run_that_was_interrupted_says_how_to_go_on(shelf: Shelf) -> None:
    """The step in hand ends with it."""
    (shelf.folder / "slow").touch()
    process = shelf.project.start("run", "shelves", *shelf.words)
    _wait((shelf.folder / "reached").exists)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()

    (run,) = shelf.runs
    assert (process.returncode, err) == (10, "\ninterrupted\n")
    assert out.splitlines()[-2:] == [
        f"cut off; the journal: reports/runs/{run}/steps.jsonl",
        (
            f"go on with `proofbook run demo/shelves --target shop --resume {run}`; "
            "or undo it: add --rollback"
        ),
    ]


def test_a_journal_whose_last_line_was_cut_is_gone_on_with(shelf: Shelf) -> None:
    """What was never written whole was never written."""
    (shelf.folder / "broken").touch()
    shelf.run()
    (run,) = shelf.runs
    path = shelf.project.root / "reports/runs" / run / "steps.jsonl"
    path.write_text(path.read_text() + '{"event": "beg')
    (shelf.folder / "broken").unlink()

    assert shelf.run("--resume", run).code == 0
    assert "beg{" not in path.read_text()


def test_two_do_not_walk_one_run(shelf: Shelf) -> None:
    """The second is told, and does nothing."""
    (shelf.folder / "broken").touch()
    shelf.run()
    (run,) = shelf.runs
    with (shelf.project.root / "reports/runs" / run / "steps.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = shelf.run("--resume", run)

    assert second.code == 20
    assert second.err == (
        f"reports/runs/{run}: another process is walking this run; wait for it, or end it\n"
    )


def test_what_the_target_does_not_permit_is_not_begun(shelf: Shelf) -> None:
    """Not even the steps before it."""
    shelf.project.change("targets/shop.toml", '"exercises"', '"observes"')
    refused = shelf.run()
    shelf.project.change("targets/shop.toml", 'permits = "observes"', "protected = true")
    protected = shelf.run()

    assert (refused.code, refused.err) == (
        5,
        (
            "targets/shop.toml permits observes; the step second (runbooks/demo/shelves.md:7) "
            "exercises\n"
        ),
    )
    assert (protected.code, protected.err) == (
        5,
        "targets/shop.toml is protected; the step second (runbooks/demo/shelves.md:7) exercises\n",
    )
    assert (shelf.log, shelf.runs) == ([], [])


def test_undoing_that_is_not_permitted_is_not_begun(shelf: Shelf) -> None:
    """Nor are the steps that might have to be undone."""
    shelf.project.change(
        "runbooks/demo/shelves.md",
        "name=un-third rollback=third needs=lift effect=exercises",
        "name=un-third rollback=third needs=lift",
    )

    ended = shelf.run("--rollback")

    assert (ended.code, ended.err) == (
        5,
        (
            "targets/shop.toml permits exercises; the step un-third (runbooks/demo/shelves.md:30) "
            "disrupts\n"
        ),
    )
    assert shelf.log == []


def test_one_step_is_run_alone(shelf: Shelf) -> None:
    """Its page's others are left."""
    assert shelf.run("--step", "second").code == 0
    assert shelf.log == ["second"]


def test_a_page_that_changed_since_is_not_gone_on_with(shelf: Shelf) -> None:
    """What was done then is not what stands there now."""
    (shelf.folder / "broken").touch()
    shelf.run()
    (run,) = shelf.runs
    shelf.project.change("runbooks/demo/shelves.md", "echo first", "echo 1st")

    ended = shelf.run("--resume", run)

    assert ended.code == 3
    assert ended.err == (
        "runbooks/demo/shelves.md:3: first was done as it stood then, and reads otherwise now; "
        "start anew, without --resume\n"
    )


def test_a_stand_in_is_brought_up_for_the_walk(project: Project) -> None:
    """By its own processes, or by its own command; it is gone after it."""
    project.write(
        "runbooks/demo/look.md", "```sh { name=look effect=observes }\necho looked\n```\n"
    )
    first = project.run("run", "demo/look")
    project.change(
        "targets/local.toml",
        "[systems.demo.counter.faults",
        '[systems.demo.commands]\nup = ["sh", "-c", "exit 3"]\n[systems.demo.counter.faults',
    )
    second = project.run("run", "demo/look")

    assert first.code == 0
    assert first.out.startswith("local (stand-in): on a copy that is gone afterwards\nlook  ")
    assert (second.code, second.err) == (20, "commands.up did not bring the copy up:\n\n")


def test_a_stand_in_that_does_not_start_is_told(project: Project) -> None:
    """With what it said last."""
    project.write("runbooks/demo/look.md", "```sh { name=look effect=observes }\nls\n```\n")
    project.write("counter.py", "raise SystemExit('no counting today')\n")

    ended = project.run("run", "look")

    assert ended.code == 20
    assert ended.err.startswith("demo.counter did not start")
    assert "no counting today" in ended.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("run", "nothing"),
            "Error: there is no page 'nothing' with steps; name one of: demo/shelves",
        ),
        (
            ("run", "shelves", "--step", "x"),
            (
                "Error: there is no step 'x' on this page; there are: "
                "first, second, third, un-second, un-third"
            ),
        ),
        (("run", "shelves", "--set", "x"), "Error: --set x sets nothing; write --set NAME=VALUE"),
        (
            ("run", "shelves", "--resume", "r"),
            (
                "Error: targets/local.toml is brought up for a run and gone after it: there is nothing "
                "to resume. Run the steps anew; at a target whose kind is deployment a run can be "
                "resumed."
            ),
        ),
        (
            ("run", "shelves", "--resume", "r", "--target", "shop"),
            "Error: there is no run r of steps; reports/runs/ holds one folder a run",
        ),
    ],
)
def test_a_wrong_command_line_is_told(shelf: Shelf, words: tuple[str, ...], message: str) -> None:
    """What is wrong, and what is right."""
    ended = shelf.project.run(*words)

    assert ended.code == 3
    assert ended.err.splitlines()[-1] == message


def test_a_page_without_steps_inspects_nothing(shelf: Shelf) -> None:
    """Nor does one whose steps are all for others."""
    shelf.project.write("runbooks/demo/bare.md", "# Bare\n")
    shelf.project.write("runbooks/demo/others.md", "```sh { name=a needs=crane }\nls\n```\n")

    bare = shelf.project.run("run", "bare", "--target", "shop")
    others = shelf.project.run("run", "others", "--target", "shop")
    named = shelf.project.run("run", "others", "--target", "shop", "--step", "a")

    assert (bare.code, bare.err) == (
        5,
        "no step was run: bare has steps in fences with a name; it has none.\n",
    )
    assert (others.code, others.err) == (
        5,
        (
            "no step was run: others has steps in fences with a name; "
            "none of its 1 is for targets/shop.toml.\n"
        ),
    )
    assert (named.code, named.err) == (
        5,
        (
            "runbooks/demo/others.md:1: a needs the command crane, which targets/shop.toml does not "
            "give\n"
        ),
    )


def test_a_run_of_another_page_is_not_gone_on_with(shelf: Shelf) -> None:
    """Nor one at another target."""
    shelf.run()
    (run,) = shelf.runs
    shelf.project.write("runbooks/demo/look.md", "```sh { name=look effect=observes }\nls\n```\n")

    ended = shelf.project.run("run", "look", "--target", "shop", "--resume", run)

    assert ended.code == 3
    assert ended.err.splitlines()[-1] == (
        f"Error: the run {run} walked runbooks/demo/shelves.md at targets/shop.toml, not "
        "runbooks/demo/look.md at targets/shop.toml; name what it walked"
    )


def _wait(holds: Callable[[], bool]) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
