"""
What a target file says, as values.

A `Target` holds everything unresolved: `env:NAME`, `file:PATH`, `generate:KIND` and
`{placeholders}` stand in its strings as written. `proofbook.stack` resolves them when it starts or
reaches something, so that a secret is never held longer than it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from proofbook.effects import Effect
from proofbook.targets.naming import Names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

#: Where something was proved; every record and badge says so.
KINDS = ("stand-in", "twin", "deployment")

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """How it is known that a process has started: exactly one of the first three."""

    #: A path of the process, or a whole URL: any answer will do, a `503` too.
    http: str | None = None
    #: A regular expression that a line of its output matches.
    log: str | None = None
    #: Still running after this long.
    running_for: timedelta | None = None
    #: The longest that it may take.
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one fact is read from a deployment: by HTTP and field, from a file, by a command, by SQL."""

    http: str | None = None
    #: Dotted path into the JSON answer of `http`.
    field: str | None = None
    file: str | None = None
    command: tuple[str, ...] | None = None
    #: A DSN: the fact is PostgreSQL's own system identifier.
    postgres: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells that this is the place meant."""

    reading: Reading
    equals: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard the target may be driven; `None` is no limit."""

    #: Requests a second.
    rate: float | None = None
    seconds: float | None = None
    connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWhen:
    """A measurement past which load stops."""

    #: A measurement of the load itself (`p95`, `error_rate`), or a number read from the deployment.
    measured: str | Reading
    #: `>` or `<`: on this side of `value` load stops.
    op: str
    #: Durations in seconds, percentages as fractions.
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The keys of a process that a release, an environment or a fault changes."""

    command: tuple[str, ...] | None = None
    image: tuple[str, ...] = ()
    cwd: str | None = None
    setup: tuple[tuple[str, ...], ...] | None = None
    env: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    ready: Ready | None = None
    #: A fault's other files, by the names of the system's `files`.
    files: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: A fault's damage to the store: statements that run after `setup`, before the process starts.
    sql: tuple[str, ...] = ()
    #: Claim ids that a fault turns `fail`; empty for releases and environments.
    breaks: tuple[str, ...] = ()
    #: Claim ids that stay `pass` under a fault.
    unaffected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of a contract: where it already runs (`url`), or how it is started (`command`)."""

    name: str
    url: str | None = None
    command: tuple[str, ...] | None = None
    #: The image in which the command runs, as a container: the first of these that Docker has. Empty:
    #: it runs on this machine.
    image: tuple[str, ...] = ()
    cwd: str | None = None
    setup: tuple[tuple[str, ...], ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    ready: Ready | None = None
    release: Reading | None = None
    #: `start`, `stop`, `kill`, `freeze`, `thaw`, `logs` → a command, where the process is not ours.
    control: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    releases: Mapping[str, Overlay] = field(default_factory=dict)
    environments: Mapping[str, Overlay] = field(default_factory=dict)
    faults: Mapping[str, Overlay] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """
    Something that processes need, by role: provided by us, an address, or a command.

    Beside a command, `url` is the address at which the started program is reached.
    """

    role: str
    #: `postgres` or `redis`: started from the installed Python packages.
    provided: str | None = None
    #: What a twin's own PostgreSQL calls its database; on a shared one each needs a name of its own.
    database: str | None = None
    url: str | None = None
    #: Whether each twin has an empty database of its own there, beside the one that the address names.
    fresh: bool = False
    process: Process | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How the suite becomes a user of each role: a request after each start, or given cookies."""

    path: str | None = None
    #: Role → JSON body posted to `path`; references and placeholders in its strings.
    bodies: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    #: Role → a `Cookie` header's text.
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup, and how it is rehearsed."""

    name: str
    #: `pg_dump`, `basebackup`, `pgbackrest` or `command`.
    kind: str
    #: A command of the system that makes one: the drill runs it on a twin.
    make: str | None = None
    #: Prints what there is; fetches `{artefact}` to `{file}`.
    listing: tuple[str, ...] | None = None
    fetch: tuple[str, ...] | None = None
    #: Checks backups where they lie.
    verify: tuple[str, ...] | None = None
    #: Restores by itself, to `{destination.url}` or the folder `{destination.data}`.
    restore: tuple[str, ...] | None = None
    #: Prints the names of archived segments; fetches `{segment}` to `{file}`.
    wal_list: tuple[str, ...] | None = None
    wal_fetch: tuple[str, ...] | None = None
    #: What decrypts it, by reference or placeholder.
    key: str | None = None
    #: The name of an artefact's manifest, from `{artefact}` or `{stem}`.
    manifest: str | None = None
    #: A query whose first column is the instant of the newest thing that it holds.
    newest_event: str | None = None
    #: How often the schedule makes one.
    every: timedelta | None = None
    #: The process that is started on what was restored.
    boot: str | None = None
    #: The folder to work in; `None`: the stack's own.
    scratch: str | None = None
    #: Whether it holds people's data.
    is_production: bool = False
    #: The claim whose `valid_for` says when it is to be drilled again.
    claim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One system of the target: its processes, and all that the contract speaks of beside them."""

    name: str
    processes: Mapping[str, Process] = field(default_factory=dict)
    commands: Mapping[str, Process] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: The service or process that holds the state.
    store: str | None = None
    #: A DSN for reading the state.
    sql: str | None = None
    login: Login | None = None
    #: Role → credential, by reference; parts of one are `role.part`.
    credentials: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Fixed headers that stand for a worker's signature; `None`: sign as the contract says.
    worker_auth: Mapping[str, str] | None = None
    names: Names = field(default_factory=Names)
    #: Name of a log line of the contract → a regular expression that it matches here.
    logs: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Variables of the contract that this implementation does not have.
    absent: frozenset[str] = frozenset()
    faults_from: tuple[str, ...] | None = None
    backups: Mapping[str, Backup] = field(default_factory=dict)

    def is_ours(self, process: str) -> bool:
        """Whether nobody else knows this process: it is a program that we start, or there is none."""
        model = self.processes.get(process)
        return model is None or model.command is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A deployment that checks can be run against, and what may be done to it."""

    name: str
    #: Its file, as the user would type it.
    path: str
    kind: str
    #: The strongest effect that a check may have here: it only looks unless the file says more.
    permits: Effect = Effect.OBSERVES
    #: Allows nothing more than looking, whatever else is said.
    protected: bool = False
    #: What else this machine must offer, or nothing is asked: `docker`.
    needs: tuple[str, ...] = ()
    identity: Identity | None = None
    #: Component → where its revision is read; beside each process's own `release`.
    release: Mapping[str, Reading] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    stop_when: StopWhen | None = None
    #: `claim id` or `*` → value name → the smaller value used here.
    scale: Mapping[str, Mapping[str, float | timedelta]] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    #: Name → reference (`env:…`, `file:…`, `generate:…`).
    secrets: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    systems: Mapping[str, System] = field(default_factory=dict)
    #: Every address that the file names: `host:port`, or a reference as written.
    addresses: frozenset[str] = frozenset()
    #: Addresses that other files protect, in the same form → the file that does.
    off_limits: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def allowed(self) -> Effect:
        """The strongest effect here, protection counted."""
        return Effect.OBSERVES if self.protected else self.permits

    @property
    def called(self) -> str:
        """What a command line calls it: its name in `targets/`, or its file where that lies elsewhere."""
        return self.name if self.path == f"targets/{self.name}.toml" else self.path
