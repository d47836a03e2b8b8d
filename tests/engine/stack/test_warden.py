"""The warden: nothing outlives it, and it outlives what it must."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import StackError
from proofbook.stack import warden
from proofbook.stack.warden import Kin, descendants, family
from proofbook.stack.wards import Order, Refused
from tests.engine.stack.tiny import another, is_alive, own_env, state, wait_gone, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.stack.wards import Ward, Wards

#: Forks twice under setsid, as daemons do; both parts ignore SIGTERM. Prints the orphan's process.
DAEMON = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""

#: A runner: a warden, a daemon, a program that ignores SIGTERM; says their processes and waits.
RUNNER = """
import signal, sys, time
from pathlib import Path
from proofbook.stack.wards import Order, Wards
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored in all that `nohup` starts
folder = Path(sys.argv[1])
(folder / "scratch").mkdir()
wards = Wards(folder / "scratch", log=folder / "warden.log")
order = Order(
    name="daemon", argv=[sys.executable, "-ISc", sys.argv[2]], cwd=folder, env={},
    output=folder / "daemon.log",
)
ward = wards.start(order)
while not (folder / "daemon.log").read_text().endswith("\\n"):
    time.sleep(0.01)
print(wards.pid, ward.pid, (folder / "daemon.log").read_text().strip(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def run(wards: Wards, tmp_path: Path) -> Callable[..., Ward]:
    """Start a Python program under the warden; its output goes to `out.log`."""

    def start(program: str, *, farewell: int = signal.SIGTERM) -> Ward:
        order = Order(
            name="program",
            argv=[sys.executable, "-ISc", program],
            cwd=tmp_path,
            env=own_env(),
            output=tmp_path / "out.log",
            farewell=farewell,
        )
        return wards.start(order)

    return start


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The warden waits a minute for farewells: on a busy machine a program may need its second to wake."""
    short, long = f"FAREWELL_SECONDS = {warden.FAREWELL_SECONDS}\n", "FAREWELL_SECONDS = 60.0\n"
    program = Path(warden.__file__).read_text(encoding="utf-8")
    assert program.count(short) == 1
    (tmp_path / "patient.py").write_text(program.replace(short, long), encoding="utf-8")
    monkeypatch.setattr(warden, "__file__", str(tmp_path / "patient.py"))


def said(folder: Path, lines: int = 1) -> list[int]:
    """The numbers that programs printed, once there are as many lines."""
    log = folder / "out.log"
    wait_until(lambda: log.exists() and log.read_text().count("\n") >= lines)
    return [int(word) for word in log.read_text().split()]


def test_a_program_ends_with_its_code(run: Callable[..., Ward]) -> None:
    """The exit code of a program is what `wait` gives, and the program no longer runs."""
    ward = run("raise SystemExit(3)")

    assert ward.wait(20) == 3
    assert not ward.is_running


def test_a_signal_is_a_negative_code(run: Callable[..., Ward]) -> None:
    """A program that a signal ended has that signal's number, negative."""
    ward = run("import time; time.sleep(600)")

    ward.signal(signal.SIGKILL, family=False)

    assert ward.wait(20) == -9


def test_waiting_for_a_program_that_runs_on(run: Callable[..., Ward]) -> None:
    """`wait` gives `None` when its time is up, and the program runs on."""
    ward = run("import time; time.sleep(600)")

    assert ward.wait(0.01) is None
    assert ward.is_running


def test_no_such_program(wards: Wards, tmp_path: Path) -> None:
    """A program that does not exist is refused with the system's own words."""
    order = Order(name="x", argv=["/no/such"], cwd=tmp_path, env={}, output=tmp_path / "out.log")

    with pytest.raises(Refused) as refused:
        wards.start(order)

    assert str(refused.value) == "[Errno 2] No such file or directory: '/no/such'"


def test_no_such_folder(wards: Wards, tmp_path: Path) -> None:
    """A folder to start in that does not exist is refused, naming the folder."""
    order = Order(
        name="x", argv=["/bin/true"], cwd=tmp_path / "gone", env={}, output=tmp_path / "out.log"
    )

    with pytest.raises(Refused) as refused:
        wards.start(order)

    assert str(refused.value) == f"[Errno 2] No such file or directory: '{tmp_path}/gone'"


def test_no_place_for_the_output(wards: Wards, tmp_path: Path) -> None:
    """A log that cannot be written refuses the start, and the warden lives on."""
    order = Order(
        name="x", argv=["/bin/true"], cwd=tmp_path, env={}, output=tmp_path / "no" / "out.log"
    )

    with pytest.raises(Refused) as refused:
        wards.start(order)

    assert str(refused.value) == f"[Errno 2] No such file or directory: '{tmp_path}/no/out.log'"
    assert is_alive(wards.pid)


def test_signals_are_as_a_shell_leaves_them(run: Callable[..., Ward], tmp_path: Path) -> None:
    """A program ignores and blocks no signal because of us, and has a session of its own."""
    run(
        "import os, signal\n"
        "ignored = [n for n in signal.valid_signals() if signal.getsignal(n) == signal.SIG_IGN]\n"
        # SIGPIPE and SIGXFSZ are Python's own doing.
        "print(len(set(ignored) - {signal.SIGPIPE, signal.SIGXFSZ}))\n"
        "print(len(signal.pthread_sigmask(signal.SIG_BLOCK, [])))\n"
        "print(os.getsid(0) - os.getpid())"
    ).wait(20)

    assert said(tmp_path, 3) == [0, 0, 0]


def test_nothing_of_the_warden_is_inherited(run: Callable[..., Ward], tmp_path: Path) -> None:
    """A program has its three streams and no other descriptor, nor any variable of the runner."""
    run(
        "import os; print(len(os.listdir('/proc/self/fd')) - 1)\n"  # one is for the listing
        "print(len(set(os.environ) - {'PATH', 'LC_CTYPE'}))"  # the latter is Python's own
    ).wait(20)

    assert said(tmp_path, 2) == [3, 0]


def test_a_family_is_frozen_thawed_and_killed(run: Callable[..., Ward], tmp_path: Path) -> None:
    """A signal to a family reaches the program and what it started, also in another session."""
    ward = run(
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)"
    )
    pids = said(tmp_path, 2)

    ward.signal(signal.SIGSTOP, family=True)
    wait_until(lambda: [state(pid) for pid in pids] == ["T", "T"])
    ward.signal(signal.SIGCONT, family=True)
    wait_until(lambda: [state(pid) for pid in pids] == ["S", "S"])
    ward.signal(signal.SIGKILL, family=True)

    wait_gone(pids)


def test_what_an_ended_program_left_in_its_session(
    run: Callable[..., Ward], tmp_path: Path
) -> None:
    """A child that its parent left behind is still of the family."""
    ward = run(
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(600)"
    )
    [left] = said(tmp_path)
    ward.wait(20)

    ward.signal(signal.SIGKILL, family=True)

    wait_gone([left])


def test_closing_ends_everything(run: Callable[..., Ward], wards: Wards, tmp_path: Path) -> None:
    """A daemon, a program that ignores SIGTERM and a frozen one are gone when `close` returns."""
    ward, frozen = run(DAEMON), run("import time; time.sleep(600)")
    [orphan] = said(tmp_path)
    frozen.signal(signal.SIGSTOP, family=True)
    began = time.monotonic()

    wards.close()

    assert not [pid for pid in (ward.pid, orphan, frozen.pid, wards.pid) if is_alive(pid)]
    assert time.monotonic() - began < warden.KILL_SECONDS
    assert not (tmp_path / "scratch").exists()
    assert not (tmp_path / "warden.log").exists()


@pytest.mark.usefixtures("patient")
def test_a_program_may_say_goodbye(run: Callable[..., Ward], wards: Wards, tmp_path: Path) -> None:
    """At the end a program is asked with SIGTERM before it is made to end."""
    run(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print(2, flush=True), sys.exit()))\n"
        "print(1, flush=True)\n"
        "time.sleep(600)"
    )
    said(tmp_path)

    wards.close()

    assert said(tmp_path) == [1, 2]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_survives_a_runner_that_ends(tmp_path: Path, number: int) -> None:
    """However the runner ends, its warden, a daemon and a program that ignores SIGTERM do too."""
    with another(RUNNER, str(tmp_path), DAEMON) as (runner, told):
        pids = [int(word) for word in told.readline().split()]
        assert [is_alive(pid) for pid in pids] == [True, True, True]

        runner.send_signal(number)

        wait_gone([*pids, runner.pid])
    wait_until(lambda: not (tmp_path / "scratch").exists())


def test_logs_that_cannot_be_washed_are_taken_away(tmp_path: Path) -> None:
    """Of a runner that was killed: better none than one that tells."""
    program = RUNNER.replace("print(wards.pid", "wards.hold_back([1])\nprint(wards.pid")
    with another(program, str(tmp_path), DAEMON) as (runner, told):
        pids = [int(word) for word in told.readline().split()]

        runner.kill()

        wait_gone(pids)
    assert not (tmp_path / "daemon.log").exists()


def test_a_fork_of_the_runner_holds_nothing_up(tmp_path: Path) -> None:
    """A fork that keeps the warden's input open does not keep the stack alive."""
    forking = "fork = os.fork()\nif fork:\n    print(fork, flush=True)\ntime.sleep(600)"
    program = "import os\n" + RUNNER.replace("time.sleep(600)", forking)
    with another(program, str(tmp_path), DAEMON) as (runner, told):
        pids = [int(word) for word in told.readline().split()]
        fork = int(told.readline())

        runner.kill()

        wait_gone(pids)
        assert is_alive(fork)
        os.kill(fork, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_the_warden_survives_what_a_terminal_sends(
    run: Callable[..., Ward], wards: Wards, number: int
) -> None:
    """Ctrl-C and a closed terminal are the runner's to answer: the warden and its wards live on."""
    ward = run("import time; time.sleep(600)")

    os.kill(wards.pid, number)

    assert run("raise SystemExit(0)").wait(20) == 0
    assert ward.is_running


def test_sigterm_ends_the_warden_with_everything(
    run: Callable[..., Ward], wards: Wards, tmp_path: Path
) -> None:
    """SIGTERM to the warden ends all that it started; the runner is told what happened."""
    ward = run("import time; time.sleep(600)")

    os.kill(wards.pid, signal.SIGTERM)

    wait_gone([wards.pid, ward.pid])
    wait_until(lambda: wards.is_gone)
    assert not ward.is_running
    with pytest.raises(StackError) as gone:
        run("raise SystemExit(0)")
    assert str(gone.value) == (
        f"the warden (process {wards.pid}) is gone, and with it every program of this stack; "
        f"its log: {tmp_path}/warden.log"
    )


def test_a_killed_warden_takes_its_wards_along(
    run: Callable[..., Ward], wards: Wards, tmp_path: Path
) -> None:
    """SIGKILL of the warden: the kernel ends its children, the runner ends their sessions."""
    ward = run(
        "import os, time\nos.fork()\nprint(os.getpid(), flush=True)\ntime.sleep(600)",
    )
    pids = said(tmp_path, 2)

    os.kill(wards.pid, signal.SIGKILL)

    wait_gone([*pids, ward.pid])


def test_a_program_whose_parent_was_gone_before_it_began_does_not_begin() -> None:
    """Of those that went earlier the kernel tells nobody."""
    ran = subprocess.run(
        [sys.executable, "-c", "print('begun')"],
        preexec_fn=partial(warden.die_with_parent, 0),
        capture_output=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (1, b"")


def test_a_family_by_parents_and_by_session() -> None:
    """Descendants at any depth and members of the session belong; others do not. Parents come first."""
    among = [Kin(1, 0, 1), Kin(3, 80, 3), Kin(80, 9, 80), Kin(9, 1, 9), Kin(2, 1, 9)]

    assert [kin.pid for kin in descendants(9, among)] == [80, 3]
    assert family(9, among) == [9, 80, 3, 2]


def test_a_family_of_nobody() -> None:
    """Of a process that is gone and left nothing, the family is empty."""
    assert family(10, [Kin(1, 0, 1)]) == []


def test_what_is_to_be_run_last_runs_when_all_else_has_ended(wards: Wards, tmp_path: Path) -> None:
    """Also where it was told once more, and not where it was taken back."""
    said = tmp_path / "said"
    wards.last([sys.executable, "-c", "never"], own_env())
    wards.last([sys.executable, "-c", f"open({str(said)!r}, 'w').write('last')"], own_env())

    wards.close()

    assert said.read_text() == "last"


def test_what_was_taken_back_is_not_run(wards: Wards, tmp_path: Path) -> None:
    """A run that has cleared up after itself leaves nothing to do."""
    said = tmp_path / "said"
    wards.last([sys.executable, "-c", f"open({str(said)!r}, 'w').write('last')"], own_env())
    wards.last((), {})

    wards.close()

    assert not said.exists()
