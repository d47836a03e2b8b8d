"""The CI examples: they parse, say nothing that the program does not know, and the shell step runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml

from proofbook.cli.program import program
from proofbook.report import exports
from tests.engine.report import readers

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CI = ROOT / "examples" / "ci"
#: Whatever a server or a shell puts in.
_FILLED = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\w+")
_COMMAND = re.compile(r"^(?:- )?(proofbook [^|\n]*?)(?: \|\| .*)?$", re.MULTILINE)


def scripts(value: Any) -> Iterator[str]:
    """Every piece of shell in a workflow, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("run", "script", "before_script"):
                yield from [inner] if isinstance(inner, str) else inner
            else:
                yield from scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner)


def commands(text: str) -> list[str]:
    """The commands of this program in a piece of shell."""
    return [found[1] for found in _COMMAND.finditer(text.replace("\\\n", " "))]


def texts() -> dict[str, str]:
    """All shell of each example."""
    found = {
        file.name: yaml.safe_load(file.read_text("utf-8")) for file in sorted(CI.glob("*.yml"))
    }
    shell = {name: "\n".join(scripts(whole)) for name, whole in found.items()}
    return shell | {"promote.sh": (CI / "promote.sh").read_text("utf-8")}


@pytest.mark.parametrize("command", [each for text in texts().values() for each in commands(text)])
def test_every_command_of_an_example_is_one(command: str) -> None:
    """Verb, options and choices exist; what a server fills in stands for itself."""
    filled = _FILLED.sub(
        lambda match: "1" if "shard" in match[0] or "NODE" in match[0] else "x", command
    )
    filled = filled.replace("shards/*", str(CI)).replace("shard-*", str(CI))
    words = [word for word in shlex.split(filled)[1:] if word != "$@"]
    if "--head" in words:
        words[words.index("--head") + 1] = f"run:1:{'9f' * 16}"
    words = [
        "api=sha256:x" if word == "x" and words[at - 1] == "--release" else word
        for at, word in enumerate(words)
    ]
    context = program.make_context("proofbook", words)
    found: click.Command = program
    while isinstance(found, click.Group):
        _, following, words = found.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert following
        found = following
        context = found.make_context(found.name, words, parent=context)


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml", "promote.sh"])
def test_every_example_proves_and_decides(name: str) -> None:
    """And what joins shards stops for anything but the gate's own news."""
    text = texts()[name]
    verbs = {command.split()[1] for command in commands(text)}
    assert {"verify", "gate"} <= verbs
    if name != "promote.sh":
        assert {"merge", "log"} <= verbs
    assert re.search(r"case \$\? in\s+1 ?\| ?5 ?\| ?6\) ;;", text)


def test_the_store_outlives_artefacts_and_the_decision_is_attested() -> None:
    """The workflow commits it to a branch of its own, also after a no, and attests after a yes alone."""
    workflow = yaml.safe_load((CI / "github.yml").read_text("utf-8"))
    steps = {step.get("name", step.get("uses")): step for step in workflow["jobs"]["gate"]["steps"]}
    assert "git push" in steps["keep"]["run"]
    assert steps["keep"]["if"] == "always()"
    attest = steps["actions/attest@v3"]
    assert "if" not in attest
    assert attest["with"]["predicate-type"] == "https://slsa.dev/verification_summary/v1"
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_the_handbook_names_every_file_that_a_run_is_told_in() -> None:
    """And every example."""
    page = (ROOT / "runbooks" / "handbook" / "ci.md").read_text("utf-8")
    names = {*exports.FORMATS, exports.ATTESTATION, exports.DECISION}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
    assert [file.name for file in CI.iterdir() if f"`examples/ci/{file.name}" not in page] == []
    for command in re.findall(r"`(proofbook \w+ [^`]+)`", page):
        test_every_command_of_an_example_is_one(command.replace("shard-1 shard-2", str(CI)))


GATES = """\
schema = 1
[gates.local]
trusts = ["local"]
rows = [{ select = "demo", on = "local" }]
"""
PAGE = """\
---
owner: A
escalation: B
---

> **demo.counted** — It counts `jobs = 5` jobs.
"""
CHECK = """\
import pathlib
import pytest

@pytest.mark.claim("demo.counted")
def test_counts(claim):
    assert int(pathlib.Path("counted").read_text()) == claim["jobs"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one claim, in a folder with a space."""
    root = tmp_path / "a project"
    texts = {
        "gates.toml": GATES,
        "runbooks/demo.md": PAGE,
        "checks/test_demo.py": CHECK,
        "targets/local.toml": 'kind = "stand-in"\n',
        "counted": "5",
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def promoted(project: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The shell step, run to its end."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    known = {k: v for k, v in os.environ.items() if not k.startswith("PROOFBOOK_")}
    return subprocess.run(
        ["sh", str(CI / "promote.sh"), "local", "local", "store"],
        cwd=project,
        env={**known, "PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_the_shell_step_promotes_what_is_proved_and_nothing_else(project: Path) -> None:
    """Yes with every export and a summary; no for a claim that fails; 8 for a log that was cut."""
    page = project / "page.md"
    yes = promoted(project, GITHUB_STEP_SUMMARY=str(page))

    assert yes.returncode == 0, yes.stdout + yes.stderr
    names = {*exports.FORMATS, exports.DECISION}
    assert {file.name for file in (project / "decision").iterdir()} == names
    assert readers.of_markdown(page.read_text("utf-8")) == (frozenset({"demo.counted"}), True)
    head = re.findall(r"head of the log: (decision-\S+)", yes.stdout)[-1]

    (project / "counted").write_text("4")
    no = promoted(project, PROOFBOOK_OUT="second", PROOFBOOK_HEAD=head)

    assert no.returncode == 1, no.stdout + no.stderr
    assert readers.of_markdown((project / "second" / "summary.md").read_text("utf-8"))[1] is False
    (line,) = (project / "second" / exports.DECISION).read_text("utf-8").splitlines()
    assert json.loads(line)["payloadType"] == "application/vnd.in-toto+json"

    (project / "counted").write_text("5")
    (project / "store" / "log" / f"{head.partition(':')[0]}.jsonl").unlink()
    cut = promoted(project, PROOFBOOK_OUT="third", PROOFBOOK_HEAD=head)

    assert cut.returncode == 8, cut.stdout + cut.stderr
    assert f"the log does not go on from {head}" in cut.stdout


@pytest.mark.slow
def test_the_shell_step_ends_where_nothing_could_be_asked(project: Path) -> None:
    """A target that is none is no news for the gate: it never gets to decide on old evidence."""
    assert promoted(project).returncode == 0
    (project / "targets" / "local.toml").write_text("kind = 1\n")
    ended = promoted(project, PROOFBOOK_OUT="second")

    assert ended.returncode == 3
    assert not (project / "second").exists()
