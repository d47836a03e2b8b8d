"""
Who the suite is to a Kernel: a bearer token for each role, and what authenticates it to the KMS.

The target tells the private key of its issuer (`credentials.issuer`: hexadecimal, an Ed25519 seed, whose public half
is a key of `KERNEL_OIDC_CONFIG_JSON`), and tokens are made as they are needed; or it tells one token a role
(`credentials.SuperAdmin = "env:…"`, and so on; `credentials.nobody` is a token without any role).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks.kernel.tokens import Issuer
from proofbook import NotAsked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.stack import Twin
    from proofbook.targets import Names

#: The contract's roles.
ROLES = ("SuperAdmin", "DivisionLead", "Operator", "Auditor", "Service")
#: Who is known, and has no role.
NOBODY = "nobody"
OIDC = "KERNEL_OIDC_CONFIG_JSON"
#: What an issuer's configuration may call a thing.
ISSUER, AUDIENCE = ("issuer", "iss"), ("audience", "clientId", "client_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Names of paths and headers, and credentials, all resolved."""

    names: Names
    #: Role, `nobody`, `kms` or `kms_admin` → what is sent as a bearer token.
    credentials: Mapping[str, str]
    #: `None` where the target does not tell the issuer's key.
    issuer: Issuer | None
    #: Where the target is to be read on.
    where: str

    def path(self, name: str, **ids: str) -> str:
        """The path that the contract calls `name`, its `{id}` filled."""
        return self.names.path(name, **ids)

    def header(self, name: str) -> str:
        """What the implementation calls a header of the contract."""
        return self.names.header(name)

    def token(self, role: str, sub: str | None = None) -> str:
        """
        A token of this role (or of `nobody`), for the principal `sub` if one is named.

        Raises `NotAsked` where the target gives no means.
        """
        if self.issuer is not None:
            roles = [] if role == NOBODY else [role]
            return self.issuer.token(sub=sub or f"suite-{role.lower()}", roles=roles)
        if sub is not None:
            raise self._lacks("issuer", "a token for a principal that the check names")
        if role not in self.credentials:
            raise self._lacks(role, f"a token of the role {role}")
        return self.credentials[role]

    def signer(self) -> Issuer:
        """Who signs tokens. Raises `NotAsked` where only tokens are given."""
        if self.issuer is None:
            raise self._lacks("issuer", "tokens that the check makes")
        return self.issuer

    def bearer(self, credential: str) -> dict[str, str]:
        """The header that shows a credential of the KMS; none where the target names none."""
        told = self.credentials.get(credential)
        return {"Authorization": f"Bearer {told}"} if told else {}

    def _lacks(self, credential: str, what: str) -> NotAsked:
        return NotAsked(
            f"{self.where}.credentials.{credential} is not given: there is no way to have {what}",
            remedy=f'credentials.{credential} = "…"',
        )


def access_of(twin: Twin) -> Access:
    """What the twin's target says, references and placeholders resolved."""
    system = twin.system
    credentials = {role: twin.resolve(text) for role, text in system.credentials.items()}
    seed = credentials.pop("issuer", None)
    return Access(
        names=system.names,
        credentials=credentials,
        issuer=None if seed is None else _issuer(seed, _oidc(twin)),
        where=f"systems.{system.name}",
    )


def _oidc(twin: Twin) -> Mapping[str, Any]:
    """What the API is told of its issuer."""
    told = twin.env("api").get(OIDC, "") if "api" in twin.system.processes else ""
    if not told:
        raise NotAsked(
            f"systems.{twin.system.name}.api.env has no {OIDC}: what an issuer signs is not known"
        )
    config: Mapping[str, Any] = json.loads(told)
    return config


def _issuer(seed: str, config: Mapping[str, Any]) -> Issuer:
    keys = config.get("jwks", {}).get("keys", [{}])
    return Issuer(
        seed=bytes.fromhex(seed),
        name=str(_first(config, ISSUER)),
        audience=_first(config, AUDIENCE),
        key_id=keys[0].get("kid"),
    )


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(config[name]) for name in names if config.get(name)), None)
