"""How a start is broken: what must be refused is let through, and what is configured is not used."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nacl.signing import SigningKey

from systems.chassis.http import Refusal
from systems.chassis.settings import Misconfigured
from systems.coreos.faults.seams import Fault, around, ids, together

if TYPE_CHECKING:
    from systems.coreos.faults.seams import Plant

Repair = Callable[[Mapping[str, str]], Mapping[str, str]]
#: A PEM that parses and belongs to nobody.
PEM = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
-----END PRIVATE KEY-----"""


def forgiving(place: str, names: tuple[str, ...], repair: Repair) -> Plant:
    """Where one of these variables is refused, go on with a repaired environment, without a word."""

    def wrap(read: Any) -> Any:
        def forgiven(environ: Mapping[str, str]) -> Any:
            try:
                return read(environ)
            except Misconfigured as problem:
                if not set(names) & {*problem.missing, *problem.invalid}:
                    raise
                return read({**environ, **repair(environ)})

        return forgiven

    return around(place, wrap)


def _api(name: str, *breaks: str, repair: Repair, also: tuple[str, ...] = ()) -> Fault:
    plant = forgiving("systems.coreos.settings:read", (name, *also), repair)
    return Fault(
        name=f"api-forgives-{_word(name)}", process="api", breaks=ids(*breaks), plant=plant
    )


def _worker(name: str, *breaks: str, repair: Repair) -> Fault:
    plant = forgiving("systems.coreos.worker_settings:read", (name,), repair)
    return Fault(
        name=f"worker-forgives-{_word(name)}",
        process="worker",
        breaks=ids(*breaks),
        reason="the worker started and runs on",
        plant=plant,
    )


def _word(name: str) -> str:
    return name.lower().replace("_", "-")


def _pair(_: Mapping[str, str]) -> Mapping[str, str]:
    """A random pair, as the public system makes one."""
    key = SigningKey.generate()
    public = key.verify_key.encode().hex()
    return {"ATTESTATION_PRIVATE_KEY": key.encode().hex(), "ATTESTATION_PUBLIC_KEY": public}


def _own_public(environ: Mapping[str, str]) -> Mapping[str, str]:
    key = SigningKey(bytes.fromhex(environ["ATTESTATION_PRIVATE_KEY"]))
    return {"ATTESTATION_PUBLIC_KEY": key.verify_key.encode().hex()}


def _says(name: str, text: str) -> Repair:
    return lambda _: {name: text}


def _kept(*names: str) -> Plant:
    """A restart goes on with what the first start on this store was given."""

    def wrap(read: Any) -> Any:
        def remembered(environ: Mapping[str, str]) -> Any:
            first = _first(environ, names)
            return read({**environ, **first})

        return remembered

    return around("systems.coreos.settings:read", wrap)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    store = hashlib.sha256(environ.get("DATABASE_URL", "").encode()).hexdigest()[:16]
    memory = Path(tempfile.gettempdir()) / f"coreos-fault-{os.getuid()}-{store}.json"
    if not memory.exists():
        memory.write_text(json.dumps({name: environ[name] for name in names if name in environ}))
    found: dict[str, str] = json.loads(memory.read_text())
    return found


def _old_secret_too(check: Any) -> Any:
    """A request signed with the first secret of this store is as good as one with the present secret."""

    def checked(auth: Any, headers: Any, **rest: Any) -> None:
        try:
            check(auth, headers, **rest)
        except Refusal:
            check(replace(auth, secret=_old_secret()), headers, **rest)

    return checked


def _old_signature_too(read: Any) -> Any:
    def checked(fields: Any, secret: str) -> Any:
        try:
            return read(fields, secret)
        except Refusal:
            return read(fields, _old_secret())

    return checked


def _old_secret() -> str:
    """The secret of the first start on this store; that of this one, if it is the first."""
    return _first(os.environ, ("JOB_WORKER_HMAC_SECRET",)).get("JOB_WORKER_HMAC_SECRET", "")


def _port_3000(optional: Any) -> Any:
    def told(reader: Any, name: str, parse: Any, otherwise: Any) -> Any:
        return optional(reader, name, parse, 3000 if name == "PORT" else otherwise)

    return told


FAULTS = (
    _api(
        "FIREBASE_PROJECT_ID", "firebase-project-required", repair=_says("FIREBASE_PROJECT_ID", "p")
    ),
    _api(
        "FIREBASE_CLIENT_EMAIL",
        "firebase-email-required",
        repair=_says("FIREBASE_CLIENT_EMAIL", "a@b"),
    ),
    _api("FIREBASE_PRIVATE_KEY", "firebase-key-is-pem", repair=_says("FIREBASE_PRIVATE_KEY", PEM)),
    _api("ATTESTATION_PRIVATE_KEY", "signing-key-is-hex64", repair=_pair),
    _api(
        "ATTESTATION_PUBLIC_KEY",
        "published-key-matches",
        "keys-change-together",
        repair=_own_public,
    ),
    _api(
        "JOB_WORKER_HMAC_SECRET",
        "hmac-secret-is-hex64",
        repair=_says("JOB_WORKER_HMAC_SECRET", "ab" * 32),
    ),
    _api(
        "NEXT_PUBLIC_AUTH_MODE",
        "auth-mode-enforced",
        repair=_says("NEXT_PUBLIC_AUTH_MODE", "firebase"),
    ),
    Fault(
        name="bypass-in-production",
        process="api",
        breaks=ids("auth-mode-enforced"),
        plant=forgiving(
            "systems.coreos.settings:read",
            ("NEXT_PUBLIC_AUTH_MODE",),
            lambda environ: (
                {} if environ.get("NEXT_PUBLIC_AUTH_MODE") == "nope" else {"NODE_ENV": "test"}
            ),
        ),
    ),
    Fault(
        name="bypass-not-known",
        process="api",
        breaks=ids("auth-mode-enforced"),
        plant=around(
            "systems.coreos.settings:read",
            lambda read: (
                lambda environ: read(
                    {
                        **environ,
                        "NEXT_PUBLIC_AUTH_MODE": environ.get("NEXT_PUBLIC_AUTH_MODE", "").replace(
                            "bypass", "firebase"
                        ),
                    }
                )
            ),
        ),
    ),
    _worker(
        "COREOS_API_URL", "api-url-required", repair=_says("COREOS_API_URL", "http://127.0.0.1:9")
    ),
    _worker(
        "JOB_WORKER_HMAC_SECRET",
        "hmac-secret-is-hex64",
        repair=_says("JOB_WORKER_HMAC_SECRET", "ab" * 32),
    ),
    _worker(
        "JOB_TICKET_PUBLIC_KEY",
        "worker-verifies-tickets",
        repair=_says("JOB_TICKET_PUBLIC_KEY", "A" * 43 + "="),
    ),
    Fault(
        name="port-3000-by-default",
        process="api",
        breaks=ids("port-defaults"),
        reason="nobody answers on 3001",
        plant=around("systems.chassis.settings:Reader.optional", _port_3000),
    ),
    Fault(
        name="keys-kept-over-restart",
        process="api",
        breaks=ids("restart-takes-new-keys"),
        plant=_kept("ATTESTATION_PRIVATE_KEY", "ATTESTATION_PUBLIC_KEY"),
    ),
    Fault(
        name="old-secret-accepted",
        process="api",
        breaks=ids("hmac-rotation-keeps-tickets"),
        reason="status is 200, promised `status = 403`",
        plant=together(
            _old_secret,
            around("systems.coreos.credentials:WorkerAuth.check", _old_secret_too),
            around("systems.coreos.results:read", _old_signature_too),
        ),
    ),
    Fault(
        name="degraded-health-is-200",
        process="api",
        breaks=ids("health-503-unless-ok"),
        reason="code is 200, promised `code = 503`",
        plant=around(
            "systems.coreos.ops_routes:health",
            lambda health: lambda *args: _fine(health(*args)),
        ),
    ),
)


def _fine(response: Any) -> Any:
    response.status_code = 200
    return response
