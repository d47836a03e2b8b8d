"""
The KMS signing proxy: `python -m systems.kernel.kms`.

Listens on PORT (3100) of HOST (127.0.0.1). Holds Ed25519 keys in KMS_DATA_DIR, signs with them, and gives their public
halves to whoever asks; no private half ever goes out.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.routing import Route, Router

from systems.chassis import logs, server
from systems.chassis.http import Refusal, Resource, body_of, fields_of, reply
from systems.chassis.settings import Misconfigured, Reader, integer, words
from systems.kernel import secrets
from systems.kernel.keys import Key, Keys
from systems.kernel.signatures import ALGORITHM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

OVERLAP_SECONDS = 604_800


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsServiceSettings:
    """What the KMS is told by its environment; an empty token: none is asked for."""

    folder: Path
    bearer_token: str
    admin_token: str
    overlap: timedelta
    initial_signers: frozenset[str]
    host: str
    port: int


def read(environ: Mapping[str, str]) -> KmsServiceSettings:
    """The settings of an environment. Raises Misconfigured."""
    reader = Reader(environ)
    seconds = reader.optional("KMS_KEY_OVERLAP_SECONDS", integer(0, 10**10), OVERLAP_SECONDS)
    read = KmsServiceSettings(
        folder=reader.required("KMS_DATA_DIR", Path) or Path(),
        bearer_token=reader.optional("KMS_BEARER_TOKEN", str, ""),
        admin_token=reader.optional("KMS_ADMIN_TOKEN", str, ""),
        overlap=timedelta(seconds=seconds),
        initial_signers=reader.optional("KMS_INITIAL_SIGNERS", words, words("")),
        host=reader.optional("HOST", str, "127.0.0.1"),
        port=reader.optional("PORT", integer(1, 65535), 3100),
    )
    reader.check()
    return read


class Vault:
    """The keys, and the file that they are kept in: a change counts once it is on disk."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "keys.json"
        self.is_new = not self._file.exists()
        kept = [] if self.is_new else json.loads(self._file.read_text(encoding="ascii"))
        self.keys = Keys(Key(**{**each, "seed": bytes.fromhex(each["seed"])}) for each in kept)

    def save(self) -> None:
        """Write all keys down, all or nothing; only this user may read them."""
        kept = [{**asdict(key), "seed": key.seed.hex()} for key in self.keys.all]
        new = self._file.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


class KmsRoutes:
    """Handlers of the KMS."""

    def __init__(self, told: KmsServiceSettings) -> None:
        self._told = told
        self._vault = Vault(told.folder)
        self._keys = self._vault.keys
        if self._vault.is_new:
            for signer_id in sorted(told.initial_signers):
                self._keys.add(signer_id, _now())
            self._vault.save()

    def application(self) -> ASGIApp:
        """The KMS's API."""
        resources = {
            "/": Resource(get=self._health),
            "/health": Resource(get=self._health),
            "/sign": Resource(post=self._sign_payload),
            "/signData": Resource(post=self._sign_data),
            "/publicKeys/{signer_id:path}": Resource(get=self._public_key),
            "/keys": Resource(get=self._list, post=self._add),
            "/keys/rotate": Resource(post=self._rotate),
            "/keys/{signer_id:path}/disable": Resource(post=self._disable),
            "/keys/{signer_id:path}/retire": Resource(post=self._retire),
        }
        routes = [Route(path, resource) for path, resource in resources.items()]
        return Router(routes, redirect_slashes=False)

    async def _health(self, _request: Request) -> Response:
        return reply({"status": "ok"})

    async def _sign_payload(self, request: Request) -> Response:
        return await self._signed(request, "payload")

    async def _sign_data(self, request: Request) -> Response:
        return await self._signed(request, "data")

    async def _signed(self, request: Request, name: str) -> Response:
        fields = await _fields(request, self._told.bearer_token)
        signer_id, text = _text(fields, "signerId"), fields.get(name)
        if not isinstance(text, str):
            raise Refusal(400, "invalid_request")
        key = self._keys.find(signer_id, _version(fields))
        signature = base64.b64encode(key.sign(text)).decode()
        told = {"signature": signature, "signerId": signer_id, "keyVersion": key.version}
        return reply(told | {"algorithm": ALGORITHM})

    async def _public_key(self, request: Request) -> Response:
        version = request.query_params.get("keyVersion")
        return reply(self._keys.find(request.path_params["signer_id"], version or None).shown())

    async def _list(self, _request: Request) -> Response:
        return reply({"keys": [key.shown() for key in self._keys.all]})

    async def _add(self, request: Request) -> Response:
        fields = await _fields(request, self._told.admin_token)
        signer_id, replaces = _text(fields, "signerId"), fields.get("replaces")
        if replaces is not None:
            self._keys.find(_text(fields, "replaces"))
        key = self._keys.add(signer_id, _now())
        if replaces is not None:
            self._keys.replace_later(_text(fields, "replaces"), _now() + self._told.overlap)
        return self._saved(key, 201)

    async def _rotate(self, request: Request) -> Response:
        fields = await _fields(request, self._told.admin_token)
        now = _now()
        key = self._keys.rotate(_text(fields, "signerId"), now, now + self._told.overlap)
        return self._saved(key, 200, keyId=key.version)

    async def _disable(self, request: Request) -> Response:
        fields = await _fields(request, self._told.admin_token)
        key = self._keys.disable(request.path_params["signer_id"], _version(fields))
        return self._saved(key, 200)

    async def _retire(self, request: Request) -> Response:
        fields = await _fields(request, self._told.admin_token)
        key = self._keys.retire(request.path_params["signer_id"], _version(fields), _now())
        return self._saved(key, 200)

    def _saved(self, key: Key, status: int, **more: str) -> Response:
        self._vault.save()
        return reply(key.shown() | more, status)


async def _fields(request: Request, token: str) -> Mapping[str, Any]:
    """The fields of a body that came with the token. Raises Refusal 401 or 400."""
    told = request.headers.get("authorization", "").encode()
    if token and not hmac.compare_digest(told, f"Bearer {token}".encode()):
        raise Refusal(401, "unauthenticated")
    try:
        return fields_of(await body_of(request), may_be_absent=True)
    except Refusal:
        raise Refusal(400, "invalid_request") from None


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(400, "invalid_request")
    return value


def _version(fields: Mapping[str, Any]) -> str | None:
    return _text(fields, "keyVersion") if fields.get("keyVersion") is not None else None


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong."""
    try:
        told = read(os.environ)
    except Misconfigured as problem:
        server.refuse(problem, {})
        sys.exit(1)
    logs.start_stamped(secrets.of(os.environ))
    server.serve(KmsRoutes(told).application(), host=told.host, port=told.port)


if __name__ == "__main__":
    main()
