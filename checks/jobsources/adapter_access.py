"""
Who the suite is to the job sources: a user by its login, an operator and a worker by their tokens.

The target tells the login's path and a body for each of `a`, `b` (users) and `admin`, and under `credentials`
`ops` (who reads `/metrics`), `tasks` (who hands the worker its tasks), `signing` (the callbacks' secret), and where
callbacks carry a fixed token `callback`; `access` (what users' tokens are signed with) where tokens are to be forged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proofbook import NotAsked
from proofbook.targets.logins import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.stack import Twin
    from proofbook.targets import Names

#: The variable that holds a credential, on the API's side, where the target does not give it otherwise.
VARIABLES: Mapping[str, str] = {
    "signing": "WORKER_CALLBACK_SIGNING_SECRET",
    "callback": "WORKER_CALLBACK_TOKEN",
    "tasks": "WORKER_AUTH_TOKEN",
    "ops": "OPS_INTERNAL_TOKEN",
    "access": "ACCESS_TOKEN_SECRET",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Names of paths and headers, logins and credentials, all resolved."""

    names: Names
    login_path: str
    #: `a`, `b` or `admin` → JSON body of its login.
    bodies: Mapping[str, Mapping[str, Any]]
    credentials: Mapping[str, str]
    #: Where the target is to be read on.
    where: str

    def path(self, name: str, **ids: str) -> str:
        """The path that the contract calls `name`, its `{id}` filled."""
        return self.names.path(name, **ids)

    def header(self, name: str) -> str:
        """What the implementation calls a header of the contract."""
        return self.names.header(name)

    def body(self, user: str) -> Mapping[str, Any]:
        """What a user logs in with. Raises `NotAsked` where the target does not tell."""
        if user not in self.bodies:
            raise NotAsked(
                f"{self.where}.login has no {user}: nobody can be logged in as it",
                remedy=f"login.{user} = {{ email = …, password = … }}",
            )
        return self.bodies[user]

    def credential(self, name: str) -> str:
        """A token or secret. Raises `NotAsked` where the target gives none."""
        if not self.credentials.get(name):
            raise NotAsked(
                f"{self.where}.credentials.{name} is not given", remedy=f'credentials.{name} = "…"'
            )
        return self.credentials[name]


def access_of(twin: Twin) -> Access:
    """What the twin's target says, references and placeholders resolved."""
    system = twin.system
    login = system.login
    api = twin.env("api") if "api" in system.processes else {}
    told = {name: api[held] for name, held in VARIABLES.items() if api.get(held)}
    return Access(
        names=system.names,
        login_path="" if login is None else login.path or "",
        bodies={} if login is None else resolved(login.bodies, twin.resolve),
        credentials=told | {n: twin.resolve(text) for n, text in system.credentials.items()},
        where=f"systems.{system.name}",
    )
