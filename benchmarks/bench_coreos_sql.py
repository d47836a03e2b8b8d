"""
What CORE OS adds to its own SQL, and what claiming many at once brings.

Jobs are claimed and completed (fenced, with result, audit row, point and counter) one at a time and a hundred at a
time: through the stand-in's own functions, and by the same statements on a bare psycopg connection. Both take turns on
one store in one run; what counts are the ratios.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import namedtuple_row

from proofbook import targets
from proofbook.stack import Finished, Stack
from systems.chassis import queries
from systems.chassis.store import Store
from systems.coreos import queue
from systems.coreos.events import Journal
from systems.coreos.results import Result
from systems.coreos.service import SQL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Drain = Callable[[int], Awaitable[None]]

ROOT = Path(__file__).parent.parent
#: Batch → batches that each way drains; the ways take turns batch by batch, so what else runs here hits both alike.
TURNS = {1: 600, 100: 120}
#: A batch's time is taken where most of the disturbances are above it.
QUANTILE = 0.25
LEAST_SHARE = 0.9
LEAST_GAIN = 10
WORKER = "bench"
FILL = """
INSERT INTO job_queue (job_id, ticket, payload, job_type, trace_id, actor_id, expires_at, nonce, max_attempts,
  lease_duration_ms, created_at, updated_at, next_run_at)
SELECT gen_random_uuid(), '{}', '{}', 'scheduler.tick', 'trace', 'bench', 9e15, n, 3, 30000, n, n, n
FROM generate_series(1, %s) AS n
"""


@dataclass(frozen=True, slots=True)
class Through:
    """Drains the queue through the stand-in's functions."""

    store: Store

    async def drain(self, batch: int) -> None:
        """Claim and complete so many jobs at once."""
        journal = Journal()
        async with self.store.transaction() as tx:
            rows = await queue.claim(tx, worker_id=WORKER, journal=journal, most=batch)
            await journal.write(tx)
        journal = Journal()
        async with self.store.transaction() as tx:
            done = await queue.finish(
                tx, [_result(row) for row in rows], longest_backoff_ms=60_000, journal=journal
            )
            await journal.write(tx)
        assert len(done) == batch


@dataclass(frozen=True, slots=True)
class Bare:
    """Drains the queue by the same statements, with nothing around them."""

    connection: psycopg.AsyncConnection[Any]
    sql: dict[str, str]

    async def drain(self, batch: int) -> None:
        """Claim and complete so many jobs at once."""
        run, sql = self.connection.execute, self.sql
        async with self.connection.transaction():
            claim = {"worker_id": WORKER, "most": batch, "ended": False}
            rows = await (await run(sql["claim"], claim)).fetchall()
        async with self.connection.transaction():
            done = await (await run(sql["finish"], _columns(rows))).fetchall()
            ids = [row.job_id for row in done]
            await run(sql["add_results"], _kept(ids))
            await run(sql["audit"], _audited(ids))
            await run(
                sql["add_latencies"],
                {"latency_ms": [1.0] * len(ids), "job_type": ["scheduler.tick"] * len(ids)},
            )
            await run(
                sql["count"],
                {"id": ["jobs_completed:jobType=scheduler.tick"], "value": [len(ids)]},
            )
        assert len(done) == batch


def main() -> int:
    """Print the ratios; 1 if one of them is too low."""
    with (
        tempfile.TemporaryDirectory() as logs,
        Stack(targets.load(ROOT, "local"), root=ROOT, logs=Path(logs)) as stack,
        stack.twin("coreos") as twin,
    ):
        migrated = twin.command("migrate")
        assert isinstance(migrated, Finished), migrated
        assert migrated.code == 0, migrated.output
        return asyncio.run(measure(twin.resolve("{store.url}")))


async def measure(dsn: str) -> int:
    """Each way at each batch, by turns."""
    sql = dict(queries.load(SQL))
    store = Store(dsn, sql, limit_ms=60_000)
    connection = await psycopg.AsyncConnection.connect(
        dsn, autocommit=True, row_factory=namedtuple_row
    )
    ways: dict[str, Drain] = {
        "stand-in": Through(store).drain,
        "bare psycopg": Bare(connection, sql).drain,
    }
    seconds: dict[tuple[str, int], list[float]] = {}
    for batch, turns in TURNS.items():
        # The first turns warm plans and pages and do not count.
        warm = turns // 10
        await connection.execute(FILL, [batch * (turns + warm) * len(ways)])
        await connection.execute("ANALYZE")
        for turn in range(turns + warm):
            for way, drain in sorted(ways.items(), reverse=turn % 2 == 1):
                took = await _time(drain, batch)
                seconds.setdefault((way, batch), []).extend([took] if turn >= warm else [])
    await connection.close()
    await store.close()
    return _judge({key: key[1] / _usual(found) for key, found in seconds.items()})


def _judge(rates: dict[tuple[str, int], float]) -> int:
    for (way, batch), rate in sorted(rates.items()):
        print(f"{way:>12}, batch {batch:>3}: {rate:>8.0f} jobs/s")
    failed = False
    for batch in TURNS:
        share = rates["stand-in", batch] / rates["bare psycopg", batch]
        failed |= share < LEAST_SHARE
        print(f"stand-in / bare psycopg at batch {batch}: {share:.2f} (at least {LEAST_SHARE})")
    gain = rates["stand-in", 100] / rates["stand-in", 1]
    failed |= gain < LEAST_GAIN
    print(f"stand-in, batch 100 / batch 1: {gain:.1f} (at least {LEAST_GAIN})")
    return int(failed)


def _usual(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * QUANTILE)]


async def _time(drain: Drain, batch: int) -> float:
    began = time.perf_counter()
    await drain(batch)
    return time.perf_counter() - began


def _result(row: Any) -> Result:
    return Result(
        job_id=row.job_id,
        worker_id=WORKER,
        trace_id="trace",
        status="SUCCEEDED",
        result_hash="0" * 64,
        attempt=row.attempts,
        latency_ms=1.0,
        metrics="{}",
        error_code="",
        error_message="",
        document="{}",
    )


def _columns(rows: Sequence[Any]) -> dict[str, object]:
    """The parameters of `finish`, for jobs that succeeded."""
    n = len(rows)
    return {
        "job_id": [row.job_id for row in rows],
        "attempt": [row.attempts for row in rows],
        "worker_id": [WORKER] * n,
        "trace_id": ["trace"] * n,
        "succeeded": [True] * n,
        "code": [None] * n,
        "message": [None] * n,
        "backoff_ms": [None] * n,
    }


def _kept(ids: Sequence[str]) -> dict[str, object]:
    n = len(ids)
    return {"job_id": ids, "attempt": [1] * n, "result": ["{}"] * n}


def _audited(ids: Sequence[str]) -> dict[str, object]:
    n = len(ids)
    return {
        "type": ["job.complete"] * n,
        "job_id": ids,
        "worker_id": [WORKER] * n,
        "status": ["COMPLETED"] * n,
        "attempts": [1] * n,
        "result_hash": ["0" * 64] * n,
        "metrics": ["{}"] * n,
        "error_code": [None] * n,
    }


if __name__ == "__main__":
    sys.exit(main())
