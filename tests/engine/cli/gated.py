"""A project that was verified once, with a policy, people and their SSH keys."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.cli import asking, main
from proofbook.pytest_plugin.sources import Sources
from proofbook.signing.keys import line_of
from proofbook.signing.private import SigningKey, private_text
from tests.engine.cli.conftest import Ended, Project

if TYPE_CHECKING:
    from pathlib import Path


PAGE = """\
---
owner: SRE
escalation: "#ops"
---

# Counting

> **demo.counted** — It counts `jobs = 5` jobs.

> **demo.fast** — An answer comes with `p95 <= 600 ms`.

> **demo.known** — The rota is known (`by = "SRE"`).
"""

CHECKS = """\
import pytest


@pytest.mark.claim("demo.counted")
def test_counts(claim):
    assert claim["jobs"] == 5


@pytest.mark.claim("demo.fast")
def test_answers_fast(claim):
    claim.expect(p95=412)
"""

POLICY = """\
schema = 1

[principals.ada]
keys = ["{ada}"]
roles = ["SRE"]

[principals.bob]
keys = ["{bob}"]
roles = ["lead"]

[gates.local]
trusts = ["local"]
clean_reruns = 2
waivers = "demo.*"
never_waived = "demo.fast"
waived_by = "SRE"
overridden_by = ["SRE", "lead"]
retired_by = "lead"
rows = [{{ select = "demo", without = "demo.known", on = "local" }}]

[principals.ci]
keys = ["{ci}"]
roles = ["ci"]

[gates.promote]
rows = [{{ select = "demo.fas*", on = "twin" }}]

[gates.asked]
trusts = ["ci"]
rows = [{{ select = "demo.known", on = "stand-in" }}]
"""

PEOPLE = {"ada": SigningKey(b"a" * 32), "bob": SigningKey(b"b" * 32), "eve": SigningKey(b"e" * 32)}
CI = SigningKey(b"c" * 32)


#: How a verb is run in this process: the project's folder and the words go in.
Inside = Callable[["Path", tuple[str, ...]], Ended]


class Gated(Project):
    """Such a project, in a folder of its own."""

    inside: Inside | None = None

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        shutil.rmtree(root / "checks")
        self.write("runbooks/demo/counting.md", PAGE)
        self.write("checks/demo/test_counting.py", CHECKS)
        self.write("targets/local.toml", 'kind = "stand-in"\npermits = "exercises"\n')
        self.write("targets/copy.toml", 'kind = "twin"\npermits = "exercises"\n')
        lines = {name: line_of(key.public, name) for name, key in {**PEOPLE, "ci": CI}.items()}
        self.write("gates.toml", POLICY.format(**lines))
        for name, key in PEOPLE.items():
            self.write(f"keys/{name}", private_text(key))
            (root / "keys" / name).chmod(0o600)

    @classmethod
    def copied(cls, whole: Path, root: Path, inside: Inside | None = None) -> Gated:
        """A copy of a project that was verified already."""
        shutil.copytree(whole, root)
        found = cls.__new__(cls)
        found.root, found.inside = root, inside
        return found

    def run(self, *words: str, cwd: str = ".") -> Ended:
        """The program; in this process, without collecting, where it would run no check."""
        if words[0] == "verify" or self.inside is None:
            return super().run(*words, cwd=cwd)
        return self.inside(self.root, words)

    def gate(self, *words: str, name: str = "local") -> Ended:
        """Ask a gate."""
        return self.run("gate", name, *words)

    def asked(self, *words: str, name: str = "local") -> dict[str, Any]:
        """Ask a gate as a script."""
        found: dict[str, Any] = json.loads(self.gate(*words, "--json", name=name).out)
        return found

    def sign(self, verb: str, *words: str, key: str = "ada") -> Ended:
        """Let somebody sign."""
        return self.run(verb, *words, "--key", f"keys/{key}")

    def chain(self) -> Path:
        """The chain of the one run."""
        (found,) = self.root.glob("reports/log/2*.jsonl")
        return found


def digests(root: Path, target: str | None) -> dict[str, str]:
    """What collecting would find: every claim that the one file of checks names, with its digest."""
    del target
    file = root / "checks/demo/test_counting.py"
    claims = re.findall(r'mark.claim\("(\S+)"\)', file.read_text())
    return dict.fromkeys(claims, Sources(root).digest(file))


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """A verb in this process: it starts no interpreter and no pytest, which take a second each."""
    monkeypatch.setattr(asking, "check_digests", digests)

    def run(root: Path, words: tuple[str, ...]) -> Ended:
        monkeypatch.chdir(root)
        code = main(words)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run
