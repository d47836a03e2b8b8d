"""What a target says of CORE OS's names and credentials, and how a worker's request is signed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proofbook.instruments.signatures import canonical_json
from proofbook.targets.logins import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.stack import Twin
    from proofbook.targets import Names

SECRET = "JOB_WORKER_HMAC_SECRET"
#: The fields of a result that its own signature covers.
RESULT_FIELDS = (
    "finishedAt",
    "jobId",
    "metrics",
    "resultHash",
    "startedAt",
    "status",
    "traceId",
    "workerId",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Names of paths and headers, logins and the workers' secret, all resolved."""

    names: Names
    login_path: str | None
    #: Role → JSON body of its login.
    bodies: Mapping[str, Mapping[str, Any]]
    #: Role → `Cookie` header, where a person logged in.
    cookies: Mapping[str, str]
    #: Fixed headers that stand for a worker's signature; `None`: sign.
    worker_headers: Mapping[str, str] | None
    #: The workers' secret; "" where the target tells none.
    secret: str

    def path(self, name: str, **ids: str) -> str:
        """The path that the contract calls `name`, its `{id}` filled."""
        return self.names.path(name, **ids)

    def signed(self, secret: str, path: str, body: bytes, at_ms: int) -> dict[str, str]:
        """The two headers of a worker's POST to `path` (as it goes over the wire)."""
        return self.stamped(at_ms, header_signature(secret, at_ms, path, body))

    def stamped(self, at_ms: int | str, signature: str) -> dict[str, str]:
        """The two headers, with whatever signature is given."""
        return {
            self.names.header("X-Worker-Timestamp"): str(at_ms),
            self.names.header("X-Worker-Signature"): signature,
        }


def header_signature(secret: str, at_ms: int | str, path: str, body: bytes) -> str:
    """HMAC-SHA256 in lower hexadecimal over timestamp, method, path and raw body, a line each."""
    said = f"{at_ms}\nPOST\n{path}\n".encode() + body
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def result_signature(secret: str, result: Mapping[str, Any]) -> str:
    """HMAC-SHA256 in lower hexadecimal over the canonical JSON of the covered fields."""
    covered = {name: result[name] for name in RESULT_FIELDS if name in result}
    said = canonical_json(covered).encode()
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def access_of(twin: Twin) -> Access:
    """What the twin's target says, references and placeholders resolved."""
    system = twin.system
    login = system.login
    return Access(
        names=system.names,
        login_path=login.path if login else None,
        bodies={} if login is None else resolved(login.bodies, twin.resolve),
        cookies={} if login is None else resolved(login.cookies, twin.resolve),
        worker_headers=resolved(system.worker_auth, twin.resolve),
        secret=secret_of(twin),
    )


def secret_of(twin: Twin) -> str:
    """The workers' secret, from the environment of worker or API, or the worker's credential."""
    for process in ("worker", "api"):
        if process in twin.system.processes:
            found = twin.env(process).get(SECRET)
            if found:
                return found
    credential = twin.system.credentials.get("worker")
    return twin.resolve(credential) if credential else ""
