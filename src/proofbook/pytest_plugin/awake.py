"""What is registered where there is a project, and what it shares."""

from __future__ import annotations

import logging
import os
import random
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, cast

from proofbook import project, targets
from proofbook.claims import read_all
from proofbook.errors import ProofbookError
from proofbook.pytest_plugin.sharding import Shard
from proofbook.runs import new_id
from proofbook.store import Store, run_key

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from proofbook.claims import Claim
    from proofbook.signing.private import SigningKey
    from proofbook.stack.faults import Fault
    from proofbook.targets import Target

#: Checks mostly wait.
_WORKERS = 8


class Role(Enum):
    """Which of pytest's processes this is."""

    #: Collects, runs and writes.
    ALONE = "main"
    #: Collects, hands out and writes (pytest-xdist).
    CONTROLLER = "controller"
    #: Collects and runs what it is handed.
    WORKER = "worker"


@dataclass
class Awake:
    """What the parts of the plugin know of their session."""

    config: pytest.Config
    root: Path
    role: Role
    run_id: str
    seed: int
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def checks(self) -> Path:
        """The room of checks."""
        return self.root / "checks"

    @property
    def store(self) -> Store:
        """Where its log and its evidence are written."""
        return Store(self.root / self.config.getoption("--store"))

    @property
    def shard(self) -> Shard:
        """Which shard of the run this session is; the only one, if nothing was said."""
        return self.config.getoption("--shard") or Shard()

    @property
    def chain(self) -> str:
        """The name of its log, and of its folder: the run's, and the shard's where there are several."""
        shard = self.shard
        return self.run_id if shard.of == 1 else f"{self.run_id}.{shard.number}-of-{shard.of}"

    @property
    def folder(self) -> Path:
        """Where what follows from the log is written."""
        return self.store.runs / self.chain

    @cached_property
    def key(self) -> SigningKey:
        """What the log is signed with; raises `LogError`."""
        return run_key(self.root)

    @property
    def worker(self) -> str:
        """The name of this process: `gw3`, `main` or `controller`."""
        given = getattr(self.config, "workerinput", {}).get("workerid")
        return str(given or self.role.value)

    @property
    def writes(self) -> bool:
        """Whether this process writes the run."""
        return self.role is not Role.WORKER

    @cached_property
    def target(self) -> Target:
        """The target; raises `TargetError`."""
        return targets.load(self.root, self.config.getoption("--target"))

    @cached_property
    def fault(self) -> Fault | None:
        """The fault to plant; raises `TargetError` if there is none of that name."""
        name = self.config.getoption("--fault")
        if not name:
            return None
        from proofbook.stack.faults import fault  # noqa: PLC0415 - rare, and the stack is large

        return fault(self.target, name, self.root)

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Every claim of the runbooks by id, in reading order; raises `RunbookError`."""
        runbooks = read_all(project.pages(self.root))
        _forget_loggers()
        return {claim.id: claim for runbook in runbooks for claim in runbook.claims}


def auto_workers(config: pytest.Config, root: Path) -> int | None:
    """How many workers `-n auto` means for checks; `None` for a session of something else."""
    if not covers_checks(config, root):
        return None
    try:
        target = targets.load(root, config.getoption("--target"))
    except ProofbookError:
        return None  # said with all else that is wrong, once checks are collected
    processes = [
        process for system in target.systems.values() for process in system.processes.values()
    ]
    if any(process.url for process in processes):
        return 1
    return max(_WORKERS, os.cpu_count() or 1)


def covers_checks(config: pytest.Config, root: Path) -> bool:
    """Whether what the command line names holds checks, or is a check."""
    checks = root / "checks"
    return any(
        path.is_relative_to(checks) or checks.is_relative_to(path) for path in named_paths(config)
    )


def named_paths(config: pytest.Config) -> list[Path]:
    """The files and folders that the command line names, resolved, without test names."""
    base = config.invocation_params.dir
    return [(base / argument.partition("::")[0]).resolve() for argument in config.args]


def wake(config: pytest.Config, root: Path) -> Awake:
    """What this process is, and of which run."""
    given = cast("dict[str, object]", getattr(config, "workerinput", {})).get("proofbook")
    if isinstance(given, dict):
        return Awake(config, root, Role.WORKER, given["run_id"], given["seed"])
    distributed = config.getoption("dist", "no") != "no" and bool(config.getoption("tx", []))
    role = Role.CONTROLLER if distributed and not config.option.collectonly else Role.ALONE
    seed, started = config.getoption("--seed"), datetime.now(UTC)
    return Awake(
        config,
        root,
        role,
        config.getoption("--run-id") or new_id(started, secrets.token_hex(3)),
        random.SystemRandom().randrange(2**32) if seed is None else seed,
        started,  # the instant in the id: a second may end between two looks at the clock
    )


def _forget_loggers() -> None:
    """
    Take the reader's loggers out of logging's table.

    markdown-it makes one for each of its rules, and pytest walks through all loggers six times a test.
    """
    known = logging.root.manager.loggerDict
    for name in [name for name in known if name.partition(".")[0] == "markdown_it"]:
        del known[name]
