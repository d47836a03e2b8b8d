"""The project's own targets, and the page that lists every key."""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path

import pytest

from proofbook.effects import Effect
from proofbook.targets import load, parse
from proofbook.targets.keys import TABLES
from proofbook.targets.mentions import PROCESS_PARTS, SERVICE_PARTS
from proofbook.targets.references import GENERATED

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "runbooks" / "handbook" / "targets.md").read_text(encoding="utf-8")


def test_the_handbook_lists_every_key_in_its_table() -> None:
    """Table by table, key by key, in order, and none that does not exist."""
    sections = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    listed = {
        html.unescape(section.partition("\n")[0]): tuple(
            re.findall(r"^\| `(\w+)` \| ", section, re.MULTILINE)
        )
        for section in sections
    }

    assert listed == TABLES


def test_the_handbook_lists_every_kind_of_secret_and_part_of_an_address() -> None:
    """What placeholders can name."""
    rows = dict(re.findall(r"^\| `generate:(\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
    services = re.search(r"`{ROLE\.url}` \| (.*) \|", PAGE)
    processes = re.search(r"`{SYSTEM\.PROCESS\.url}` \| (.*) \|", PAGE)

    assert {
        kind: set(re.findall(r"\.((?:private|public)_\w+)", row)) for kind, row in rows.items()
    } == {kind: set(forms) for kind, forms in GENERATED.items()}
    assert services
    assert {"url", *re.findall(r"`\.(\w+)`", services[1])} == set(SERVICE_PARTS)
    assert processes
    assert {"url", *re.findall(r"`\.(\w+)`", processes[1])} == set(PROCESS_PARTS)


@pytest.mark.parametrize("text", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_the_handbooks_examples_are_targets(text: str) -> None:
    """What the page shows can be copied."""
    assert parse(text, "example.toml").systems


def test_the_local_target_may_do_everything_and_knows_no_address() -> None:
    """It starts what it needs, reads no secret of this machine, and cannot reach elsewhere."""
    local = load(ROOT, "local")

    assert (local.kind, local.allowed) == ("stand-in", Effect.DISRUPTS)
    assert local.addresses == frozenset()
    assert all(said.startswith("generate:") for said in local.secrets.values())


def test_the_example_is_a_deployment_by_references() -> None:
    """A copy of it works as soon as its variables are set; its other ways are right, too."""
    text = (ROOT / "targets" / "staging.example.toml").read_text(encoding="utf-8")
    other = re.sub(r"^login\.cookies.*\n", "", text, flags=re.MULTILINE)
    other = re.sub(r"^# (?=[a-z_]+ = |\[)", "", other, flags=re.MULTILINE)

    staging = load(ROOT, "staging.example")
    another = parse(other, "targets/other.toml")

    assert (staging.kind, staging.allowed) == ("deployment", Effect.EXERCISES)
    assert "env:STAGING_DATABASE_URL" in staging.addresses
    assert another.protected
    assert another.systems["coreos"].login
    assert set(another.systems["coreos"].processes) == {"api", "worker"}
    assert len(tomllib.loads(other)) > len(tomllib.loads(text))
