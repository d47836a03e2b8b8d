"""The chain of a run, written as the run goes: its plan, each record as it is made, its end."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proofbook.errors import ReportError
from proofbook.log import Head, plans, records
from proofbook.log.entry import END, NOTHING, PLAN, RECORD, Entry, digest, sealed
from proofbook.store.folder import put_new, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from proofbook.dsse import Signer
    from proofbook.evidence import Record
    from proofbook.log.plans import End, Plan
    from proofbook.signing.private import SigningKey
    from proofbook.store.folder import Store


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Writer:
    """
    One chain that grows; `begin` makes its file.

    Whatever a method returns from is on the disk. A method that raises `ReportError` leaves the
    chain as it was: what a full disk cut off is taken away again.
    """

    store: Store
    plan: Plan
    signer: Signer
    now: Callable[[], datetime] = _now
    _count: int = 0
    _last: str = NOTHING
    _bytes: int = field(default=0, repr=False)

    @classmethod
    def begin(
        cls, store: Store, key: SigningKey, plan: Plan, *, now: Callable[[], datetime] = _now
    ) -> Writer:
        """Log the plan; `ReportError` if that cannot be done, or if the chain is there already."""
        store.put_key(key.public)
        writer = cls(store=store, plan=plan, signer=key.signer(), now=now)
        line = writer._line(PLAN, plans.body(plan))
        with writing(store.folder):
            put_new(store.chain(plan.chain), line)
        writer._bytes = len(line)
        return writer

    @property
    def head(self) -> Head:
        """Of what is written."""
        return Head(self.plan.chain, self._count, self._last)

    def record(self, made: Sequence[Record]) -> None:
        """Log records as they are made: first their evidence, then their names."""
        if not made:
            return
        digests = self.store.put_evidence(records.text(each, self.plan.run) for each in made)
        bodies = [
            {"claim": each.claim, "record": named, "verdict": each.verdict.value}
            for each, named in zip(made, digests, strict=True)
        ]
        self._append([(RECORD, body) for body in bodies])

    def end(self, end: End) -> None:
        """Log that the run is over: after that, nothing."""
        self._append([(END, plans.body(end))])

    def _append(self, entries: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        count, last = self._count, self._last
        data = b"".join(self._line(kind, body) for kind, body in entries)
        try:
            with writing(self.store.folder):
                _added(os.fspath(self.store.chain(self.plan.chain)), data, self._bytes)
        except ReportError:
            self._count, self._last = count, last
            raise
        self._bytes += len(data)

    def _line(self, kind: str, body: Mapping[str, object]) -> bytes:
        at = self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = Entry(kind, at, self.plan.run.suite, self._last, body)
        line = sealed(entry, self.signer)
        self._count, self._last = self._count + 1, digest(line)
        return line + b"\n"


def _added(file: str, data: bytes, before: int) -> None:
    """Append, to the disk; or, with `OSError`, leave the file as long as it was before."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, before)
        raise
    finally:
        os.close(descriptor)
