"""Which cases of a run are under way, and which claims have ended how: a value for whoever shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from proofbook.evidence import Case, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from proofbook.evidence import Attempt
    from proofbook.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A claim some of whose cases are under way."""

    claim: str
    #: Cases that have ended, of all that run.
    done: int
    of: int
    #: Since the first of those under way started.
    seconds: float


class Progress:
    """
    Told what was planned, what started and what ended; safe to ask from another thread.

    `clock` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._lock = Lock()
        self._planned: dict[str, frozenset[str]] = {}
        self._left_out: dict[str, tuple[Case, ...]] = {}
        self._claim_of: dict[str, str] = {}
        self._started: dict[str, float] = {}
        self._attempts: dict[str, dict[str, tuple[Attempt, ...]]] = {}
        self._ended: dict[str, Record] = {}

    def plan(
        self, cases: Mapping[str, Collection[str]], left_out: Mapping[str, Collection[str]]
    ) -> None:
        """
        Claim id → the node ids of its cases that will run, and of those that will not.

        A claim with a case left out is never shown as a pass.
        """
        with self._lock:
            self._left_out = {
                claim: tuple(Case(nodeid=nodeid) for nodeid in nodeids)
                for claim, nodeids in left_out.items()
            }
            self._planned = {claim: frozenset(nodeids) for claim, nodeids in cases.items()}
            self._claim_of = {node: claim for claim, nodes in cases.items() for node in nodes}

    def start(self, nodeid: str) -> None:
        """A case has started; one that was not planned is nothing of ours."""
        with self._lock:
            if nodeid in self._claim_of:
                self._started[nodeid] = self._clock()

    def end(self, claim: str, nodeid: str, attempt: Attempt) -> Record | None:
        """A try at a case has ended; the claim's record if it was the last that was open."""
        with self._lock:
            self._started.pop(nodeid, None)
            cases = self._attempts.setdefault(claim, {})
            cases[nodeid] = (*cases.get(nodeid, ()), attempt)
            if self._planned.get(claim, frozenset()) - cases.keys():
                return None
            self._ended[claim] = _record(claim, cases, self._left_out.get(claim, ()))
            return self._ended[claim]

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._clock() - self._began

    @property
    def planned(self) -> int:
        """How many claims are to be asked."""
        return len(self._planned)

    @property
    def ended(self) -> Counter[Verdict]:
        """How many claims have ended how."""
        with self._lock:
            return Counter(record.verdict for record in self._ended.values())

    @property
    def running(self) -> tuple[Running, ...]:
        """The claims under way, the longest first."""
        with self._lock:
            now = self._clock()
            since: dict[str, float] = {}
            for nodeid, started in self._started.items():
                claim = self._claim_of[nodeid]
                since[claim] = min(started, since.get(claim, started))
            return tuple(
                Running(
                    claim=claim,
                    done=len(self._attempts.get(claim, ())),
                    of=len(self._planned[claim]),
                    seconds=now - started,
                )
                for claim, started in sorted(since.items(), key=lambda pair: pair[1])
            )


def _record(
    claim: str, cases: Mapping[str, tuple[Attempt, ...]], left_out: tuple[Case, ...]
) -> Record:
    """What is known so far; the run's own record says the rest."""
    tried = tuple(Case(nodeid=nodeid, attempts=attempts) for nodeid, attempts in cases.items())
    return Record(
        claim=claim,
        claim_digest="",
        check_digest="",
        place="",
        sentence="",
        cases=(*tried, *left_out),
    )
