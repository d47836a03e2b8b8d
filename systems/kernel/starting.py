"""What must be well before the Kernel listens: the store, its tables, and the KMS where one is required."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict

from systems.kernel import schema
from systems.kernel.metrics import Metrics
from systems.kernel.signer import KmsSigner

if TYPE_CHECKING:
    from systems.kernel.settings import Settings

STEP_SECONDS = 0.5
ATTEMPT_SECONDS = 2.0


class CannotStart(Exception):
    """Something that is needed is not there: a word for it, and what there is to say, without secrets."""

    def __init__(self, message: str, **told: object) -> None:
        super().__init__(message)
        self.message = message
        self.told = told


async def see_to(settings: Settings) -> None:
    """Wait for the store, look at its tables, ask the KMS. Raises CannotStart."""
    await _await_store(settings)
    pending = await asyncio.to_thread(schema.pending, settings)
    if pending:
        raise CannotStart("migrations.pending", file=pending[0], reason="run `migrate` first")
    if settings.kms.is_required:
        signer = KmsSigner(settings.signer_id, settings.kms, Metrics())
        signs = await signer.signs()
        await signer.close()
        if not signs:
            reason = "the KMS gives no signature that verifies, and REQUIRE_KMS is true"
            raise CannotStart("kms.unreachable", reason=reason)


async def _await_store(settings: Settings) -> None:
    deadline = asyncio.get_running_loop().time() + settings.db_wait_ms / 1000
    while not await _answers(settings.postgres_url):
        if asyncio.get_running_loop().time() >= deadline:
            told = conninfo_to_dict(settings.postgres_url)
            reason = f"PostgreSQL did not answer within {settings.db_wait_ms} ms"
            at = {"host": told.get("host"), "port": told.get("port", 5432)}
            raise CannotStart("db.unreachable", **at, reason=reason)
        await asyncio.sleep(STEP_SECONDS)


async def _answers(dsn: str) -> bool:
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            connection = await psycopg.AsyncConnection.connect(dsn)
            async with connection:
                await connection.execute("SELECT 1")
    except (psycopg.Error, OSError, TimeoutError):
        return False
    return True
