"""What a gate is asked with, gathered from this project: policy, claims, checks, log, keys, time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from proofbook import policy as policies
from proofbook import store as stores
from proofbook import targets
from proofbook.cli import here
from proofbook.cli.sessions import NO_WARNING, Outcome, collect
from proofbook.errors import InvalidInput, NoVerdict, Place, PolicyError, Problem
from proofbook.gate import Question
from proofbook.judging import Promise
from proofbook.log import head
from proofbook.policy import LOCAL, Principal
from proofbook.project import MARK
from proofbook.pytest_plugin.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from proofbook.claims import Runbook
    from proofbook.log import Head, Log
    from proofbook.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the command line says of a gate."""

    name: str
    target: str | None
    release: tuple[str, ...]
    policy: str | None
    store: str
    at: str | None
    heads: tuple[str, ...]


def question(asking: Asking, root: Path) -> Question:
    """
    The question that the command line asks.

    Raises `PolicyError`, `RunbookError` or `TargetError` with all that is wrong with a file, a usage
    error, `LogError`, and `NoVerdict` where there is no log at all.
    """
    release, pins = releases(asking.release), heads(asking.heads)
    now = moment(asking.at)
    policy = read_policy(root, asking.policy)
    gate = policies.find(policy, asking.name)
    runbooks = here.runbooks(root)
    known = [claim.id for runbook in runbooks for claim in runbook.claims]
    policies.check(policy, known, targets.names(root))
    target = targets.load(root, asking.target) if asking.target else None
    return Question(
        gate=gate,
        policy=policy,
        promises=promises(runbooks, check_digests(root, asking.target)),
        log=read_log(root, asking.store),
        now=now,
        target=target.called if target else None,
        kind=target.kind if target else None,
        release=release,
        pins=pins,
    )


def read_policy(root: Path, path: str | None) -> Policy:
    """The policy of the project, or of the file that is named; this clone's own key is `local`."""
    file, shown = (root / MARK, MARK) if path is None else (root / path, path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _wrong(shown, line, "is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise _wrong(shown, 1, f"cannot be read: {error.strerror}.") from None
    policy = policies.parse(text, shown)
    own = stores.own_key(root)
    if own is None or policy.principal(own.fingerprint):
        return policy
    clone = Principal(name="this clone", keys=(own.fingerprint,), roles=frozenset({LOCAL}))
    return replace(policy, principals=(*policy.principals, clone))


def read_log(root: Path, store: str) -> Log:
    """Everything in the store; `NoVerdict` where there is none."""
    folder = root / store
    if not folder.is_dir():
        raise NoVerdict(
            f"{store}: there is no such folder, so nothing is proved. "
            "Verify first, or name the store: --store DIR."
        )
    log = stores.load(folder)
    if not (log.parts or log.acts or log.damage):
        raise NoVerdict(f"{store}: its log is empty, so nothing is proved. Verify first.")
    return log


def check_digests(root: Path, target: str | None) -> Mapping[str, str]:
    """Claim → the digest of its check as it is now; nothing is run."""
    checks = root / "checks"
    if not checks.is_dir():
        return {}
    outcome = Outcome()
    arguments = [str(checks), f"--rootdir={root}", NO_WARNING, "--target", target or LOCAL]
    refusal = collect(arguments, outcome)
    if isinstance(outcome.error, InvalidInput):
        raise outcome.error
    if outcome.plan is None:
        if refusal is None or isinstance(refusal, NoVerdict):
            return {}
        raise refusal
    sources = Sources(root)
    return {
        claim: sources.digest(cases[0].path) for claim, cases in outcome.plan.cases.items() if cases
    }


def promises(runbooks: Iterable[Runbook], digests: Mapping[str, str]) -> tuple[Promise, ...]:
    """Every claim with its check and its owner, in reading order."""
    return tuple(
        Promise(claim=claim, check_digest=digests.get(claim.id, ""), owner=runbook.owner)
        for runbook in runbooks
        for claim in runbook.claims
    )


def moment(said: str | None) -> datetime:
    """The instant that is meant; now, to the millisecond, if none was said."""
    if said is None:
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise click.UsageError(
            f"{said!r} is no instant with an offset; write it as 2027-01-31T12:00:00Z."
        )
    return found


def releases(said: Sequence[str]) -> dict[str, str]:
    """Component → digest or revision, of `api=sha256:…`."""
    pairs = [text.partition("=") for text in said]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise click.UsageError(
                f"{name + equals + value!r} is no release; write COMPONENT=DIGEST: api=sha256:…"
            )
    return {name: value for name, _, value in pairs}


def heads(said: Sequence[str]) -> frozenset[Head]:
    """The heads that the log must go on from."""
    try:
        return frozenset(head(text) for text in said)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _wrong(path: str, line: int, message: str) -> PolicyError:
    return PolicyError([Problem(Place(path, line), message)])
