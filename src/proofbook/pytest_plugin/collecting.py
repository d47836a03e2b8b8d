"""Collection: which tests are checks, of which claims, and what of it was selected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import pytest

from proofbook.errors import InvalidInput, Place, Problem, RunbookError
from proofbook.pytest_plugin import closure, fitting, scope
from proofbook.pytest_plugin.awake import covers_checks, named_paths
from proofbook.pytest_plugin.marks import marked
from proofbook.pytest_plugin.plan import Plan, PlannedCase
from proofbook.scaling import misfits
from proofbook.selection import select

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from proofbook.effects import Effect
    from proofbook.pytest_plugin.awake import Awake

_T = TypeVar("_T")
_MARK = "claim"


class Collection:
    """The plan of a session, made from everything that was collected, before anything is left out."""

    def __init__(self, awake: Awake) -> None:
        self._awake = awake
        self._seen: dict[pytest.Item, None] = {}
        self._unimported: list[Problem] = []
        self._skipped: list[Problem] = []
        self._refused = False
        #: The checks of this process: test → its claim's id, and the effect of its fixtures.
        self.checks: dict[pytest.Item, tuple[str, Effect]] = {}
        #: Node id of every planned case → its claim's id.
        self.claims: dict[str, str] = {}
        #: Empty until collection has ended, on workers, and where the session holds no checks.
        self.plan = Plan()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Remember each test of each file, also those that a node id on the command line leaves out."""
        report = yield
        nodes = report.result or ()
        self._seen.update((node, None) for node in nodes if isinstance(node, pytest.Item))
        if report.outcome != "passed" and collector.path.is_relative_to(self._awake.checks):
            problems = self._unimported if report.outcome == "failed" else self._skipped
            problems.append(self._uncollected(collector, report))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Plan before other plugins leave cases out, and see after them which are left."""
        found = self._checks({**self._seen, **dict.fromkeys(items)})
        if not (found or self._skipped or covers_checks(session.config, self._awake.root)):
            return (yield)
        if self._awake.writes:
            self._validate(session, found)
        self._know(found)
        self._leave_out(session.config, items)
        before = len(items)
        result = yield
        is_whole = len(items) == before
        self._know(self._checks(item for item in items if item not in self._seen))
        assigned = self._leave_to_others(session.config, items)
        if self._awake.writes:
            plan = self._plan(session.config, items, is_whole=is_whole)
            self.plan = self._awake.shard.part(plan, assigned)
            planned = (case for cases in self.plan.cases.values() for case in cases)
            self.claims = {case.nodeid: case.claim for case in planned}
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell whoever listens what is going to be asked."""
        self._seen = {}
        goes_on = session.config.option.continue_on_collection_errors
        if self._unimported and not goes_on:
            self._refuse(session.config, self._unimported)
        elif self._awake.writes and not self._refused and not self.plan.is_empty:
            session.config.hook.pytest_proofbook_planned(config=session.config, plan=self.plan)

    def planned(self, nodeid: str) -> str | None:
        """
        The planned case that a report is of; `None` for a test that is no check.

        A worker of xdist may write `@group` behind it (`--dist=loadgroup`).
        """
        if nodeid in self.claims:
            return nodeid
        plain = nodeid.rpartition("@")[0]
        return plain if plain in self.claims else None

    def _know(self, found: Mapping[pytest.Item, fitting.Marks]) -> None:
        effects: dict[object, Effect] = {}
        for item, marks in found.items():
            function = closure.shared(item)
            if function not in effects:
                effects[function] = closure.effect(item)
            self.checks[item] = fitting.claim_id(marks), effects[function]

    def _checks(self, items: Iterable[pytest.Item]) -> dict[pytest.Item, fitting.Marks]:
        """Those of the tests that are checks, or stand where only checks may stand; with their marks."""
        items = list(items)
        found = marked(items, _MARK)
        in_room: dict[pytest.Collector | None, bool] = {}
        for item in items:
            if item.parent not in in_room:
                in_room[item.parent] = item.path.is_relative_to(self._awake.checks)
        bare = (item for item in items if in_room[item.parent] and item not in found)
        return {**found, **dict.fromkeys(bare, ())}

    def _validate(self, session: pytest.Session, found: dict[pytest.Item, fitting.Marks]) -> None:
        """Raise `pytest.UsageError` with everything that does not fit, in reading order."""
        awake = self._awake
        problems = [*self._skipped, *closure.problems(session, awake.checks, awake.root)]
        claims = _gathered(lambda: awake.claims, problems)
        target = _gathered(lambda: awake.target, problems)
        problems += fitting.problems(found, claims, awake.root)
        if claims is not None and target is not None:
            problems += misfits(claims, target)
        if target is not None:
            _gathered(lambda: awake.fault, problems)
        if problems:
            error = self._refuse(session.config, problems + self._unimported)
            raise pytest.UsageError(*map(str, error.problems))

    def _leave_out(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """What `--claim` does not select."""
        selects = config.getoption("--claim")
        if not selects:
            return
        wanted = select(selects, {claim for claim, _ in self.checks.values()}).claims
        kept = [item for item in items if self.checks.get(item, ("",))[0] in wanted]
        out = set(items).difference(kept)
        config.hook.pytest_deselected(items=[item for item in items if item in out])
        items[:] = kept

    def _leave_to_others(self, config: pytest.Config, items: list[pytest.Item]) -> dict[str, int]:
        """What other shards ask; which shard asks which claim."""
        shard = self._awake.shard
        if shard.of == 1:
            return {}
        claim_of = {item: self.checks[item][0] for item in items if item in self.checks}
        assigned = shard.assigned(set(claim_of.values()))
        out = {item for item, claim in claim_of.items() if assigned[claim] != shard.number}
        config.hook.pytest_deselected(items=[item for item in items if item in out])
        items[:] = [item for item in items if item not in out]
        return assigned

    def _plan(self, config: pytest.Config, items: list[pytest.Item], *, is_whole: bool) -> Plan:
        nodeids = {item: item.nodeid for item in self.checks}
        chosen = {nodeids[item] for item in items if item in nodeids}
        planned: dict[str, PlannedCase] = {}
        for item, (claim, effect) in self.checks.items():
            nodeid = nodeids[item]
            planned[nodeid] = PlannedCase(
                nodeid=nodeid,
                claim=claim,
                path=item.path,
                effect=effect,
                selected=nodeid in chosen,
            )
        cases: dict[str, list[PlannedCase]] = {}
        for case in planned.values():
            cases.setdefault(case.claim, []).append(case)
        rest = [claim for claim in self._awake.claims.values() if claim.id not in cases]
        whole = is_whole and not scope.is_narrowed(config)
        covered = scope.covered(
            rest, config.getoption("--claim"), named_paths(config), self._awake.checks
        )
        answered = frozenset(claim.id for claim in rest if claim.by) & covered
        return Plan(
            cases={claim: tuple(of_claim) for claim, of_claim in cases.items()},
            unchecked=covered - answered if whole else frozenset(),
            answered=answered,
        )

    def _uncollected(self, collector: pytest.Collector, report: pytest.CollectReport) -> Problem:
        """A file of checks that cannot be imported, or that skips itself."""
        path = collector.path.relative_to(self._awake.root).as_posix()
        if isinstance(report.longrepr, tuple):
            _, line, why = report.longrepr
            why = why.removeprefix("Skipped: ")
            message = f"these checks skip themselves ({why}); a check raises NotAsked instead"
            return Problem(Place(path, line), message)
        return uncollected(path, report.longreprtext)

    def _refuse(self, config: pytest.Config, problems: Iterable[Problem]) -> RunbookError:
        self._refused = True
        error = RunbookError(problems)
        if self._awake.writes:
            config.hook.pytest_proofbook_refused(config=config, error=error)
        return error


def _gathered(read: Callable[[], _T], problems: list[Problem]) -> _T | None:
    """What `read` gives; or nothing, and its problems among the others."""
    try:
        return read()
    except InvalidInput as error:
        problems += error.problems
        return None


def uncollected(path: str, told: str) -> Problem:
    """What pytest told of a file that cannot be imported, at the last of its lines that was reached."""
    said = [line for line in told.splitlines() if line.startswith("E ")]
    last = said[-1].removeprefix("E").strip() if said else told.strip()
    lines = re.findall(
        rf"^(?:E +File \".*?)?{re.escape(path)}(?:\", line |:)(\d+)", told, re.MULTILINE
    )
    return Problem(Place(path, int(lines[-1]) if lines else 1), f"this cannot be collected: {last}")
