"""Logs, policies and questions made by hand, for the tests of the law."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from proofbook.acts import body, kind_of
from proofbook.claims import read
from proofbook.evidence import Attempt, Case, Record, Run
from proofbook.gate import Question
from proofbook.judging import Promise
from proofbook.log import Act, Log, Part, Trail
from proofbook.policy import Policy, Principal, parse
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proofbook.acts import Said
    from proofbook.claims import Claim
    from proofbook.log import Head

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RELEASE = {"shop.api": "sha256:aaaa"}

CI = Principal(name="ci", keys=("SHA256:ci",), roles=frozenset({"ci"}))
ADA = Principal(name="ada", keys=("SHA256:ada",), roles=frozenset({"SRE", "Owner"}))
BOB = Principal(name="bob", keys=("SHA256:bob",), roles=frozenset({"DBA", "SRE"}))
PEOPLE = (CI, ADA, BOB)

GATES = """\
schema = 1
[gates.promote]
rows = [{ select = "shop", on = "twin" }]
waivers = "shop.*"
never_waived = "shop.paid-once"
waived_by = "SRE"
overridden_by = ["SRE", "DBA"]
retired_by = "Owner"
"""


def claim(id_: str = "shop.sold-once", sentence: str = "With `buyers = 4`, one buys.") -> Claim:
    """A claim as a page states it."""
    return read(f"> **{id_}** — {sentence}\n", "page.md").claims[0]


SOLD = claim()
PAID = claim("shop.paid-once", "Each order is paid once.")
DRILL = claim("shop.restored", "A restore is rehearsed (`valid_for = 30 d`).")
SIGNED = claim("shop.read", 'Who is on call has read this page (`by = "SRE"`).')
BOTH = claim("shop.agreed", 'Two people agree (`by = "SRE", "DBA"`).')


def policy(text: str = GATES, *, people: tuple[Principal, ...] = PEOPLE) -> Policy:
    """The policy of a text, with these people."""
    return replace(parse(text, "gates.toml"), principals=people)


def promise(of: Claim, *, check: str = "check-1", owner: str | None = "Owner") -> Promise:
    """A claim with its check; none where people answer."""
    return Promise(claim=of, check_digest="" if of.by else check, owner=owner)


def record(
    of: Claim,
    verdict: Verdict = Verdict.PASS,
    *,
    check: str = "check-1",
    scaled: str = "",
    seconds: float = 2.0,
) -> Record:
    """What one run found out of one claim."""
    reason = "" if verdict is Verdict.PASS else f"it was {verdict}"
    attempt = Attempt(verdict=verdict, reason=reason, seconds=seconds)
    return Record(
        claim=of.id,
        claim_digest=of.digest,
        check_digest=check,
        place=str(of.place),
        sentence=of.sentence,
        cases=(Case(nodeid=f"checks/{of.id}", attempts=(attempt,)),),
        scaled=scaled,
    )


@dataclass(frozen=True, kw_only=True)
class Made:
    """A run to be put on a log."""

    at: datetime = NOON - HOUR
    records: tuple[Record, ...] = ()
    target: str = "copy"
    kind: str = "twin"
    release: Mapping[str, str] = field(default_factory=lambda: RELEASE)
    signer: str = "SHA256:ci"
    took: timedelta | None = MINUTE
    fault: str | None = None
    token: str = "000000"


def run(*records: Record, **facts: object) -> Part:
    """A run's chain: `at`, `target`, `kind`, `release`, `signer`, `took`, `fault`, `token`."""
    made = Made(records=records, **facts)  # type: ignore[arg-type] # keywords as they come
    ended = None if made.took is None else (made.at + made.took).isoformat()
    value = Run(
        id=f"{made.at:%Y%m%dT%H%M%SZ}-{made.token}",
        started=made.at.isoformat(),
        finished=ended,
        suite="",
        target=made.target,
        kind=made.kind,
        target_digest="",
        release=made.release,
        fault=made.fault,
        records=made.records,
    )
    return Part(run=value, signer=made.signer, trail=trail(value.id, repr((value, made.signer))))


def trail(chain: str, text: str) -> Trail:
    """A chain of one entry."""
    return Trail(chain, (sha256(text.encode()).hexdigest(),))


def act(word: Said, *signers: str, at: datetime = NOON - HOUR) -> Act:
    """What somebody signed."""
    kind = kind_of(word)
    return Act(
        kind=kind,
        at=at,
        body=body(word),
        signers=signers,
        trail=trail(f"{kind}-{sha256(repr((word, signers, at)).encode()).hexdigest()[:32]}", "x"),
    )


def log(*entries: Part | Act) -> Log:
    """A log of these chains."""
    return Log(
        parts=tuple(each for each in entries if isinstance(each, Part)),
        acts=tuple(each for each in entries if isinstance(each, Act)),
    )


def question(
    of: Log,
    *claims: Claim | Promise,
    gate: str = "promote",
    pins: Iterable[Head] = (),
    **facts: Any,
) -> Question:
    """Whether a gate opens at noon; by default for one claim."""
    asked = claims or (SOLD,)
    rules = facts.pop("policy", None) or policy()
    assert isinstance(rules, Policy)
    return Question(
        gate=rules.gates[gate],
        policy=rules,
        promises=tuple(each if isinstance(each, Promise) else promise(each) for each in asked),
        log=of,
        pins=frozenset(pins),
        **{"now": NOON, **facts},
    )
