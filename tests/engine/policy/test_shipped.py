"""The project's own gates, and the page that lists every key."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook import project, targets
from proofbook.claims import read_all
from proofbook.policy import check, parse
from proofbook.policy.keys import TABLES

if TYPE_CHECKING:
    from proofbook.claims import Claim

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "runbooks" / "handbook" / "gates.md").read_text(encoding="utf-8")
POLICY = parse((ROOT / "gates.toml").read_text(encoding="utf-8"), "gates.toml")


def claims() -> list[Claim]:
    """Every claim of the runbooks."""
    return [claim for book in read_all(project.pages(ROOT)) for claim in book.claims]


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


def test_the_gates_name_what_exists() -> None:
    """Claims and places; and there are the four that the README speaks of."""
    check(POLICY, [claim.id for claim in claims()], targets.names(ROOT))
    assert list(POLICY.gates) == ["local", "promote", "predeploy", "quarterly"]


def test_what_local_leaves_out_is_named_and_asked_elsewhere() -> None:
    """No glob hides a claim there, nothing that people answer is asked, and a copy must prove the rest."""
    ids = [claim.id for claim in claims()]
    rows = POLICY.gates["local"].rows
    assert {id_ for row in rows for id_ in row.without} <= set(ids)
    left_out = set(ids) - {id_ for row in rows for id_ in row.chosen(ids)}
    by_people = {claim.id for claim in claims() if claim.by}
    promoted = {id_ for row in POLICY.gates["promote"].rows for id_ in row.chosen(ids)}
    assert by_people <= left_out
    assert left_out - by_people <= promoted


def test_whatever_people_answer_is_asked_before_a_deploy() -> None:
    """And whoever must answer has no other gate to hide behind."""
    ids = [claim.id for claim in claims()]
    asked = {id_ for row in POLICY.gates["predeploy"].rows for id_ in row.chosen(ids)}
    assert asked == set(ids)


def test_each_row_chooses_as_many_claims_as_it_wants() -> None:
    """A shipped gate is not shut by its own rules."""
    ids = [claim.id for claim in claims()]
    for gate in POLICY.gates.values():
        for row in gate.rows:
            assert len(row.chosen(ids)) >= row.at_least, row.place


def test_only_local_can_open_before_anybody_s_key_is_there() -> None:
    """The stand-ins' evidence is none of a deployment's."""
    for name, gate in POLICY.gates.items():
        kinds = {word for row in gate.rows for word in row.on}
        assert ("local" in gate.trusts) is (name == "local")
        assert kinds == {"local"} if name == "local" else kinds <= {"twin", "deployment"}
