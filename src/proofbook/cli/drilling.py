"""Drill the backups of a system: one after the other, each signed for when it has ended."""

from __future__ import annotations

import fcntl
import getpass
import json
import secrets
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from proofbook import runs, store, targets
from proofbook.acts import body
from proofbook.cli import here
from proofbook.cli.asking import moment
from proofbook.cli.consoles import console
from proofbook.cli.drill_telling import Teller
from proofbook.cli.lasting import lasting
from proofbook.effects import Effect
from proofbook.errors import NotAsked, NoVerdict, ReportError
from proofbook.instruments.postgres import Observer
from proofbook.instruments.restore import guards, sources
from proofbook.instruments.restore.drill import drill
from proofbook.instruments.restore.drilling import Drilling
from proofbook.instruments.restore.hooks import Hooks
from proofbook.instruments.restore.phases import Phases
from proofbook.instruments.restore.preparing import Origin, prepare
from proofbook.pytest_plugin.sources import suite_commit
from proofbook.report import Exit
from proofbook.runs.disk import put
from proofbook.stack import Address, Stack, scratch
from proofbook.verdicts import Verdict, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta
    from pathlib import Path

    from proofbook.drills import Drill
    from proofbook.stack import Twin
    from proofbook.targets import Target
    from proofbook.targets.model import Backup

#: Where the journal and the record of each drill lie, from the project's root.
FOLDER = "reports/drills"
#: Where a drill of a deployment works, if the target names no scratch.
WORK = ".proofbook/drills"
_EXITS = {
    Verdict.PASS: Exit.PASS,
    Verdict.FAIL: Exit.FAIL,
    Verdict.NO_VERDICT: Exit.NO_VERDICT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asked for."""

    system: str
    names: tuple[str, ...]
    target: str
    resume: str | None
    store: str
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call of the verb."""

    root: Path
    asked: Asked
    target: Target
    run: str
    teller: Teller
    #: Backup → after which time it is to be drilled again.
    terms: Mapping[str, timedelta]

    @property
    def lasts(self) -> bool:
        """Whether what the drill works on is still there when its process has ended."""
        return self.target.kind == "deployment"

    @property
    def folder(self) -> Path:
        """Of the journals and records."""
        return self.root / FOLDER / self.run


def restore(asked: Asked) -> int:
    """Drill; how it ended."""
    root = here.root()
    target = targets.load(root, asked.target)
    backups = _chosen(target, asked)
    run = asked.resume or runs.new_id(datetime.now(UTC), secrets.token_hex(3))
    out = console(sys.stderr if asked.as_json else sys.stdout)
    session = Session(
        root=root,
        asked=asked,
        target=target,
        run=run,
        teller=Teller(out, target),
        terms={each.name: lasting(root, target, asked.system, each) for each in backups},
    )
    _check(session)
    with _held(session.folder), Stack(target, root=root, logs=session.folder / "logs") as stack:
        if session.lasts:
            stack.check_identity()
        try:
            with stack.twin(asked.system, own_services=not session.lasts) as twin:
                drilled = _drilled(session, stack, twin, backups)
                records = [_recorded(session, each) for each in drilled]
        except KeyboardInterrupt:
            if session.lasts:
                session.teller.cut_off(asked.system, run)
            raise
    if asked.as_json:
        click.echo(json.dumps([body(each) for each in records], indent=1, ensure_ascii=False))
    return _EXITS[joined(each.verdict for each in records)]


def _drilled(
    session: Session, stack: Stack, twin: Twin, backups: tuple[Backup, ...]
) -> Iterator[Drill]:
    """Each backup's drill as it ends."""
    hooks = Hooks.of(session.root, twin.system.name)
    origin = None
    if not session.lasts:
        session.teller.preparing()
        origin = Origin.begun(stack, twin, session.run)
        session.teller.prepared(origin.fill(hooks))
    for backup in backups:
        session.teller.begins(twin.system.name, backup)
        at = _drilling(session, stack, twin, backup, hooks)
        if origin is not None:
            prepare(at, origin)
        yield drill(at)


def _drilling(session: Session, stack: Stack, twin: Twin, backup: Backup, hooks: Hooks) -> Drilling:
    key = twin.resolve(backup.key) if backup.key else ""
    phases = Phases(
        journal=session.folder / f"{backup.name}.jsonl",
        tell=session.teller.phase,
        is_secret=backup.is_production,
        secrets=stack.secrets,
    )
    if not session.asked.resume and phases.journal.exists():
        raise ReportError(f"{phases.journal} is there already: another drill has this id")
    dsn = twin.resolve(twin.system.sql) if session.lasts and twin.system.sql else ""
    return Drilling(
        stack=stack,
        target=session.target,
        twin=twin,
        backup=backup,
        hooks=hooks,
        source=sources.Commanded(backup, twin.resolve, key),
        run=session.run,
        work=_work(session, stack, twin, backup),
        phases=phases,
        tell_control=session.teller.control,
        operator=f"{_user()}@{socket.gethostname()}",
        lasts=session.terms[backup.name],
        key_text=key,
        database=Address.of(dsn).database if dsn else "",
        archiver=(lambda: _archiver(dsn)) if dsn else None,
    )


def _archiver(dsn: str) -> str:
    """Whether the deployment's log is archived, as it says itself."""
    rows = Observer(dsn).rows(guards.ARCHIVER)
    return guards.archiver(tuple(rows[0].values()))


def _recorded(session: Session, record: Drill) -> Drill:
    """The record, on the log of the store and beside its journal."""
    key = store.run_key(session.root)
    now = moment(None)
    signed = store.act_payload("drill", now, body(record), suite_commit(session.root))
    head = store.append_act(session.root / session.asked.store, signed, key=key)
    text = json.dumps(body(record), indent=1, ensure_ascii=False) + "\n"
    put({session.folder / f"{record.backup}.json": text})
    session.teller.ended(record, str(head), session.run)
    return record


def _chosen(target: Target, asked: Asked) -> tuple[Backup, ...]:
    """The backups that are meant. Raises a usage error, or `NotAsked` where the target names none."""
    if asked.system not in target.systems:
        known = ", ".join(target.systems) or "none"
        raise click.UsageError(f"{target.path} has no system {asked.system!r}; it has: {known}")
    backups = target.systems[asked.system].backups
    if not backups:
        raise NotAsked(
            f"{target.path} names no backup of {asked.system}: add "
            f"[systems.{asked.system}.backups.NAME]; the handbook's page on drills shows how"
        )
    unknown = [name for name in asked.names if name not in backups]
    if unknown:
        known = ", ".join(backups)
        raise click.UsageError(f"{asked.system} has no backup {unknown[0]!r}; it has: {known}")
    return tuple(each for name, each in backups.items() if not asked.names or name in asked.names)


def _check(session: Session) -> None:
    """Raise a usage error, or `NotAsked`, for what cannot be drilled so."""
    target, resume = session.target, session.asked.resume
    if not session.lasts and target.allowed < Effect.DISRUPTS:
        raise NotAsked(
            f'{target.path} permits {target.allowed}; a drill needs permits = "disrupts"',
            remedy='permits = "disrupts"',
        )
    if resume and not session.lasts:
        raise click.UsageError(
            f"{target.path} is brought up for a drill and gone after it: there is nothing to resume"
        )
    if resume and not session.folder.is_dir():
        raise click.UsageError(f"there is no drill {resume}; {FOLDER}/ holds one folder a drill")


def _work(session: Session, stack: Stack, twin: Twin, backup: Backup) -> Path:
    """A folder of this drill's own, where there is room."""
    if backup.scratch is None and not session.lasts:
        return stack.new_data(backup.name)
    base = twin.resolve(backup.scratch) if backup.scratch else WORK
    work = session.root / base / session.run / backup.name
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoVerdict(f"scratch {base} cannot be written: {error.strerror}") from None
    if scratch.database_uid() is not None and not scratch.is_open(work.parent):
        raise NoVerdict(
            f"PostgreSQL runs as user {scratch.NOBODY} where we are root, and cannot enter {base}; "
            "name a scratch that everybody may pass through"
        )
    return work


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """A drill is nobody else's meanwhile. Raises `ReportError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise ReportError(
            f"{FOLDER}/{folder.name}: another process runs this drill; wait for it, or end it"
        ) from None
    except OSError as error:
        raise ReportError(f"{FOLDER}/{folder.name} cannot be written: {error.strerror}") from None
