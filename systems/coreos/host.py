"""
Run CORE OS on a plain host, without containers: `python -m systems.coreos.host VERB`.

    fill               write api.env and worker.env from this environment, each with its own variables only
    install RELEASE    lay a release down beside the others; its commit is COMMIT_SHA
    start PROCESS      start the API or the worker of the release that `current` leads to, and wait until it serves
    stop PROCESS       let it finish what it holds, and wait until it is gone
    status             which release each runs; ends with 1 if one does not run
    up, down           all of it

Everything lies in COREOS_HOME (~/coreos): api.env, worker.env, releases/<name>/, the links current and prev, logs/ and
run/. Starting what runs and stopping what does not are no errors: each may be repeated after whatever cut it off.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PROCESSES = ("api", "worker")
#: What only the API is told; a worker can be read by whoever runs on its host.
PRIVATE = (
    "FIREBASE_",
    "ATTESTATION_PRIVATE_KEY",
    "ATTESTATION_PUBLIC_KEY",
    "DATABASE_URL",
    "COREOS_LOGIN_TOKENS",
    "NEXT_PUBLIC_",
)
#: Of the shell, or of one release.
NOT_FILLED = ("HOME", "LANG", "PATH", "PWD", "SHLVL", "TMPDIR", "_", "COMMIT_SHA", "COREOS_HOME")
OK = 200
HEALTH_SECONDS = 5.0
READY_SECONDS = 30.0
#: Longer than a worker's grace.
LEAVE_SECONDS = 15.0
POLL_SECONDS = 0.05


def home() -> Path:
    """Where this host keeps it all."""
    return Path(os.environ.get("COREOS_HOME") or Path.home() / "coreos")


def fill() -> None:
    """Write down what each process is to be told."""
    home().mkdir(parents=True, exist_ok=True)
    said = {name: value for name, value in os.environ.items() if name not in NOT_FILLED}
    _write_env(home() / "api.env", said)
    kept = {name: value for name, value in said.items() if not name.startswith(PRIVATE)}
    _write_env(home() / "worker.env", kept)


def install(release: str) -> None:
    """Lay a release down; the first one is also the one that runs."""
    folder = home() / "releases" / release
    folder.mkdir(parents=True, exist_ok=True)
    python = shlex.quote(sys.executable)
    what = {
        "commit": os.environ.get("COMMIT_SHA") or "dev",
        "api": os.environ.get("COREOS_API_COMMAND") or f"{python} -m systems.coreos.api",
        "worker": f"{python} -m systems.coreos.worker",
    }
    (folder / "release.json").write_text(json.dumps(what), encoding="utf-8")
    if not (home() / "current").is_symlink():
        (home() / "current").symlink_to(f"releases/{release}")


def start(process: str) -> None:
    """Start a process of the current release, and wait until it serves."""
    release = str((home() / "current").readlink())
    runs = running(process)
    if runs and runs[1] == release:
        _say(f"{process} runs already: {release}")
        return
    if runs:
        sys.exit(f"{process} runs {runs[1]}, not {release}: stop it first")
    if process == "api":
        _migrate()
    log = home() / "logs" / f"{process}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("ab") as output:
        before = output.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "systems.coreos.host", "become", process],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + READY_SECONDS
    while not _serves(process, log, before):
        if child.poll() is not None or time.monotonic() > deadline:
            last = log.read_bytes()[before:].decode(errors="replace").strip().rpartition("\n")[2]
            sys.exit(f"{process} of {release} does not serve: {last}; its log: {log}")
        time.sleep(POLL_SECONDS)
    _say(f"{process} serves: {release}")


def stop(process: str) -> None:
    """Ask a process to end; kill it if it does not."""
    runs = running(process)
    number = signal.SIGTERM
    deadline = time.monotonic() + LEAVE_SECONDS
    while runs:
        with contextlib.suppress(ProcessLookupError):
            os.kill(runs[0], number)
        while running(process) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        number, deadline = signal.SIGKILL, time.monotonic() + LEAVE_SECONDS
        runs = running(process)
    _say(f"{process} does not run")


def running(process: str) -> tuple[int, str] | None:
    """The number and the release of a process that runs: it holds its lock until it ends."""
    try:
        with (home() / "run" / f"{process}.lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                said = lock.read().split()
                return (int(said[0]), said[1].decode()) if len(said) > 1 else (os.getpid(), "")
    except FileNotFoundError:
        pass
    return None


def become(process: str) -> None:
    """Be the process: take its lock, say who one is, and go on as its program."""
    release = str((home() / "current").readlink())
    what = json.loads((home() / release / "release.json").read_text(encoding="utf-8"))
    (home() / "run").mkdir(exist_ok=True)
    lock = os.open(home() / "run" / f"{process}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"{process} runs already")
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()} {release}".encode())
    os.set_inheritable(lock, True)  # noqa: FBT003 - so it is called
    command = shlex.split(what[process])
    told = _told(process, what["commit"])
    os.execvpe(command[0], command, told)  # noqa: S606 - the program of the release


def status() -> None:
    """Say what runs."""
    found = {process: running(process) for process in PROCESSES}
    for process, runs in found.items():
        _say(f"{process}: {runs[1] if runs else 'does not run'}")
    sys.exit(0 if all(found.values()) else 1)


def up() -> None:
    """Start everything; what is not there yet is filled in and installed from this environment."""
    if not (home() / "api.env").exists():
        fill()
    if not (home() / "current").is_symlink():
        install("first")
    for process in PROCESSES:
        start(process)
    if (code := _health()) != OK:
        sys.exit(f"it is up, and not well: its health answers {code}")


def down() -> None:
    """Stop everything, workers first."""
    for process in reversed(PROCESSES):
        stop(process)


def _migrate() -> None:
    """Bring the store's tables up to date, as the release wants them."""
    ran = subprocess.run(
        [sys.executable, "-m", "systems.coreos.migrate"],
        env=_told("api", ""),
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if ran.returncode:
        sys.exit(ran.returncode)


def _told(process: str, commit: str) -> dict[str, str]:
    """The whole environment of a process."""
    kept = {n: os.environ[n] for n in ("PATH", "HOME", "TMPDIR", "LANG") if n in os.environ}
    return {**kept, **_read_env(home() / f"{process}.env"), "COMMIT_SHA": commit}


def _serves(process: str, log: Path, after: int) -> bool:
    """Whether a process that was just started is ready: the API answers, the worker says that it polls."""
    if process == "worker":
        return b"[Worker] Polling" in log.read_bytes()[after:]
    return _health() is not None


def _health() -> int | None:
    """What the API's health page answers; `None` if it does not."""
    port = int(_read_env(home() / "api.env").get("PORT", "3001"))
    try:
        with socket.create_connection(("127.0.0.1", port), HEALTH_SECONDS) as wire:
            wire.sendall(b"GET /api/worker/health HTTP/1.0\r\nHost: localhost\r\n\r\n")
            said = wire.recv(64).split()
    except OSError:
        return None
    return int(said[1]) if len(said) > 1 else None


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _write_env(path: Path, said: dict[str, str]) -> None:
    """NAME=value lines, which only this user may read; a line break is written as a backslash and an n."""
    lines = [f"{name}={value}".replace("\n", "\\n") + "\n" for name, value in said.items()]
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")


def _read_env(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines) if name}


def main() -> None:
    """Do what the command line says."""
    match sys.argv[1:]:
        case ["fill" | "status" | "up" | "down" as verb]:
            {"fill": fill, "status": status, "up": up, "down": down}[verb]()
        case ["install", release]:
            install(release)
        case ["start" | "stop" | "become" as verb, "api" | "worker" as process]:
            {"start": start, "stop": stop, "become": become}[verb](process)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
