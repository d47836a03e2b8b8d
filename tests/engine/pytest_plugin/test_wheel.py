"""The engine as others get it: a wheel, and a folder with one runbook, one check and one target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]

FILES = {
    "gates.toml": "schema = 1\n",
    "runbooks/till/index.md": """
        ---
        owner: Shop team
        escalation: shop-on-call
        ---

        # The till

        > **till.counts** — After `sales = 3` sales, the till says so within `time <= 60 s`.
    """,
    "targets/local.toml": """
        kind = "stand-in"
        permits = "exercises"

        [systems.till.api]
        command = ["{python}", "till.py", "{port}"]
        ready = { http = "/", within = "60 s" }
    """,
    "till.py": """
        import sys
        from http.server import BaseHTTPRequestHandler, HTTPServer

        sales = 0

        class Till(BaseHTTPRequestHandler):
            def do_POST(self):
                global sales
                sales += 1
                self.answer()

            def do_GET(self):
                self.answer()

            def answer(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(str(sales).encode())

        HTTPServer(("127.0.0.1", int(sys.argv[1])), Till).serve_forever()
    """,
    "checks/till/test_till.py": """
        import time

        import httpx
        import pytest

        from proofbook import exercises


        @pytest.fixture
        @exercises
        def till(stack):
            with stack.twin("till") as twin:
                yield twin.start("api").process


        @pytest.mark.claim("till.counts")
        def test_every_sale_is_counted(claim, till):
            started = time.monotonic()
            for _ in range(claim["sales"]):
                httpx.post(till.url, trust_env=False, timeout=60)
            counted = int(httpx.get(till.url, trust_env=False, timeout=60).text)

            claim.expect(time=time.monotonic() - started)
            assert counted == claim["sales"]
    """,
}


class Elsewhere(NamedTuple):
    """A project outside this repository, and the environment that it has."""

    folder: Path
    programs: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment, with nothing of ours on its path."""
        known = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
        return subprocess.run(
            [self.programs / words[0], *words[1:]],
            cwd=self.folder,
            env=known,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def verdicts(self) -> list[dict[str, str]]:
        """What the newest run says of each claim."""
        newest = max((self.folder / "reports" / "runs").iterdir())
        records = json.loads((newest / "run.json").read_text(encoding="utf-8"))["records"]
        return [{key: record[key] for key in ("claim", "verdict", "reason")} for record in records]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """An environment with the wheel and, behind it, the packages that it depends on."""
    place = tmp_path_factory.mktemp("somewhere else")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = place.glob("*.whl")
    venv.create(place / "env", symlinks=True)
    python = place / "env" / "bin" / "python"
    install = ["install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
    (packages,) = (place / "env" / "lib").glob("python*/site-packages")
    packages.joinpath("behind.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return Elsewhere(folder=place / "a project", programs=place / "env" / "bin")


def settle(elsewhere: Elsewhere) -> None:
    """The five files of the project, as they are while all is well."""
    for path, text in FILES.items():
        file = elsewhere.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


def test_the_wheel_is_what_runs(elsewhere: Elsewhere) -> None:
    """Not this checkout, which the environment behind it knows of."""
    settle(elsewhere)

    shown = elsewhere.run("python", "-c", "import proofbook; print(proofbook.__file__)")

    assert Path(shown.stdout.strip()).is_relative_to(elsewhere.programs.parent)


@pytest.mark.parametrize(
    "words",
    [("python", "-m", "pytest", "checks", "-p", "no:valkey"), ("proofbook", "verify")],
    ids=["pytest", "proofbook verify"],
)
def test_a_project_elsewhere_is_proved_and_turns_red_when_it_breaks(
    elsewhere: Elsewhere, words: tuple[str, ...]
) -> None:
    """First a pass, then a failure once its program loses a sale; the sentence alone turns it red too."""
    settle(elsewhere)

    well = elsewhere.run(*words)

    assert well.returncode == 0, well.stdout + well.stderr
    assert elsewhere.verdicts() == [{"claim": "till.counts", "verdict": "pass", "reason": ""}]

    program = elsewhere.folder / "till.py"
    program.write_text(program.read_text(encoding="utf-8").replace("+= 1", "= 1"), encoding="utf-8")
    broken = elsewhere.run(*words)

    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert elsewhere.verdicts() == [
        {"claim": "till.counts", "verdict": "fail", "reason": "assert 1 == 3"}
    ]

    settle(elsewhere)
    page = elsewhere.folder / "runbooks" / "till" / "index.md"
    page.write_text(page.read_text(encoding="utf-8").replace("<= 60 s", "<= 0 s"), encoding="utf-8")
    promised = elsewhere.run(*words)

    assert promised.returncode == 1
    (record,) = elsewhere.verdicts()
    assert record["reason"].endswith("promised `time <= 0 s`")
