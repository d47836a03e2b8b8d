"""Escrows of a marketplace in this process, and the chain that they are on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from psycopg.sql import SQL, Identifier

from systems.marketplace.chain_contracts import Contract
from systems.marketplace.node import ChainAway, Node, NodeRefused
from tests.systems.marketplace.chains import ADDRESSES, CLIENT, OK, Wallets

if TYPE_CHECKING:
    import httpx
    import psycopg

    from systems.marketplace.events import Event
    from tests.systems.marketplace.markets import Market

#: An admin whom no table knows.
ADMIN = "an-admin"
PENDING = """
INSERT INTO jobs (id, title, description, "clientId", "budgetAmount", "budgetType", duration, skills, requirements, "updatedAt",
  "useBlockchain", "escrowPending", "escrowPendingSince")
VALUES (%s, 'A job', 'Something to do', %s, 5, 'FIXED', '1 d', '{}', '{}', now(), true, true, timezone('UTC', now()))
"""
#: Where the contracts are, and so many orders that no test is refused one.
CHAINED = {
    "CHAIN_RPC_URL": "http://chain.example",
    "NEXT_PUBLIC_ESCROW_CONTRACT_ADDRESS": ADDRESSES[Contract.ESCROW],
    "REPUTATION_CONTRACT_ADDRESS": ADDRESSES[Contract.REPUTATION],
    "CERTIFICATE_CONTRACT_ADDRESS": ADDRESSES[Contract.CERTIFICATE],
    "RATE_LIMITS": json.dumps({"escrow": "1000/1"}),
}
#: How long a chain may take that is in this process, on a busy machine.
PATIENCE_SECONDS = 60.0
Flags = tuple[bool, bool, bool, bool, int | None]


class LocalNode(Node):
    """The node of a chain of the test's own."""

    wallets = Wallets()
    is_away = False

    async def call(self, method: str, *params: object) -> Any:
        """What that chain says."""
        if self.is_away:
            raise ChainAway("it was switched off")
        told = self.wallets.rpc(method, *params)
        if isinstance(told, str) and not told.startswith("0x"):
            raise NodeRefused(told)
        return told


@dataclass
class Escrows:
    """A marketplace, a chain, a client whose wallet is the chain's client, and another one."""

    market: Market
    wallets: Wallets
    database: psycopg.Connection[dict[str, Any]]
    owner: str = ""
    other: str = ""
    events: list[Event] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = self.market.user(walletAddress=CLIENT)
        self.other = self.market.user()
        self.market.service.events.listeners.append(self.events.append)

    def sql(self, query: Any, *values: object) -> list[dict[str, Any]]:
        """Rows straight from the store."""
        cursor = self.database.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []

    def job(self, **columns: object) -> str:
        """The owner's job, with an escrow that is pending; its columns otherwise as told."""
        job_id = str(uuid4())
        self.sql(PENDING, job_id, self.owner)
        for name, value in columns.items():
            query = SQL("UPDATE jobs SET {} = %s WHERE id = %s").format(Identifier(name))
            self.sql(query, value, job_id)
        return job_id

    def deployed(self, *amounts: int, **columns: object) -> tuple[str, int]:
        """A job whose escrow is on the chain, and its id there."""
        number = len(self.wallets.node.chain.books.escrows.items)
        assert self.wallets.create(*(amounts or (100,))) == OK
        told = {"escrowPending": False, "escrowDeployed": True, "escrowOnChainId": number}
        return self.job(**(told | columns)), number

    def row(self, job_id: str) -> dict[str, Any]:
        """A job as it is stored."""
        (row,) = self.sql("SELECT * FROM jobs WHERE id = %s", job_id)
        return row

    def flags(self, job_id: str) -> Flags:
        """Pending, deployed, rollback requested, cancelled, and the id on the chain."""
        row = self.row(job_id)
        told = (row["escrowPending"], row["escrowDeployed"], row["escrowRollbackRequested"])
        return (*told, row["escrowCancelledAt"] is not None, row["escrowOnChainId"])

    def patch(self, job_id: str, body: object, who: str = "", **more: Any) -> httpx.Response:
        """An order; the owner's unless somebody is named."""
        headers = self.bearer(who or self.owner) | more.pop("headers", {})
        return self.market.patch(f"/api/jobs/{job_id}/escrow", body, headers=headers, **more)

    def bearer(self, who: str) -> dict[str, str | None]:
        """What somebody shows."""
        if who not in self._tokens:
            self._tokens[who] = self.market.token(who)
        return {"Authorization": f"Bearer {self._tokens[who]}"}

    def act(self, job_id: str, action: str, who: str = "", **more: Any) -> tuple[int, Any]:
        """The status, and what is wrong or the job that is told."""
        answer = self.patch(job_id, {"action": action, **more}, who)
        told = answer.json()
        return answer.status_code, told.get("error", told.get("job"))

    def refused(self, job_id: str, action: str, who: str = "", **more: Any) -> tuple[int, Any]:
        """What is answered to an order that changes nothing."""
        before = self.row(job_id)
        answer = self.act(job_id, action, who, **more)
        assert self.row(job_id) == before
        return answer

    def race(self, job_id: str, *actions: str) -> dict[str, bool]:
        """Orders of an admin's that are under way at once, and which of them were done."""
        path = f"/api/jobs/{job_id}/escrow"
        bodies = [{"action": action, "onChainId": 0} for action in actions]
        told = {"headers": self.bearer(ADMIN)}
        answers = self.market.together(("PATCH", path, body, told) for body in bodies)
        return {a: each.status_code == 200 for a, each in zip(actions, answers, strict=True)}

    def stats(self, job_id: str = "", who: str = ADMIN) -> httpx.Response:
        """Who must be looked after."""
        query = {"jobId": job_id} if job_id else {}
        headers = self.bearer(who) if who else {}
        return self.market.ask("GET", "/api/escrow/stats", params=query, headers=headers)
