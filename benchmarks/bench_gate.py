"""
Deciding on a gate: seconds for 1,000, 3,000 and 10,000 claims in 20 runs each, and their growth.

One claim in a hundred failed once and was cleared, one in a hundred is stale; the rest passed in
every run. Measured is `decide` alone, as `proofbook gate` calls it once policy, claims and log are
loaded; reading and verifying the same log from its files is printed beside it, of fewer runs, as
writing them takes long. One core. On the machine that the project was planned on, the largest must
be decided in 1 s or less; what fails anywhere is growth: a claim of it that costs twice one of a
thousand.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from proofbook.claims import Claim, digest
from proofbook.errors import Place
from proofbook.evidence import Attempt, Case, Record, Run
from proofbook.gate import Question, decide
from proofbook.judging import Promise
from proofbook.log import Log, Part, Trail, plans
from proofbook.policy import Policy, Principal, parse
from proofbook.signing.private import SigningKey
from proofbook.store import Store, Writer, load
from proofbook.verdicts import Verdict

RUNS = 20
SIZES = (1_000, 3_000, 10_000)
#: Claims and runs of the log that is read from its files.
LOADED = (1_000, 2)
#: A claim may cost so many times more in the largest than in the smallest.
GROWTH = 2.0
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RELEASE = {"shop.api": "sha256:aaaa"}
GATES = """\
schema = 1
[gates.promote]
rows = [{ select = "shop.*", on = "twin", max_age = "30 d" }]
"""
FIRST_FAILED, STALE = 7, 8


def claim(number: int) -> Claim:
    """A sentence of its own."""
    id_, sentence = f"shop.claim-{number}", f"Sentence {number} holds."
    return Claim(
        id=id_,
        sentence=sentence,
        values=(),
        place=Place(f"runbooks/shop/{number // 50}.md", number % 50 + 1),
        digest=digest(id_, sentence),
    )


def record(of: Claim, number: int, run: int) -> Record:
    """A pass in every run; one in a hundred failed in the first, one is of another check."""
    failed = number % 100 == FIRST_FAILED and run == 0
    verdict = Verdict.FAIL if failed else Verdict.PASS
    found = Record(
        claim=of.id,
        claim_digest=of.digest,
        check_digest="old" if number % 100 == STALE else "now",
        place=str(of.place),
        sentence=of.sentence,
        cases=(Case(nodeid=of.id, attempts=(Attempt(verdict=verdict, seconds=1.0),)),),
    )
    assert found.verdict is verdict  # a log that was read has compared it with the chain's entry
    return found


def part(claims: list[Claim], run: int) -> Part:
    """One run of all claims."""
    started = NOON - timedelta(hours=RUNS - run)
    id_ = f"{started:%Y%m%dT%H%M%SZ}-{run:06x}"
    value = Run(
        id=id_,
        started=started.isoformat(),
        finished=(started + timedelta(minutes=30)).isoformat(),
        suite="",
        target="copy",
        kind="twin",
        target_digest="",
        release=RELEASE,
        records=tuple(record(each, number, run) for number, each in enumerate(claims)),
    )
    trail = Trail(id_, (sha256(id_.encode()).hexdigest(),))
    return Part(run=value, signer="SHA256:ci", trail=trail)


def question(size: int) -> Question:
    """Whether the release may go on, of so many claims."""
    claims = [claim(number) for number in range(size)]
    rules = parse(GATES, "gates.toml")
    ci = Principal(name="ci", keys=("SHA256:ci",), roles=frozenset({"ci"}))
    policy = Policy(path=rules.path, digest=rules.digest, principals=(ci,), gates=rules.gates)
    return Question(
        gate=policy.gates["promote"],
        policy=policy,
        promises=tuple(Promise(claim=each, check_digest="now") for each in claims),
        log=Log(parts=tuple(part(claims, run) for run in range(RUNS))),
        now=NOON,
    )


def seconds(asked: Question) -> float:
    """The best of three decisions, in seconds of this process."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        decision = decide(asked)
        best = min(best, time.process_time() - began)
    counted = len(asked.promises)
    assert len(decision.unmet) == counted // 100
    return best


def loading(claims: int, runs: int) -> tuple[float, int]:
    """Seconds to read and verify a log of so many runs from its files, and its records."""
    made = [part([claim(number) for number in range(claims)], at).run for at in range(runs)]
    with tempfile.TemporaryDirectory(prefix="proofbook-") as folder:
        for run in made:
            planned = tuple(map(plans.planned, run.records))
            plan = plans.Plan(
                chain=run.id,
                identity="",
                run=replace(run, records=(), finished=None),
                shard=1,
                of=1,
                claims=planned,
            )
            writer = Writer.begin(Store(Path(folder)), SigningKey(bytes(32)), plan)
            writer.record(run.records)
            writer.end(plans.End(finished=run.finished or "", aborted=None))
        began = time.process_time()
        log = load(Path(folder))
        took = time.process_time() - began
    assert not log.damage, log.damage[0]
    return took, sum(len(each.run.records) for each in log.parts)


def main() -> int:
    """Print the table; 1 where a claim costs more and more."""
    costs = []
    for size in SIZES:
        took = seconds(question(size))
        costs.append(took / size)
        print(
            f"{size:>7,} claims × {RUNS} runs: {took:6.3f} s, {took / size * 1e6:5.1f} µs a claim"
        )
    took, records = loading(*LOADED)
    print(
        f"beside it, reading and verifying {records:,} records: {took:.3f} s, "
        f"{took / records * 1e6:.0f} µs a record"
    )
    growth = costs[-1] / costs[0]
    print(f"growth: a claim of {SIZES[-1]:,} costs {growth:.2f} times one of {SIZES[0]:,}")
    return int(growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
