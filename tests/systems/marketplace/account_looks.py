"""What one sees of accounts, tokens and limits that are not as they must be."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from coincurve import PrivateKey

from systems.marketplace import passwords, tokens, wallets
from tests.systems.marketplace.looks import opened
from tests.systems.marketplace.markets import JOB, PASSWORD

if TYPE_CHECKING:
    import httpx

    from tests.systems.marketplace.forks import Told
    from tests.systems.marketplace.markets import Market

REGISTER, LOGIN, REFRESH = "/api/auth/register", "/api/auth/login", "/api/auth/refresh"
PROFILE, PING = "/api/profile", "/api/admin/ping"
KEY = PrivateKey.from_int(11)
WALLET = wallets.address(KEY.public_key)
OLD, NEW = "o" * 32, "n" * 32


def login(market: Market, user: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Sign in by a password."""
    body = {"emailOrUsername": f"{user}@market.example", "password": password}
    return market.post(LOGIN, body, **more)


def raw(market: Market) -> str:
    """A refresh token of somebody who has signed in."""
    return str(login(market, market.user()).cookies["refresh_token"])


def refresh(market: Market, token: str) -> httpx.Response:
    """Use a refresh token up."""
    return market.post(REFRESH, {"refreshToken": token})


def profile(market: Market, user: str, secret: str = "") -> int:
    """Whether a token opens its owner's profile."""
    told = {"secret": secret} if secret else {}
    token = market.token(user, **told)
    return market.get(PROFILE, headers={"Authorization": f"Bearer {token}"}).status_code


def signed_in(market: Market, nonce: str = "", address: str = WALLET) -> httpx.Response:
    """Sign in by a wallet."""
    nonce = nonce or str(market.get("/api/auth/nonce").json()["nonce"])
    made = KEY.sign_recoverable(wallets.digest(nonce), hasher=None)
    signature = f"0x{made[:-1].hex()}{27 + made[-1]:02x}"
    body = {"address": address, "message": nonce, "signature": signature}
    return market.post("/api/auth/verify", body, cookies={"siwe_nonce": nonce})


def registered(told: Told) -> str:
    """Somebody new cannot sign in, or may not do what their type may."""
    passwords.COST = 4
    name = uuid4().hex[:12]
    body = {"email": f"{name}@market.example", "username": name, "password": PASSWORD}
    with opened(told) as market:
        answer = market.post(REGISTER, body | {"userType": "CLIENT"})
        scope = tokens.claims_of(
            answer.json()["token"], [told.environ["JWT_SECRET"]], now_seconds=0
        )["scope"]
        status = login(market, name).status_code
    return f"{status} {scope}" if status != 200 or "write:jobs" not in scope else ""


def rotated(told: Told) -> str:
    """The old secret's tokens are refused while it is named, or taken afterwards."""
    environ = {"OPS_LEDGER": str(told.folder / "ledger.jsonl")}
    with opened(told, JWT_SECRET=NEW, JWT_SECRET_OLD=OLD, **environ) as market:
        user = market.user()
        during = [profile(market, user, secret) for secret in (OLD, NEW)]
    with opened(told, JWT_SECRET=NEW, **environ) as market:
        after = [profile(market, user, secret) for secret in (OLD, NEW)]
    return "" if (during, after) == ([200, 200], [401, 200]) else f"{during} {after}"


def unrelated(told: Told) -> str:
    """A token that was signed elsewhere is taken."""
    with opened(told) as market:
        status = profile(market, market.user(), "x" * 32)
    return "" if status == 401 else str(status)


def expired(told: Told) -> str:
    """A token of the old secret counts when its time is over."""
    with opened(told, JWT_SECRET_OLD=OLD) as market:
        claims = {"sub": market.user(), "scope": []}
        token = tokens.access_token(claims, OLD, now_seconds=int(time.time()) - 99, lives_seconds=9)
        status = market.get(PROFILE, headers={"Authorization": f"Bearer {token}"}).status_code
    return "" if status == 401 else str(status)


def hashed(told: Told) -> str:
    """What is kept of a refresh token is not what the contract says."""
    with opened(told, REFRESH_TOKEN_PEPPER="pepper-1") as market:
        token = raw(market)
        kept = hmac.new(b"pepper-1", token.encode(), hashlib.sha256).hexdigest()
        found = market.sql('SELECT 1 FROM refresh_tokens WHERE "tokenHash" = %s', kept)
    return "" if found else "another hash"


def refreshed(told: Told) -> str:
    """A refresh token is used twice, its chain outlives a theft, or a session its end."""
    with opened(told) as market:
        token = raw(market)
        answers = market.together([("POST", REFRESH, {"refreshToken": token}, {})] * 4)
        won = [each for each in answers if each.status_code == 200]
        if len(won) != 1:
            return f"{len(won)} times"
        refresh(market, token)
        if refresh(market, won[0].cookies["refresh_token"]).status_code != 401:
            return "the chain lives on"
        token = raw(market)
        market.ask("POST", "/api/auth/logout", cookies={"refresh_token": token})
        status = refresh(market, token).status_code
    return "" if status == 401 else "the session lives on"


def lasting(told: Told) -> str:
    """An access token lives for longer than 15 minutes."""
    with opened(told) as market:
        token = login(market, market.user()).json()["token"]
    claims = tokens.claims_of(token, [told.environ["JWT_SECRET"]], now_seconds=0)
    lives = claims["exp"] - claims["iat"]
    return "" if lives <= 900 else str(lives)


def admins(told: Told) -> str:
    """An admin's wallet is not an admin's, or no longer after a refresh."""
    with opened(told, ADMIN_WALLETS=WALLET) as market:
        answer = signed_in(market)
        fresh = refresh(market, answer.cookies["refresh_token"])
        found = [
            market.get(PING, cookies={"session_token": each.json()["token"]}).status_code
            for each in (answer, fresh)
        ]
    return "" if found == [200, 200] else str(found)


def wallet(told: Told) -> str:
    """A nonce counts twice or was never given out; a wallet is bound without a signature."""
    with opened(told) as market:
        nonce = str(market.get("/api/auth/nonce").json()["nonce"])
        found = [signed_in(market, each).status_code for each in (nonce, nonce, "1")]
        gone = market.post("/api/auth", {"address": "0x" + "5" * 40}).status_code
    return "" if [*found, gone] == [200, 401, 401, 404] else f"{found} {gone}"


def figures(told: Told) -> str:
    """Somebody sets what others think of them."""
    with opened(told) as market:
        user = market.user("FREELANCER")
        shown = market.ask("PUT", PROFILE, {"title": "x", "rating": 5}, who=user).json()
    rating = shown["user"]["profile"]["rating"]
    return str(rating) if rating else ""


def long_passwords(told: Told) -> str:
    """What follows the 72nd byte of a password is not looked at."""
    body = {"email": "nobody", "username": "nobody", "password": "x" * 73}
    with opened(told) as market:
        wrong = market.post(REGISTER, body).json()["details"]["fieldErrors"]
    return "" if "password" in wrong else str(wrong)


def secret_replies(told: Told) -> str:
    """A reply holds a hash."""
    with opened(told) as market:
        text = market.post("/api/jobs", JOB, market.user()).text
    return text if "$2b$" in text else ""


def limited(told: Told) -> str:
    """Over two replicas eleven logins are answered, or the refusal is not counted."""
    with opened(told) as one, opened(told) as two:
        user, address = one.user(), one.address
        two.address = address
        for market in (one, two) * 5:
            login(market, user, "wrong-1")
        last = login(one, user, "wrong-1").status_code
        counted = one.counter("event.ratelimit.block")
    return "" if (last, counted) == (429, 1) else f"{last} {counted}"


def usual_load(told: Told) -> str:
    """Whoever signs in twice is refused."""
    with opened(told) as market:
        user = market.user()
        found = [login(market, user).status_code for _ in range(2)]
    return "" if found == [200, 200] else str(found)


def ping(told: Told) -> str:
    """Anybody is an admin."""
    with opened(told) as market:
        status = market.get(PING).status_code
    return "" if status == 401 else str(status)
