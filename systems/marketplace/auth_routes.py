"""How somebody signs up, in and out with a password, and stays signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.chassis.http import Refusal
from systems.marketplace import bodies, cookies, lists, passwords, texts, views
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.schema import Fields
from systems.marketplace.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

USER_TYPES = {word: word for word in ("CLIENT", "FREELANCER", "BOTH")}
LEAST_NAME, MOST_NAME = 3, 32
#: Whose e-mails stand for wallets: nobody has them by a password.
WALLET_MAIL = "@wallet.local"
TAKEN = "Email or username already taken"


def entries(service: Service) -> Iterator[Entry]:
    """Register, log in, refresh, log out."""
    routes = AuthRoutes(service)
    yield "POST", "/api/auth/register", Offered(handler=routes.register, takes_json=True)
    yield "POST", "/api/auth/login", Offered(handler=routes.login, takes_json=True)
    yield "POST", "/api/auth/refresh", Offered(handler=routes.refresh, takes_json=True)
    yield "POST", "/api/auth/logout", Offered(handler=routes.logout)


@dataclass(frozen=True, slots=True)
class AuthRoutes:
    """Handlers for whoever has a password, or a refresh token."""

    service: Service

    async def register(self, request: Request) -> Response:
        """POST who one is."""
        refusal = "Rate limit exceeded. Try later."
        await self.service.limiter.check("register", self.service.address(request), refusal)
        told = _registration(await bodies.fields(request))
        told["password"] = await passwords.stored(str(told["password"]))
        async with self.service.store.transaction() as tx:
            ids = {"id": str(uuid4()), "profile_id": str(uuid4())}
            user = await tx.row("add_user", **ids, **told, wallet=None)
        if user is None:
            raise Refusal(409, TAKEN)
        await self.service.lists.bump(lists.FREELANCERS)
        token = self.service.callers.token(user)
        response = success({"user": views.user(user), "token": token})
        SignIn(self.service).set(response, token, "", cookies.SIGNED_IN_SECONDS)
        return response

    async def login(self, request: Request) -> Response:
        """POST a name or an e-mail, and the password."""
        refusal = "Too many attempts, try again later"
        await self.service.limiter.check("login", self.service.address(request), refusal)
        name, password = _credentials(await bodies.fields(request))
        async with self.service.store.transaction() as tx:
            user = await tx.row("user_by_login", email=name, username=texts.plain(name))
        if not await passwords.is_right(password, user.password if user else None):
            raise Refusal(401, "Invalid credentials")
        if user is None or not user.isVerified:
            raise Refusal(403, "Account not verified yet")
        async with self.service.store.transaction() as tx:
            return await SignIn(self.service).opened(tx, user, request)

    async def refresh(self, request: Request) -> Response:
        """POST a refresh token, which is used up, for a new pair."""
        raw = await _refresh_token(request)
        if not raw:
            raise Refusal(400, "Missing refresh token")
        sign_in, fresh = SignIn(self.service), str(uuid4())
        old = {"hash": sign_in.hashed(raw)}
        async with self.service.store.transaction() as tx:
            used = await tx.row("replace_refresh_token", **old, new_hash=sign_in.hashed(fresh))
            if used is None:
                # Whoever shows it again may not be whom it was given to.
                await tx.run("revoke_refresh_chain", **old)
                user = None
            else:
                await sign_in.add_refresh(tx, used.userId, fresh, request)
                user = await tx.row("user_by_id", id=used.userId)
        if used is None:
            raise Refusal(401, "Invalid or expired refresh token")
        if user is None:
            raise Refusal(404, "User not found")
        token = self.service.callers.token(user)
        response = success({"token": token})
        sign_in.set(response, token, fresh, cookies.REFRESHED_SECONDS)
        return response

    async def logout(self, request: Request) -> Response:
        """POST that the session ends; its access token counts until it expires."""
        raw, sign_in = request.cookies.get(cookies.REFRESH, ""), SignIn(self.service)
        if raw:
            async with self.service.store.transaction() as tx:
                await tx.run("revoke_refresh_token", hash=sign_in.hashed(raw))
        response = success({"message": "Logged out"})
        sign_in.cookies.end(response)
        return response


def is_wallets(email: object) -> bool:
    """Whether an e-mail stands for a wallet."""
    return isinstance(email, str) and email.lower().endswith(WALLET_MAIL)


def _registration(told: Mapping[str, object]) -> dict[str, object]:
    fields = Fields(told)
    email = fields.email("email", is_required=True)
    if is_wallets(email):
        fields.wrong("email", "Expected an e-mail address")
    username = fields.text("username", LEAST_NAME, MOST_NAME, is_required=True)
    password = fields.value("password", is_required=True)
    if password is not None and not (isinstance(password, str) and passwords.is_storable(password)):
        fields.wrong("password", "Expected from 5 characters to 72 bytes")
    user_type = fields.choice("userType", USER_TYPES)
    fields.check()
    return {
        "email": email,
        "username": texts.plain(username or ""),
        "password": password,
        "user_type": user_type or "FREELANCER",
    }


def _credentials(told: Mapping[str, object]) -> tuple[str, str]:
    fields = Fields(told)
    name = fields.text("emailOrUsername", LEAST_NAME, is_required=True)
    password = fields.value("password", is_required=True)
    is_long = isinstance(password, str) and len(password) >= passwords.LEAST_CHARACTERS
    if password is not None and not is_long:
        fields.wrong("password", "Expected at least 5 characters")
    fields.check()
    return str(name), str(password)


async def _refresh_token(request: Request) -> str:
    """Of the cookie, else of the body."""
    told = (await bodies.fields(request, may_be_absent=True)).get("refreshToken")
    return request.cookies.get(cookies.REFRESH, "") or (told if isinstance(told, str) else "")
