"""The run of a session: opened before the first check, written whatever ends it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from proofbook import runs
from proofbook.errors import LogError, NoVerdict, ReportError, WrongPlace
from proofbook.evidence import Run
from proofbook.pytest_plugin import junit
from proofbook.pytest_plugin.records import Clerk, doubted, rfc3339
from proofbook.pytest_plugin.releases import Releases
from proofbook.pytest_plugin.signals import interrupting
from proofbook.pytest_plugin.sources import Sources, suite_commit
from proofbook.report import exit_code, exit_of
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from proofbook.errors import ProofbookError
    from proofbook.evidence import Record
    from proofbook.log import Head
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.collecting import Collection
    from proofbook.pytest_plugin.ledger import Ledger
    from proofbook.pytest_plugin.places import Place
    from proofbook.pytest_plugin.scribe import Scribe

_INVALID, _INTERNAL = 3, 20
_INTERRUPTED = "interrupted"
_NEVER_ENDED = "the run never ended"


class Ending:
    """Writes the run, on the one process that hands out or runs the checks."""

    def __init__(
        self,
        awake: Awake,
        place: Place,
        collection: Collection,
        ledger: Ledger,
        scribe: Scribe,
    ) -> None:
        self._awake = awake
        self._scribe = scribe
        self._place = place
        self._collection = collection
        self._ledger = ledger
        self._releases = Releases(awake, place)
        self._sources = Sources(awake.root)
        self._aborted: str | None = None
        #: The run as it stands; `None` while nothing is to be run.
        self.run: Run | None = None
        #: Why it could not be written at the end, if it could not.
        self.unwritten: ReportError | None = None

    @property
    def head(self) -> Head | None:
        """Of the run's log; `None` where there is none."""
        return self._scribe.head

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Look where we are, open the run, and make an end of it on SIGTERM too."""
        failed = session.testsfailed and not session.config.option.continue_on_collection_errors
        if self._collection.plan.is_empty or session.config.option.collectonly or failed:
            return (yield)
        with self._exiting():
            self._look()
            self.run = self._opened()
            self._scribe.begin(self.run, self._clerk)
            unfinished = tuple(_unfinished(record) for record in self.run.records)
            self.run = replace(self.run, records=unfinished)
            self._write(self.run)
        with interrupting():
            return (yield)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """A person's Ctrl-C, here or seen by a worker; what pytest itself stops for is none."""
        at_worker = "received keyboard-interrupt" in str(excinfo.value)
        if excinfo.type is KeyboardInterrupt or at_worker:
            self._aborted = _INTERRUPTED
        elif excinfo.errisinstance(pytest.exit.Exception):
            self._aborted = f"ended by pytest.exit: {excinfo.value}"

    def pytest_internalerror(self, excrepr: object) -> None:
        """Nothing can be said of a session that broke."""
        self._aborted = f"internal error: {str(excrepr).strip().splitlines()[-1]}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Close the run and write it; the stack still stands."""
        if self.run is None:
            return
        self._ledger.close()
        if self._aborted is None:
            plan = self._collection.plan
            asked = {claim.partition(".")[0] for claim in plan.cases if plan.is_wanted(claim)}
            self._releases.read_after(asked)
        self.run = self._closed(self.run)
        try:
            self._scribe.end(self.run)
            self._write(self.run)
        except ReportError as error:
            self.unwritten = error
            self._refuse(error)
            session.exitstatus = _INTERNAL
            return
        session.config.hook.pytest_proofbook_run(
            config=session.config, run=self.run, folder=self._awake.folder, head=self.head
        )
        if self._place.wrong is not None:
            self._refuse(self._place.wrong)
            session.exitstatus = _INVALID
        elif session.exitstatus == pytest.ExitCode.OK and exit_code(self.run):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Leave no pass in pytest's own JUnit file that this run does not have."""
        if self.run is not None:
            reasons = {
                case.nodeid: case.attempts[-1].reason
                for record in self.run.records
                for case in record.cases
                if case.attempts and case.verdict is not Verdict.PASS
            }
            junit.settle(config, reasons)

    def _look(self) -> None:
        """Raise `WrongPlace` if this is another deployment; read the release."""
        with suppress(NoVerdict):  # whoever would write asks again, and is refused
            self._place.identify()
        self._releases.read_before()

    def _opened(self) -> Run:
        awake, target = self._awake, self._awake.target
        file = awake.root / target.path
        run = Run(
            id=awake.chain,
            started=rfc3339(awake.started),
            finished=None,
            suite=suite_commit(awake.root),
            target=target.called,
            kind=target.kind,
            target_digest=sha256(file.read_bytes()).hexdigest(),
            release=self._releases.before,
            fault=str(awake.fault) if awake.fault else None,
            seed=awake.seed,
        )
        return self._recorded(run)

    def _closed(self, run: Run) -> Run:
        run = self._recorded(run)
        problem = self._releases.problem
        if self._aborted and run.release:
            problem = "the run was cut short before the release was read again"
        if problem:
            run = replace(run, records=tuple(doubted(record, problem) for record in run.records))
        return replace(run, finished=rfc3339(datetime.now(UTC)), aborted=self._aborted)

    def _recorded(self, run: Run) -> Run:
        now, clerk = datetime.now(UTC), self._clerk
        claims = self._awake.claims.values()
        records = (self._scribe.made(each.id) or clerk.record(each, now) for each in claims)
        return replace(run, records=tuple(records))

    @property
    def _clerk(self) -> Clerk:
        return Clerk(
            plan=self._collection.plan,
            ledger=self._ledger,
            sources=self._sources,
            target=self._awake.target,
        )

    def _write(self, run: Run) -> None:
        runs.write(run, self._awake.folder, self._awake.key.signer())

    def _refuse(self, error: ProofbookError) -> None:
        config = self._awake.config
        config.hook.pytest_proofbook_refused(config=config, error=error)

    @contextmanager
    def _exiting(self) -> Iterator[None]:
        """End the session before anything runs, with one clear message."""
        try:
            yield
        except (WrongPlace, ReportError, LogError) as error:
            self.run = None
            self._refuse(error)
            pytest.exit(str(error), returncode=exit_of(error))


def _unfinished(record: Record) -> Record:
    """What stands written of a claim while it is asked: should we be killed, nothing more is known."""
    return replace(record, cases=(), note=_NEVER_ENDED) if record.cases else record
