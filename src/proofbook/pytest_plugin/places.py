"""The place that this process checks: its stack, its secrets, and whether it is the one meant."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import WrongPlace
from proofbook.pytest_plugin.redacting import Redacting
from proofbook.store.owned import secrets_of

if TYPE_CHECKING:
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.stack import Stack


class Place:
    """Owns the stack of this process: made when it is first asked for, gone when the session ends."""

    def __init__(self, awake: Awake) -> None:
        self._awake = awake
        self._stack: Stack | None = None
        #: The signing key, where the environment holds it.
        self._key = secrets_of(os.environ)
        #: Set once the deployment turned out to be another one.
        self.wrong: WrongPlace | None = None
        self._is_identified = False

    @property
    def stack(self) -> Stack:
        """The stack; private to this process, its logs too."""
        if self._stack is None:
            from proofbook.stack import Stack  # noqa: PLC0415 - most sessions start nothing

            awake = self._awake
            logs = awake.folder / "logs" / awake.worker
            stack = Stack(awake.target, root=awake.root, logs=logs, fault=awake.fault)
            self._stack = stack.__enter__()
            if not self._key:
                awake.config.pluginmanager.register(Redacting(self))
        return self._stack

    def hide_key(self) -> None:
        """Redact the signing key, where the environment holds it, before any other part sees a report."""
        if self._key:
            self._awake.config.pluginmanager.register(Redacting(self))

    @property
    def has_stack(self) -> bool:
        """Whether anything was asked of it so far."""
        return self._stack is not None

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret that was resolved so far."""
        return self._key | (self._stack.secrets() if self._stack else frozenset())

    def addresses(self) -> frozenset[tuple[str, int]]:
        """Host and port of all that checks may reach now."""
        return self.stack.addresses()

    @property
    def states_release(self) -> bool:
        """Whether the target says where its release is read."""
        systems = self._awake.target.systems.values()
        processes = (process for system in systems for process in system.processes.values())
        return bool(self._awake.target.release) or any(process.release for process in processes)

    def identify(self) -> None:
        """Raise `WrongPlace` unless the deployment is the one meant; asked once, where one is named."""
        if self.wrong is not None:
            raise self.wrong
        if self._is_identified or self._awake.target.identity is None:
            return
        try:
            self.stack.check_identity()
        except WrongPlace as error:
            self.wrong = error
            raise
        self._is_identified = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Stop all that was started, after pytest has torn down its fixtures."""
        if self._stack is not None:
            self._stack.__exit__(None, None, None)
