"""How somebody signs in with a wallet: a nonce is given out, signed, and used up."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.chassis.http import Refusal
from systems.marketplace import bodies, cookies, lists, wallets
from systems.marketplace.auth_routes import TAKEN, WALLET_MAIL
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

UNSTORED = {"Cache-Control": "no-store, max-age=0, s-maxage=0"}
CSRF_BYTES, NAME_BYTES = 16, 3
#: Names are tried, the first one of the wallet's own digits.
TRIES = 5


def entries(service: Service) -> Iterator[Entry]:
    """Ask for a nonce, and show that it was signed."""
    routes = WalletRoutes(service)
    yield "GET", "/api/auth/nonce", Offered(handler=routes.nonce)
    yield "POST", "/api/auth/verify", Offered(handler=routes.verify, takes_json=True)


@dataclass(frozen=True, slots=True)
class WalletRoutes:
    """Handlers for whoever has a wallet."""

    service: Service

    async def nonce(self, request: Request) -> Response:
        """GET what is to be signed, and the CSRF pair's cookie."""
        address = request.query_params.get("address")
        if address is not None and not wallets.is_address(address):
            raise Refusal(400, "Invalid address")
        nonce = await self.service.nonces.issue()
        response = success({"nonce": nonce}, UNSTORED)
        jar = SignIn(self.service).cookies
        lasts = self.service.settings.tokens.nonce_seconds
        jar.set(response, cookies.NONCE, nonce, lasts)
        if address:
            jar.set(response, cookies.ADDRESS, address.lower(), lasts)
        jar.csrf(response, secrets.token_hex(CSRF_BYTES))
        return response

    async def verify(self, request: Request) -> Response:
        """POST the signature."""
        address, message, signature = _signed(await bodies.fields(request))
        nonce = request.cookies.get(cookies.NONCE, "")
        if not nonce:
            raise Refusal(400, "Missing nonce cookie. Call /api/auth/nonce first.")
        wallet = address.lower()
        # Used up first, whatever else is wrong.
        is_ours = await self.service.nonces.use(nonce)
        if not (
            is_ours
            and request.cookies.get(cookies.ADDRESS, "").lower() in ("", wallet)
            and nonce in message
            and wallets.signer(message, signature) == wallet
        ):
            raise Refusal(401, "Signature verification failed")
        async with self.service.store.transaction() as tx:
            found = await tx.row("user_by_wallet", wallet=wallet)
            user = found or await _added(tx, wallet)
            response = await SignIn(self.service).opened(tx, user, request)
        if found is None:
            await self.service.lists.bump(lists.FREELANCERS)
        return response


async def _added(tx: Transaction, wallet: str) -> Row:
    """The user of a wallet that signs in for the first time, also where it does so twice at once."""
    for attempt in range(TRIES):
        name = secrets.token_hex(NAME_BYTES) if attempt else wallet[2 : 2 + 2 * NAME_BYTES]
        user = await tx.row(
            "add_user",
            id=str(uuid4()),
            profile_id=str(uuid4()),
            username=f"user_{name}",
            email=wallet + WALLET_MAIL,
            wallet=wallet,
            password=None,
            user_type="BOTH",
        ) or await tx.row("user_by_wallet", wallet=wallet)
        if user is not None:
            return user
    raise Refusal(409, TAKEN)


def _signed(told: Mapping[str, object]) -> tuple[str, str, str]:
    found = [told.get(name) for name in ("address", "message", "signature")]
    address, message, signature = (each if isinstance(each, str) else "" for each in found)
    if not (address and message and signature):
        raise Refusal(400, "Missing address, message or signature")
    return address, message, signature
