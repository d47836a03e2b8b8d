"""
The Kernel's sessions in its PostgreSQL, as the server itself lists them.

    sessions(deployment, kernel)     those of its role, but for the suite's own

The role is the one that POSTGRES_URL names; where the Kernel is only an address, `credentials.database_role` says it, or
it is taken for the role that the target's `sql` names.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.kernel.adapter import DIVISION
from checks.kernel.adapter_access import NOBODY
from proofbook import NotAsked
from proofbook.instruments.waiting import until
from proofbook.stack import Address

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook.instruments.postgres import Row

#: How long one is looked for, of a Kernel that keeps none open between requests.
_LOOKED_FOR_SECONDS = 10
#: No row has it.
_NO_DIVISION = "00000000-0000-4000-8000-000000000000"
_SESSIONS = """
    select a.datname as database, coalesce(s.ssl, false) as is_encrypted
    from pg_stat_activity a left join pg_stat_ssl s using (pid)
    where a.usename = coalesce(nullif(%s, ''), current_user) and a.pid <> pg_backend_pid()
      and a.backend_type = 'client backend' and a.application_name is distinct from 'proofbook'
"""


@dataclass(frozen=True, slots=True)
class Session:
    """One connection of the Kernel's, as its server sees it."""

    database: str
    is_encrypted: bool


def sessions(deployment: Deployment, kernel: Kernel) -> list[Session]:
    """The sessions of the Kernel's role. Raises `NotAsked` where the target gives no way to read them."""
    role = _role(deployment, kernel)

    def looked() -> list[Row]:
        _looks_up(kernel)  # one that was idle may hold none
        return deployment.sql.rows(_SESSIONS, role)

    rows = until(looked, bool, _LOOKED_FOR_SECONDS)
    return [Session(str(row["database"]), bool(row["is_encrypted"])) for row in rows]


def _looks_up(kernel: Kernel) -> None:
    """Have a Kernel look into its database: for its own state, and for a division, where a token can be had."""
    kernel.ready()
    with suppress(NotAsked):
        kernel.ask("GET", DIVISION, NOBODY, id=_NO_DIVISION)


def _role(deployment: Deployment, kernel: Kernel) -> str:
    told = kernel.process.env.get("POSTGRES_URL") if deployment.is_ours else None
    if told:
        return Address.of(told).user
    return deployment.access.credentials.get("database_role", "")
