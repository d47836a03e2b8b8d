"""A stack stands in the background until it is told to go, and says where."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from proofbook.errors import StackError
from proofbook.stack import standing
from proofbook.stack.standing import Standing, down, status, up
from proofbook.targets import load
from tests.engine.stack.tiny import DEMO, another, is_alive, wait_gone, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.targets import Target


@pytest.fixture
def project(root: Path) -> Iterator[Path]:
    """A project with the demo as its local target; nothing of it stands afterwards."""
    (root / "targets").mkdir()
    (root / "targets" / "local.toml").write_text(DEMO)
    yield root
    down(root)


@pytest.fixture
def target(project: Path) -> Target:
    """The project's local target."""
    return load(project, "local")


def test_what_stands_answers(project: Path, target: Target) -> None:
    """Every process is started and reached where the status says, and gone after `down`."""
    stands = up(target, project)

    assert stands == status(project)
    assert stands.target == "targets/local.toml"
    assert httpx.get(stands.urls["demo.api"], timeout=60, trust_env=False).status_code == 503
    assert set(stands.pids) == {"demo.api", "demo.worker"}
    assert [pid for pid in (stands.keeper, *stands.pids.values()) if not is_alive(pid)] == []
    logs = project / "reports" / "up"
    assert sorted(path.name for path in logs.glob("*/demo*")) == [
        "demo.api.1.log",
        "demo.worker.1.log",
    ]

    assert down(project)

    wait_gone([stands.keeper])
    assert not [pid for pid in stands.pids.values() if is_alive(pid)]
    assert status(project) is None


def test_nothing_stands(project: Path) -> None:
    """Where nothing stands, there is no status and nothing to end."""
    assert status(project) is None
    assert not down(project)


def test_only_the_user_may_read_it(project: Path, target: Target) -> None:
    """What stands has passwords in its addresses; git never sees it."""
    up(target, project)

    said = project / ".proofbook" / "standing.json"
    assert said.stat().st_mode & 0o777 == 0o600
    assert (project / ".proofbook" / ".gitignore").read_text() == "*\n"


def test_twice_up(project: Path, target: Target) -> None:
    """The second is told what stands, since when, and how to end it; the first stands on."""
    first = up(target, project)

    with pytest.raises(StackError) as twice:
        up(target, project)

    assert str(twice.value) == (
        f"targets/local.toml is up already, since {first.since} (process {first.keeper}); "
        "`proofbook status` says where, `proofbook down` ends it"
    )
    assert status(project) == first


def test_two_ups_at_once(project: Path, target: Target) -> None:
    """One of them stands, the other is told so."""
    stood: list[Standing] = []
    refused: list[str] = []

    def stand() -> None:
        try:
            stood.append(up(target, project))
        except StackError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=stand) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(stood), len(refused)) == (1, 1)
    assert "is up already" in refused[0]


def test_a_keeper_that_was_killed(project: Path, target: Target) -> None:
    """Its programs end with it, it no longer counts as standing, and one can go up again."""
    first = up(target, project)

    os.kill(first.keeper, signal.SIGKILL)
    wait_gone([first.keeper, *first.pids.values()])

    assert status(project) is None
    second = up(target, project)
    assert second.keeper != first.keeper


def test_a_state_that_nobody_keeps(project: Path) -> None:
    """A file that was left behind, naming a process that is somebody else's, ends nobody."""
    folder = project / ".proofbook"
    folder.mkdir()
    (folder / "keeper.lock").write_text(str(os.getpid()))
    (folder / "standing.json").write_text("{}")

    assert status(project) is None
    assert not down(project)
    assert not (folder / "standing.json").exists()


def test_a_program_that_ended(project: Path, target: Target) -> None:
    """The status says which programs have ended since."""
    stands = up(target, project)

    os.kill(stands.pids["demo.worker"], signal.SIGKILL)

    wait_until(lambda: (there := status(project)) is not None and there.ended == ("demo.worker",))


def test_a_process_that_does_not_start(project: Path) -> None:
    """The message has its last words, and nothing stands."""
    (project / "tiny.py").write_text("import sys; sys.exit('no configuration')")

    with pytest.raises(StackError) as refused:
        up(load(project, "local"), project)

    assert str(refused.value) == "demo.api did not start:\n    no configuration"
    assert status(project) is None


def test_another_place(project: Path) -> None:
    """A stack whose identity is another than meant does not stand."""
    (project / "place").write_text("here")
    text = f'{DEMO}\n[identity]\nfile = "place"\nequals = "there"'
    (project / "targets" / "local.toml").write_text(text)

    with pytest.raises(StackError, match=r"identity is 'here' here, not 'there'"):
        up(load(project, "local"), project)


def test_a_keeper_without_a_word(
    project: Path, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper that ends without saying anything is not taken for one that stands."""
    monkeypatch.setattr(sys, "executable", "/bin/true")

    with pytest.raises(StackError) as silent:
        up(target, project)

    assert str(silent.value) == (
        f"the keeper ended without a word; its log: {project}/.proofbook/keeper.log"
    )


def test_a_folder_that_cannot_be_written(project: Path, target: Target) -> None:
    """The message names the folder and the system's reason."""
    (project / ".proofbook").write_text("a file in its place")

    with pytest.raises(StackError) as refused:
        up(target, project)

    assert str(refused.value) == f"{project}/.proofbook cannot be written: File exists"
    (project / ".proofbook").unlink()


def test_ctrl_c_while_it_starts(project: Path) -> None:
    """Whoever gives up waiting leaves nothing behind."""
    text = DEMO.replace('{ http = "/", within = "60 s" }', '{ log = "never", within = "600 s" }')
    (project / "targets" / "local.toml").write_text(text)
    asking = (
        "import sys; from pathlib import Path; from proofbook.targets import load\n"
        "from proofbook.stack.standing import up\n"
        "root = Path(sys.argv[1]); up(load(root, 'local'), root)"
    )
    with another(asking, str(project)) as (user, _):
        wait_until(lambda: bool(list(project.glob("reports/up/*/demo.api.1.log"))))
        keeper = standing.keeper(project / ".proofbook")
        assert keeper

        user.send_signal(signal.SIGINT)
        user.wait(60)

    wait_gone([keeper])
    assert status(project) is None


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """What stands survives being written down."""
    stands = Standing(
        target="targets/local.toml",
        keeper=7,
        since="2026-11-21T00:00:00+00:00",
        urls={"coreos.api": "http://127.0.0.1:1"},
        pids={"coreos.api": 8},
        ended=("coreos.api",),
        logs="/logs",
    )

    standing.write(stands, tmp_path)

    text = (tmp_path / "standing.json").read_text()
    assert standing.read(text) == stands
    assert json.loads(text)["keeper"] == 7
