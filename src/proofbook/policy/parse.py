"""
Read a policy file.

TOML text goes in, a `Policy` comes out, or a `PolicyError` that holds everything that is wrong with
the file, in reading order, as `path:line`. This module opens no file.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook.errors import PolicyError, TargetError
from proofbook.policy import keys
from proofbook.policy.gates import gate
from proofbook.policy.model import Policy
from proofbook.policy.people import principal
from proofbook.targets.lines import lines
from proofbook.targets.parse import decoded
from proofbook.targets.tables import Report, Table

if TYPE_CHECKING:
    from proofbook.policy.model import Principal

#: The one version of the format so far.
SCHEMA = 1


def parse(text: str, path: str) -> Policy:
    """The policy that the text of the file at `path` states; `PolicyError` with all its problems."""
    try:
        document = decoded(text, path)
    except TargetError as error:
        raise PolicyError(error.problems) from None
    report = Report(path, lines(text))
    policy = _policy(Table(document, (), report), text)
    if report.problems:
        raise PolicyError(report.problems)
    return policy


def _policy(table: Table, text: str) -> Policy:
    table.close(keys.POLICY)
    if "schema" not in table:
        table.add(f"says no schema; add schema = {SCHEMA}.")
    elif table.data["schema"] != SCHEMA or table.data["schema"] is True:
        table.wrong(f"a schema that this Proofbook reads; that is {SCHEMA}", "schema")
    people = [principal(name, inner) for name, inner in table.tables("principals")]
    _check_keys(table, people)
    gates = [gate(name, inner) for name, inner in table.tables("gates")]
    return Policy(
        path=table.report.path,
        digest=sha256(text.encode()).hexdigest(),
        principals=tuple(people),
        gates={each.name: each for each in gates},
    )


def _check_keys(table: Table, people: list[Principal]) -> None:
    """A key is one person's: two roles of two people are not one person's two names."""
    held = Counter(key for each in people for key in each.keys)
    for each in people:
        for key in each.keys:
            if held[key] > 1:
                owners = " and ".join(p.name for p in people if key in p.keys)
                table.add(
                    f"{key} is the key of {owners}; a key stands once.",
                    "principals",
                    each.name,
                    "keys",
                )
